import { ChatModelError } from '../agents/chat-model.ts';

/** A call failed before the model began to work on it: it was refused, or never arrived. It costs nothing. */
export class RefusedCallError extends ChatModelError {}

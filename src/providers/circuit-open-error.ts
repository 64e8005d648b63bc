import { ChatModelError } from '../agents/chat-model.ts';

/** A provider failed so often that it is left alone for a while; nothing was sent. */
export class CircuitOpenError extends ChatModelError {
  /** @param retryAfter - milliseconds until it is asked again; undefined while one request finds out */
  constructor(message: string, retryAfter: number | undefined, cause: unknown) {
    super('unavailable', message, { retryAfter, cause });
  }
}

import type { ChatEvent, ChatModel, ChatRequest, ChatUsage } from '../agents/chat-model.ts';
import type { LearnedTraits } from './learned-traits.ts';
import type { ResolvedModel } from './resolve-model.ts';

/** What a model that is asked through an SDK works with. */
export interface SdkModelTools {
  readonly traits: LearnedTraits;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** How requests are sent. Default: the platform's. */
  readonly fetch?: typeof fetch | undefined;
}

/** The model to ask, and what it works with. */
export interface SdkModelOptions extends SdkModelTools {
  readonly target: ResolvedModel;
}

/** Something came that is no text: a thought, perhaps. It keeps `withDeadlines` from taking the model for idle. */
export interface SignOfLife {
  readonly kind: 'sign';
  /** What the provider has counted so far; zeros where it has not. */
  readonly usage: ChatUsage;
}

/** What comes of a model that is asked through an SDK. Signs of life go as far as `withMeter`. */
export type SdkEvent = ChatEvent | SignOfLife;

/** A model whose answers bring these events. */
export interface ModelOf<Event> extends Omit<ChatModel, 'stream'> {
  /** As {@link ChatModel} has it. */
  stream(request: ChatRequest, signal: AbortSignal): AsyncIterable<Event>;
}

/** The same model, asked in another way. */
export function askedThrough<Event>(
  { provider, model, seesImages }: Omit<ChatModel, 'stream'>,
  stream: ModelOf<Event>['stream'],
): ModelOf<Event> {
  return { provider, model, seesImages, stream };
}

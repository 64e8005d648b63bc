import { type ErrorDetails, TroupeError } from '../errors.ts';
import type { LogFields } from '../observability/logger.ts';
import { isRetried } from '../recovery/policy.ts';

/** A piece of what is said in a conversation with a language model. */
export type ChatPart =
  | { readonly kind: 'text'; readonly text: string }
  /** Only for models that see images. */
  | { readonly kind: 'image'; readonly mediaType: string; readonly data: Uint8Array };

/** One turn of a conversation. */
export interface ChatMessage {
  readonly role: 'user' | 'assistant';
  readonly parts: readonly ChatPart[];
}

/** What a model is asked. */
export interface ChatRequest {
  readonly system: string;
  /** Oldest first; begins with a user's turn. When it ends with the assistant's, the model goes on from there. */
  readonly messages: readonly ChatMessage[];
  /** The most tokens that the answer may have. */
  readonly maxTokens: number;
  /** From 0 to 2; left to the model when undefined, or where the model refuses to be told. */
  readonly temperature: number | undefined;
  /** Follows every call that is made for this request. */
  readonly meter?: CallMeter | undefined;
  /** What log lines about it carry too: whose request it is. */
  readonly about?: LogFields | undefined;
}

/** A call to a provider that is about to be made. */
export interface PlannedChatCall {
  readonly provider: string;
  readonly model: string;
  /** Where it goes. */
  readonly server?: { readonly address: string; readonly port: number } | undefined;
  /** The most tokens that the prompt can have. */
  readonly inputBound: number;
  /** The most tokens that the answer can have. */
  readonly maxTokens: number;
}

/** What became of a call to a provider. */
export interface ChatCallResult {
  readonly usage: ChatUsage;
  /** Whether the provider counted the usage; otherwise it is estimated from the texts. */
  readonly counted: boolean;
  readonly latencyMs: number;
  /** How the answer ended or what failed; `cancelled` when its reader went away. */
  readonly outcome: ChatEnd | ChatFailure | 'cancelled';
  /** The model's name as the provider says it; undefined: it said none. */
  readonly servedAs?: string | undefined;
  /** What it failed of. */
  readonly error?: unknown;
}

/** Follows every call that is made to a provider for one request: each retry and each fallback is one. */
export interface CallMeter {
  /**
   * Told before a call goes out; the call waits for it.
   *
   * @returns told once, when the call is over
   * @throws to forbid the call: nothing is sent, no other is tried, and the stream throws this very error
   */
  begin(call: PlannedChatCall): Promise<(result: ChatCallResult) => Promise<void>>;
}

/** Tokens of one call, as the provider counted them. */
export interface ChatUsage {
  readonly input: number;
  /** Part of `input` that the provider had in its cache. */
  readonly cached: number;
  readonly output: number;
}

/** Why an answer ended: said all, cut at `maxTokens`, or held back by the model or its provider. */
export type ChatEnd = 'complete' | 'length' | 'refusal' | 'content-filter';

/** What a model's stream brings: text, and one end as the last. */
export type ChatEvent =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'end';
      readonly end: ChatEnd;
      readonly usage: ChatUsage;
      /** Who answered: a fallback, perhaps. */
      readonly by: { readonly provider: string; readonly model: string };
      /** The model's name as the provider says it, with a date, perhaps; undefined: it said none. */
      readonly servedAs?: string | undefined;
    };

/** What a language model must offer. */
export interface ChatModel {
  /** Which provider serves it, and under which name, for logs and bookings. */
  readonly provider: string;
  readonly model: string;
  /** Whether it sees images. Those that are sent to a model which does not are left out. */
  readonly seesImages: boolean;
  /**
   * The answer, as it is made. A stream that ends without an `end` cannot happen: that is an error.
   *
   * @throws {ChatModelError} at any point; when `signal` aborts, with the signal's reason.
   */
  stream(request: ChatRequest, signal: AbortSignal): AsyncIterable<ChatEvent>;
}

/** What went wrong with a call to a model. */
export type ChatFailure =
  /** The provider has too much to do. */
  | 'overloaded'
  /** The account's limit is reached. */
  | 'rate-limited'
  /** The provider does not answer, or broke off. */
  | 'unavailable'
  /** Nothing came for too long. */
  | 'idle'
  /** The conversation is too long for the model. */
  | 'context-too-long'
  /** The key is missing, wrong or not allowed to. */
  | 'bad-key'
  /** The account has no money left. */
  | 'out-of-credit'
  /** There is no such model. */
  | 'unknown-model'
  /** The provider does not take the request. */
  | 'bad-request';

/** A call to a model failed. Its message says which provider and model, and never holds a key or a user's words. */
export class ChatModelError extends TroupeError {
  override readonly name = 'ChatModelError';
  override readonly retryable: boolean;
  readonly failure: ChatFailure;
  /** How long the provider asks to wait, in milliseconds. */
  readonly retryAfter: number | undefined;

  constructor(
    failure: ChatFailure,
    message: string,
    details: ErrorDetails & { retryAfter?: number | undefined } = {},
  ) {
    super(message, details);
    this.failure = failure;
    this.retryable = isRetried('provider', failure);
    this.retryAfter = details.retryAfter;
  }
}

import type { RecordedRequest, Usage } from './recorded-request.ts';

/** How long an answer takes, in milliseconds; 0 where left out. */
export interface Latency {
  /** Until the status and headers. */
  headersMs?: number;
  /** From the headers to the first token; of a whole answer, to its body. */
  firstTokenMs?: number;
  /** From each token to the next, in a stream. Fractions are kept on average. */
  betweenTokensMs?: number;
}

/** A tool that the model calls. */
export interface ReplyToolCall {
  name: string;
  /** A string is sent as it is, be it JSON or not. */
  arguments: unknown;
  /** Made up when left out. */
  id?: string;
}

/** What the model would say if nothing limited it. */
export interface Reply {
  text?: string;
  /** Called after the text. */
  toolCalls?: readonly ReplyToolCall[];
  /**
   * The model declines; a string is what it says of that. OpenAI's answer then has `refusal` instead of content,
   * Anthropic's stops with `refusal` after the text.
   */
  refusal?: boolean | string;
  /** The text ends here because a filter of the provider stepped in (`content_filter`, `refusal`). */
  filtered?: boolean;
  /** So many tokens are thought before anything is said; they count against the token limit. */
  reasoningTokens?: number;
  /**
   * Whether the text goes on where the last assistant message ends, if it begins with it. Left out, it does on
   * Anthropic when that message is the conversation's last; `true` has it do so on both, and also when a user's
   * "go on" comes after it.
   */
  continues?: boolean;
  /** Charged instead of what the stand-in counts. */
  usage?: Partial<Usage>;
  latency?: Latency;
}

/** Answers a request: a text is a reply that says just that. */
export type Script = (request: RecordedRequest) => string | Reply | Promise<string | Reply>;

/** The reply of a stand-in that was told nothing: it says back what the user said last. */
export function sayBack(request: RecordedRequest): Reply {
  const last = request.messages.findLast((message) => message.role === 'user');
  return { text: `You said: ${last?.text ?? ''}` };
}

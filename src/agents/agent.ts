import { type ErrorDetails, TroupeError } from '../errors.ts';
import type { Span } from '../observability/tracing.ts';

/** A file that came with a message. */
export interface Attachment {
  readonly name: string;
  /** As Discord says it, in lower case, such as `text/plain; charset=utf-8`; undefined where it says nothing. */
  readonly mediaType: string | undefined;
  /** In bytes. */
  readonly size: number;
  /** Where Discord keeps it. */
  readonly url: string;
}

/** A message that is not the question, but belongs to what it is about. */
export interface QuotedMessage {
  /** The name shown in this place. */
  readonly author: string;
  /** Whether the agent itself wrote it. */
  readonly isOwn: boolean;
  /** Mentions read as names. May be empty. */
  readonly text: string;
}

/** What can be found out about a question on Discord, when an agent wants to know. */
export interface Surroundings {
  /**
   * The first bytes of a file.
   *
   * @param maxBytes - what is behind them is left out
   * @throws {TroupeError} when it cannot be had
   */
  download(attachment: Attachment, maxBytes: number, signal: AbortSignal): Promise<Uint8Array>;
  /**
   * The last messages of the channel or thread before the question, oldest first.
   *
   * @param limit - from 1 to 100
   * @throws {TroupeError} when they cannot be read
   */
  messagesBefore(limit: number, signal: AbortSignal): Promise<readonly QuotedMessage[]>;
}

/** What an agent is asked: one message of one user, made readable. */
export interface Question {
  /** The exchange's id: the reference for logs, journals and nonces. */
  readonly exchangeId: string;
  /** What the user wrote, without the bot's own mention; other mentions read as names. May be empty. */
  readonly text: string;
  /** Who asks. The id is Discord's; the name is the one that is shown in this place. */
  readonly user: { readonly id: string; readonly name: string };
  /** Where it was asked. Without a guild it is a direct message. Names are undefined where they are not known. */
  readonly place: {
    readonly guildId: string | undefined;
    readonly guildName: string | undefined;
    readonly channelId: string;
    readonly channelName: string | undefined;
  };
  /** The message that it replies to. */
  readonly repliedTo: QuotedMessage | undefined;
  readonly attachments: readonly Attachment[];
  readonly surroundings: Surroundings;
  /** The trace that its answer belongs to; undefined: it is not traced. */
  readonly span?: Span | undefined;
}

/**
 * Answers questions. One agent serves many users at once, so it keeps nothing of a question in itself.
 */
export interface Agent {
  /** Whether an answer is shown as it grows; otherwise it is posted once it is complete. */
  readonly streams: boolean;
  /**
   * Finds out whether the agent can do its work, before its bot connects. An agent that needs nothing has none.
   *
   * @throws {TroupeError} when it cannot; one that is `retryable` proves nothing
   */
  check?(signal: AbortSignal): Promise<void>;
  /**
   * The answer, as a stream of text in the order in which it is to be read.
   *
   * The stream's end is the answer's end. A stream that throws is a failed answer: the user gets a short
   * notice (the words of an {@link AnswerError}, or general ones), the log gets the error. When `signal` aborts,
   * the agent stops its work and ends or throws.
   */
  answer(question: Question, signal: AbortSignal): AsyncIterable<string>;
}

/** An answer failed in a way that its user can be told in words of its own. */
export class AnswerError extends TroupeError {
  override readonly name = 'AnswerError';
  /** A short word for the journal: `budget-reached`, `model-unavailable`, … */
  readonly reason: string;
  /** What the user is told: a sentence or two, without anything internal. */
  readonly words: string;
  /** Whether it is nobody's fault (a budget, a guard): told and recorded, but no error in the log. */
  readonly expected: boolean;

  constructor(reason: string, words: string, details: ErrorDetails & { expected?: boolean } = {}) {
    super(`the answer failed: ${reason}`, details);
    this.reason = reason;
    this.words = words;
    this.expected = details.expected ?? false;
  }
}

/** What an agent is asked: one message of one user, made readable. */
export interface Question {
  /** The exchange's id: the reference for logs, journals and nonces. */
  readonly exchangeId: string;
  /** What the user wrote, without the bot's own mention; other mentions read as names. May be empty. */
  readonly text: string;
  /** Who asks. The id is Discord's; the name is the one that is shown in this place. */
  readonly user: { readonly id: string; readonly name: string };
  /** Where it was asked. Without a guild it is a direct message. */
  readonly place: { readonly guildId: string | undefined; readonly channelId: string };
}

/**
 * Answers questions. One agent serves many users at once, so it keeps nothing of a question in itself.
 */
export interface Agent {
  /**
   * The answer, as a stream of text in the order in which it is to be read.
   *
   * The stream's end is the answer's end. A stream that throws is a failed answer: the user gets a short
   * notice, the log gets the error. When `signal` aborts, the agent stops its work and ends or throws.
   */
  answer(question: Question, signal: AbortSignal): AsyncIterable<string>;
}

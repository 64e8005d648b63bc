/** How far a message that a bot was told to say has come. */
export interface SayProgress {
  /** The texts of its messages, in order. */
  readonly pieces: readonly string[];
  /** The last message of the channel before the first one was posted; undefined: there was none. */
  readonly after: string | undefined;
  /** When one that is not among `posted` may have been posted at the earliest, in milliseconds since 1970. */
  readonly since: number;
  /** The ids of those that are known to be posted, in order. */
  readonly posted: readonly string[];
}

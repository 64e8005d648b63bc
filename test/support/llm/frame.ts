/** One event of a stream, as it is written. */
export interface Frame {
  readonly text: string;
  /** How many tokens of the answer it carries: 1 or none. */
  readonly tokens: number;
  /** Whether it belongs to the stream's end, which says that the answer is complete. */
  readonly last?: true;
}

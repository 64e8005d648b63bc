import type { AgentsText } from './parse-agents-file.ts';

/** A source's texts as they were at one moment. */
export interface SourceReading {
  readonly texts: readonly AgentsText[];
  /** Differs once any of the texts may differ. */
  readonly version: string;
}

/** How a source is read. */
export interface ReadOptions {
  /** The version that is known already: as long as the source has it, nothing is read. */
  readonly known?: string | undefined;
  /** Gives up. */
  readonly signal?: AbortSignal | undefined;
}

/** Where agents files come from. */
export interface Source {
  /** What it is called in messages: never with a secret, such as a URL's query may be. */
  readonly shown: string;
  /** How often to look whether it has changed, in milliseconds. */
  readonly interval: number;
  /**
   * Its texts; undefined when it still has the version that is known.
   *
   * @throws {InputError} when it is not there, may not be read, is too large or is not UTF-8.
   * @throws {UnavailableError} when it cannot be reached, which may pass.
   */
  read(options?: ReadOptions): Promise<SourceReading | undefined>;
  /** Calls back whenever it may have changed, until what it returned is called. May miss a change. */
  watch?(onChange: () => void): () => void;
}

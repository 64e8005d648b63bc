import { messageOf } from '../errors.ts';
import { sleep } from '../util/sleep.ts';
import { AgentsFileError, StoredConflictError } from './file-problem.ts';
import type { AgentsText } from './parse-agents-file.ts';
import type { Source, SourceReading } from './source.ts';

/** How long a source has to be quiet before it is read, in milliseconds: a file is seldom written at one stroke. */
const QUIET = 100;

/** How often a file that is never quiet is read before it is taken as it is. */
const MAX_TRIES = 10;

/** How a source is watched. */
export interface WatchOptions {
  readonly source: Source;
  /**
   * Takes each new version. What it throws is told, and unless the file was broken, the version is tried again.
   *
   * @param isFirst - whether this is the first look; one that failed was it too
   * @returns the milliseconds after which it wants to be called again also without a change; undefined: it does not
   */
  readonly take: (texts: readonly AgentsText[], isFirst: boolean) => Promise<number | undefined>;
  /** Is told what went wrong, the same thing once until it is over. Whatever this throws ends the watch. */
  readonly onError: (error: unknown, isFirst: boolean) => Promise<void> | void;
  /** How often to look, in milliseconds, whatever the source tells. Default: as often as suits the source. */
  readonly interval?: number | undefined;
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

/** A watched source. */
export interface SourceWatch {
  /** Resolves once it has ended; rejects when it was ended by an error. */
  readonly ended: Promise<void>;
}

/** Reads a source, and again whenever it changes. Resolves after the first time, whatever came of it. */
export async function watchSource({
  source,
  take,
  onError,
  interval = source.interval,
  signal,
}: WatchOptions): Promise<SourceWatch> {
  let known: string | undefined;
  let complaint: string | undefined;
  let wait = interval;

  /** What nobody told of is found while it is being written, too. */
  async function readQuiet(): Promise<SourceReading | undefined> {
    let reading = await source.read({ known, signal });
    for (let tries = 1; reading !== undefined && tries < MAX_TRIES; tries++) {
      await sleep(QUIET, signal);
      if (signal.aborted) return undefined;
      const next = await source.read({ known: reading.version, signal });
      if (next === undefined) break;
      reading = next;
    }
    return reading;
  }

  async function look(isFirst: boolean, isTold: boolean): Promise<void> {
    wait = interval;
    try {
      // Servers hand out whole versions.
      const isQuiet = isFirst || isTold || source.watch === undefined;
      const reading = isQuiet ? await source.read({ known, signal }) : await readQuiet();
      if (reading !== undefined) {
        known = undefined;
        try {
          const again = await take(reading.texts, isFirst);
          if (again === undefined) known = reading.version;
          else wait = again;
        } catch (error) {
          // A broken file is tried again only once it has changed.
          const isBroken = error instanceof AgentsFileError && !(error instanceof StoredConflictError);
          if (isBroken) known = reading.version;
          throw error;
        }
      }
      complaint = undefined;
    } catch (error) {
      if (signal.aborted) return;
      const words = messageOf(error);
      if (words !== complaint) await onError(error, isFirst);
      complaint = words;
    }
  }

  let changed = new AbortController();
  let quiet: NodeJS.Timeout | undefined;
  // Before the first look, so that no change falls between.
  const unwatch = source.watch?.(() => {
    clearTimeout(quiet);
    quiet = setTimeout(() => {
      changed.abort();
    }, QUIET);
  });
  const release = (): void => {
    unwatch?.();
    clearTimeout(quiet);
  };

  async function run(): Promise<void> {
    try {
      for (;;) {
        await sleep(wait, AbortSignal.any([signal, changed.signal]));
        if (signal.aborted) return;
        const isTold = changed.signal.aborted;
        if (isTold) changed = new AbortController();
        await look(false, isTold);
      }
    } finally {
      release();
    }
  }

  try {
    await look(true, false);
  } catch (error) {
    release();
    throw error;
  }
  return { ended: run() };
}

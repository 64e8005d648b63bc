import { messageOf } from '../errors.ts';
import { sleep } from '../util/sleep.ts';
import { AgentsFileError } from './file-problem.ts';
import type { AgentsText } from './parse-agents-file.ts';
import type { Source } from './source.ts';

/** How long a source has to be quiet before it is read, in milliseconds: a file is seldom written at one stroke. */
const QUIET = 100;

/** How a source is watched. */
export interface WatchOptions {
  readonly source: Source;
  /** Takes each new version. What it throws is told, and unless the file was broken, the version is tried again. */
  readonly take: (texts: readonly AgentsText[]) => Promise<void>;
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

  async function look(isFirst: boolean): Promise<void> {
    try {
      const reading = await source.read({ known, signal });
      if (reading !== undefined) {
        // A broken file is tried again only once it has changed.
        const version = (): string => (known = reading.version);
        await take(reading.texts).then(version, (error: unknown) => {
          if (error instanceof AgentsFileError) version();
          throw error;
        });
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
        await sleep(interval, AbortSignal.any([signal, changed.signal]));
        if (signal.aborted) return;
        if (changed.signal.aborted) changed = new AbortController();
        await look(false);
      }
    } finally {
      release();
    }
  }

  try {
    await look(true);
  } catch (error) {
    release();
    throw error;
  }
  return { ended: run() };
}

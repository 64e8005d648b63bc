import type { LogFields, Logger, LogLevel } from '../src/observability/logger.ts';

/** A line that the host logged. */
export interface HostLine {
  readonly level: LogLevel;
  readonly text: string;
  readonly fields: LogFields;
}

/** A logger that shows nothing and tells whoever listens: what the host logs is how the demo learns of its doings. */
export interface WatchedLogger extends Logger {
  /** Calls a listener with every line from now on. @returns a function that ends it */
  watch(listener: (line: HostLine) => void): () => void;
  /**
   * Resolves once the condition gives something else than `undefined` or `false`; it is asked now and at every line.
   *
   * @throws Error after the timeout, in milliseconds
   */
  until<T>(condition: () => T | undefined | false, what: string, timeoutMs?: number): Promise<T>;
}

/** Whether the line tells that a message is answered in full. */
export function isAnswered({ text, fields: { exchange } }: HostLine): boolean {
  return exchange !== undefined && text === 'answered';
}

/** How long something in this process may take before it counts as not happening, in milliseconds. */
const PATIENCE = 5_000;

/** Makes a logger that can be watched. */
export function watchedLogger(): WatchedLogger {
  const listeners = new Set<(line: HostLine) => void>();
  const watch = (listener: (line: HostLine) => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const bind = (bound: LogFields): Logger => {
    const write =
      (level: LogLevel) =>
      (text: string, fields: LogFields = {}): void => {
        for (const listener of [...listeners]) listener({ level, text, fields: { ...bound, ...fields } });
      };
    return {
      error: write('error'),
      warn: write('warn'),
      info: write('info'),
      debug: write('debug'),
      child: (fields) => bind({ ...bound, ...fields }),
    };
  };
  return { ...bind({}), watch, until: (condition, what, ms) => until(watch, condition, what, ms) };
}

async function until<T>(
  watch: WatchedLogger['watch'],
  condition: () => T | undefined | false,
  what: string,
  timeoutMs = PATIENCE,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const check = (): void => {
    const found = condition();
    if (found !== undefined && found !== false) resolve(found);
  };
  const unwatch = watch(check);
  const timer = setTimeout(() => {
    reject(new Error(`waited ${timeoutMs} ms in vain for ${what}`));
  }, timeoutMs);
  try {
    check();
    return await promise;
  } finally {
    clearTimeout(timer);
    unwatch();
  }
}

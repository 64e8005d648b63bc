import type { LogFields, Logger, LogLevel } from '../../src/observability/logger.ts';

/** A log line as it was written. */
export interface LogLine extends LogFields {
  readonly level: LogLevel;
  readonly text: string;
}

/** A logger that keeps its lines. */
export interface CollectingLogger extends Logger {
  readonly lines: LogLine[];
}

/** Makes a logger that keeps what is written to it and its children. */
export function collectingLogger(lines: LogLine[] = [], bound: LogFields = {}): CollectingLogger {
  const write =
    (level: LogLevel) =>
    (text: string, fields: LogFields = {}): void => {
      lines.push({ level, text, ...bound, ...fields });
    };
  return {
    lines,
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
    child: (fields) => collectingLogger(lines, { ...bound, ...fields }),
  };
}

import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

import winston from 'winston';

import { ConfigError, messageOf } from '../errors.ts';
import { jsonLine, textLine, type LogEntry } from './log-line.ts';
import type { LogFields, Logger, LogLevel } from './logger.ts';
import type { Redactor } from './redactor.ts';

/** What is logged, how and where to. */
export interface LogSettings {
  /** The least important level that is written. */
  readonly level: LogLevel;
  /** `text` for people, `json` for programs: one object a line. */
  readonly format: 'text' | 'json';
  readonly toConsole: boolean;
  readonly toFile: boolean;
  /** An absolute path; its directory is made. Used when `toFile` is set. */
  readonly file: string;
  /** Whether colours are welcome on a terminal. Nothing else ever gets any. */
  readonly color: boolean;
}

/** What the logger works with. */
export interface LoggerParts {
  /** Goes over every finished line. */
  readonly redactor: Redactor;
  /** The console. Default: standard output. */
  readonly stream?: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Default: the system's clock. */
  readonly now?: () => Date;
}

/** A logger that can be brought to an end. */
export interface ClosableLogger extends Logger {
  /** Resolves when every line is written. Lines that come later are dropped. Closing again is harmless. */
  close(): Promise<void>;
}

const RANKS = { error: 0, warn: 1, info: 2, debug: 3 } as const satisfies Record<LogLevel, number>;

/**
 * Writes redacted lines to the console, a file, both or neither. A line whose level is off costs one comparison.
 * A console or a file that fails later (a closed pipe, a full disk) ends that output and nothing else.
 *
 * @throws ConfigError when the file cannot be opened
 */
export function createLogger(settings: LogSettings, parts: LoggerParts): ClosableLogger {
  const { stream = process.stdout, now = () => new Date() } = parts;
  const render = (color: boolean) => lineFormat(settings, parts.redactor, color);
  const outputs: winston.transport[] = [];
  if (settings.toConsole) {
    const format = render(settings.color && stream.isTTY === true);
    outputs.push(new winston.transports.Stream({ stream, format, eol: '\n' }));
  }
  if (settings.toFile) {
    assertWritable(settings.file);
    outputs.push(new winston.transports.File({ filename: settings.file, format: render(false), eol: '\n' }));
  }
  const sink = winston.createLogger({ levels: RANKS, level: settings.level, transports: outputs });

  let open = outputs.length > 0;
  const rank = RANKS[settings.level];
  const write = (level: LogLevel, text: string, fields: LogFields) => {
    if (open && RANKS[level] <= rank) sink.write({ level, message: text, entry: { time: now(), level, text, fields } });
  };
  const ignore = () => undefined;
  stream.on('error', ignore);
  dropFailedOutputs(sink, (text, error) => {
    write('error', text, { error });
  });

  let closing: Promise<void> | undefined;
  const close = async () => {
    const wasOpen = open;
    open = false;
    if (wasOpen) await ended(sink);
    if (settings.toConsole) await flushed(stream);
    stream.removeListener('error', ignore);
  };
  return { ...loggerOf(write, {}), close: () => (closing ??= close()) };
}

type Write = (level: LogLevel, text: string, fields: LogFields) => void;

function loggerOf(write: Write, bound: LogFields): Logger {
  const at =
    (level: LogLevel) =>
    (text: string, fields?: LogFields): void => {
      write(level, text, fields === undefined ? bound : { ...bound, ...fields });
    };
  return {
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    child: (fields) => loggerOf(write, { ...bound, ...fields }),
  };
}

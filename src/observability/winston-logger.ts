import winston from 'winston';

import { ConfigError, messageOf } from '../errors.ts';
import type { AreaLevels } from './log-areas.ts';
import type { LogEntry } from './log-line.ts';
import { LogThresholds, RANKS } from './log-thresholds.ts';
import type { LogFields, Logger, LogLevel } from './logger.ts';
import { redactedJsonLine, redactedTextLine } from './redacted-line.ts';
import type { Redactor } from './redactor.ts';
import { RotatingFile, type RotatingFileTools, type Rotation } from './rotating-file.ts';

/** What is logged, how and where to. */
export interface LogSettings {
  /** The least important level that is written. */
  readonly level: LogLevel;
  /** The same for areas of their own. Default: none. */
  readonly areas?: AreaLevels;
  /** `text` for people, `json` for programs: one object a line. */
  readonly format: 'text' | 'json';
  readonly toConsole: boolean;
  readonly toFile: boolean;
  /** An absolute path; its directory is made. Used when `toFile` is set. */
  readonly file: string;
  /** When that file is put aside. Default: never. */
  readonly rotation?: Rotation;
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

/** A {@link ClosableLogger} whose levels can change while it is in use. */
export interface AdjustableLogger extends ClosableLogger {
  /** From now on, for its children too: the general level, and those of areas that have one of their own. */
  readonly setLevel: (level: LogLevel, areas?: AreaLevels) => void;
}

/** A file that grows for ever. */
const NO_ROTATION: Rotation = { maxBytes: 0, maxAgeMs: 0, maxFiles: 0, compress: false };

/** Where winston's outputs take the finished line from (winston, README, "Streams, objectMode, and info objects"). */
const MESSAGE = Symbol.for('message');

/**
 * Writes redacted lines to the console, a file, both or neither. A line whose level is off costs one comparison.
 * A console that fails later (a closed pipe) ends that output and nothing else. What a file cannot take (a full disk) is
 * lost; that is told elsewhere, and it goes on when it can be written again.
 *
 * @throws ConfigError when the file cannot be opened
 */
export function createLogger(settings: LogSettings, parts: LoggerParts): AdjustableLogger {
  const { stream = process.stdout, now = () => new Date(), redactor } = parts;
  const thresholds = new LogThresholds(settings.level, settings.areas);
  const outputs: Output[] = [];
  if (settings.toFile) {
    const file = openFile(settings, {
      now,
      onLost: (error) => {
        write('error', 'LOG_FILE cannot be written; its lines are lost until it can', { error });
      },
      onBack: (lines) => {
        write('warn', 'LOG_FILE can be written again; lines were lost', { lines });
      },
    });
    const format = lineFormat({ ...settings, thresholds }, redactor, false);
    outputs.push({ stream: file, format, flush: () => ended(file) });
  }
  if (settings.toConsole) {
    const format = lineFormat({ ...settings, thresholds }, redactor, settings.color && stream.isTTY === true);
    outputs.push({ stream, format, flush: () => flushed(stream) });
  }

  const sink = winston.createLogger({ levels: RANKS, level: 'debug', format: untouched });
  let open = outputs.length > 0;
  const write: Write = (level, text, fields) => {
    if (open) sink.write({ level, message: text, time: now(), fields });
  };
  const releases = outputs.map((output) =>
    connect(sink, output, (error) => {
      open &&= sink.transports.length > 0;
      write('error', 'one of the outputs of the log failed and gets no more lines', { error });
    }),
  );

  let closing: Promise<void> | undefined;
  const close = async () => {
    const wasOpen = open;
    open = false;
    if (wasOpen) await finished(sink);
    await Promise.all(releases.map((release) => release()));
  };
  return {
    ...loggerOf(write, thresholds, {}),
    close: () => (closing ??= close()),
    setLevel: (level, areas = {}) => {
      thresholds.set(level, areas);
    },
  };
}

/** Where lines go. */
interface Output {
  readonly stream: NodeJS.WritableStream;
  readonly format: winston.Logform.Format;
  readonly flush: () => Promise<void>;
}

/** Has winston write to an output until that fails; the result flushes it and lets go of it. */
function connect(
  sink: winston.Logger,
  output: Output,
  failed: (error: unknown) => void,
): () => Promise<void> {
  const { stream, format, flush } = output;
  const transport = new winston.transports.Stream({ stream, format, eol: '\n' });
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston's own types disagree
  sink.add(transport);
  let works = true;
  const drop = (error: unknown) => {
    if (!works) return;
    works = false;
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston's own types disagree
    sink.remove(transport);
    failed(error);
  };
  stream.on('error', drop);
  return async () => {
    await flush();
    stream.removeListener('error', drop);
  };
}

type Write = (level: LogLevel, text: string, fields: LogFields) => void;

function loggerOf(write: Write, thresholds: LogThresholds, bound: LogFields): Logger {
  const threshold = thresholds.of(bound.area ?? 'host');
  const at = (level: LogLevel): Logger['info'] => {
    const rank = RANKS[level];
    return (text, fields) => {
      if (rank <= threshold.rank) write(level, text, fields === undefined ? bound : { ...bound, ...fields });
    };
  };
  return {
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    child: (fields) => loggerOf(write, thresholds, { ...bound, ...fields }),
  };
}

/** Each output has its own format; without this, winston would turn every line into JSON first. */
const untouched = winston.format((info) => info)();

/** Puts the finished, redacted line where winston's outputs take it from. */
function lineFormat(
  { format, thresholds }: Pick<LogSettings, 'format'> & { thresholds: LogThresholds },
  redactor: Redactor,
  color: boolean,
): winston.Logform.Format {
  const render = format === 'json' ? redactedJsonLine : redactedTextLine;
  return winston.format((info) => {
    const { level: at, message, time, fields } = info as unknown as LogEntry & { message: string };
    const options = { color, stacks: thresholds.of(fields.area ?? 'host').rank === RANKS.debug };
    return { ...info, [MESSAGE]: render({ time, level: at, text: message, fields }, options, redactor) };
  })();
}

/**
 * A stream of our own: winston's file output keeps quiet about a failed write, and then about every line after. Its
 * rotation, and that of packages for it, loses lines when two processes write to one file.
 */
function openFile({ file, rotation = NO_ROTATION }: LogSettings, tools: RotatingFileTools): RotatingFile {
  try {
    return new RotatingFile(file, rotation, tools);
  } catch (error) {
    throw new ConfigError(`LOG_FILE: ${file} cannot be written: ${messageOf(error)}`, { cause: error });
  }
}

/** Every line has left winston for its streams. */
function finished(sink: winston.Logger): Promise<void> {
  return new Promise((resolve) => {
    sink.once('finish', resolve);
    sink.end();
  });
}

function ended(file: RotatingFile): Promise<void> {
  return new Promise((resolve) => {
    if (file.closed) resolve();
    else file.once('close', resolve).end();
  });
}

function flushed(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => {
      resolve();
    });
  });
}

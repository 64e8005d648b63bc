import type { LogArea } from './log-areas.ts';

/** How much a line matters, most first. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** What a line is about. Ids are strings, as Discord writes them. */
export interface LogFields {
  /** The agent's name. */
  agent?: string;
  /** The part of the program that says it; bound with {@link Logger.child}, it decides about the level. */
  area?: LogArea;
  /** The exchange's id: on every line about one. */
  exchange?: string | undefined;
  /** The id of an HTTP request: on every line about one. */
  request?: string;
  /** The Discord message's id. */
  message?: string;
  /** What went wrong; its causes are logged with it. */
  error?: unknown;
  [field: string]: unknown;
}

/** What the rest of the program writes its log lines to. Any part can be tested with one that collects. */
export interface Logger {
  error(text: string, fields?: LogFields): void;
  warn(text: string, fields?: LogFields): void;
  info(text: string, fields?: LogFields): void;
  debug(text: string, fields?: LogFields): void;
  /** A logger whose every line carries these fields too. */
  child(fields: LogFields): Logger;
}

/** A logger that writes nothing. */
export const silentLogger: Logger = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  child: () => silentLogger,
};

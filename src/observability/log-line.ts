import { messageOf, TroupeError } from '../errors.ts';
import type { LogFields, LogLevel } from './logger.ts';
import { plain } from './plain.ts';
import { withoutNamedSecret } from './secret-names.ts';

/** One line to be written. */
export interface LogEntry {
  readonly time: Date;
  readonly level: LogLevel;
  readonly text: string;
  readonly fields: LogFields;
}

/** How a line looks. */
export interface LineOptions {
  /** For a terminal: levels in colour. */
  readonly color: boolean;
  /** Stacks of our own errors too, not only those of defects. */
  readonly stacks: boolean;
}

/** ANSI colours; grey for what matters least. */
const COLORS: Readonly<Record<LogLevel, number>> = { error: 31, warn: 33, info: 32, debug: 90 };

/** Most agents' names fit; a longer one pushes its line to the right. */
const AGENT_WIDTH = 12;

/**
 * A line for people: time in UTC, level, agent, `#message id`, text, other fields as `key=value`, and below it,
 * indented, the stacks. Line breaks and control characters within a value are escaped, so nobody's message can
 * forge a line.
 */
export function textLine({ time, level, text, fields }: LogEntry, { color, stacks }: LineOptions): string {
  // The part that says it is for programs: people read what it says.
  const { agent, message, error, ...others } = { ...fields, area: undefined };
  const label = level.toUpperCase().padEnd(5);
  const rest: [string, unknown][] = Object.entries({ ...others, ...explain(error) });
  const columns = [
    time.toISOString(),
    color ? `\u001b[${COLORS[level]}m${label}\u001b[39m` : label,
    visible(agent ?? '-').padEnd(AGENT_WIDTH),
    ...(message === undefined ? [] : [`#${visible(message)}`]),
    visible(text),
    ...rest.flatMap(([key, value]) =>
      value === undefined ? [] : [`${visible(key)}=${textValue(withoutNamedSecret(key, value))}`],
    ),
  ];
  const stack = stackOf(error, stacks);
  return stack === undefined ? columns.join(' ') : `${columns.join(' ')}\n${indented(stack)}`;
}

/** The names that a line's own parts have in JSON; a field of the same name gets an underscore behind it. */
const RESERVED = new Set(['time', 'level', 'text', 'stack']);

/** The same as one line of JSON: `time`, `level`, `text`, then the fields, and `stack`. */
export function jsonLine({ time, level, text, fields }: LogEntry, { stacks }: LineOptions): string {
  const { error, ...others } = fields;
  const renamed = Object.entries(others).map(([key, value]) => [
    RESERVED.has(key) ? `${key}_` : key,
    plain(withoutNamedSecret(key, value)),
  ]);
  return JSON.stringify({
    time: time.toISOString(),
    level,
    text,
    ...(Object.fromEntries(renamed) as Record<string, unknown>),
    ...explain(error),
    stack: stackOf(error, stacks),
  });
}

function explain(error: unknown): { error?: string; remedy?: string } {
  if (error === undefined) return {};
  const message = error instanceof Error ? messageOf(error) : stringOf(plain(error));
  const remedy = error instanceof TroupeError ? error.remedy : '';
  return remedy === '' ? { error: message } : { error: message, remedy };
}

/** Of what an error was caused by, so much is shown. */
const MAX_CAUSES = 20;

/** The stacks of an error and its causes, those of an `AggregateError` among them. A {@link TroupeError} was raised on purpose: its message is enough. */
function stackOf(error: unknown, always: boolean): string | undefined {
  if (!(error instanceof Error) || (!always && error instanceof TroupeError)) return undefined;
  const stacks: string[] = [];
  const open: unknown[] = [error];
  const seen = new Set<unknown>();
  while (open.length > 0 && seen.size < MAX_CAUSES) {
    const at = open.shift();
    if (!(at instanceof Error) || seen.has(at)) continue;
    seen.add(at);
    stacks.push(at.stack ?? `${at.name}: ${at.message}`);
    const several: readonly unknown[] = at instanceof AggregateError ? at.errors : [];
    open.push(...several, at.cause);
  }
  return stacks.join('\ncaused by: ');
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function textValue(value: unknown): string {
  const text = stringOf(plain(value));
  return visible(typeof value === 'string' && /[\s"=]|^$/.test(text) ? JSON.stringify(text) : text);
}

// eslint-disable-next-line no-control-regex -- these are what must not reach a terminal
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

function visible(text: string): string {
  return text.replace(CONTROL, escapeControl);
}

function indented(stack: string): string {
  return stack
    .split('\n')
    .map((line) => `    ${visible(line)}`)
    .join('\n');
}

function escapeControl(control: string): string {
  const json = JSON.stringify(control).slice(1, -1);
  return json === control ? `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}` : json;
}

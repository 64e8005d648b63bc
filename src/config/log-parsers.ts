import { type AreaLevels, LOG_AREAS, type LogArea } from '../observability/log-areas.ts';
import type { LogLevel } from '../observability/logger.ts';
import { nearest } from '../util/nearest.ts';
import { oneOf, type Parsed, type Parser } from './parsers.ts';

const PYTHON_LEVELS = { warning: 'warn', critical: 'error', fatal: 'error' } as const;

/** How much a log says. */
export const logLevel: Parser<LogLevel> = oneOf(['error', 'warn', 'info', 'debug'], PYTHON_LEVELS);

const NO_LIST = 'is not a list of levels';

/** Levels of areas, such as `discord=debug,providers=warn`; none when the text is empty. */
export const areaLevels: Parser<AreaLevels> = {
  allowed:
    'area=level, with commas between several, such as discord=debug,providers=warn; ' +
    `areas: ${LOG_AREAS.join(', ')}; levels: ${logLevel.allowed}`,
  read: (text, cwd) => {
    const levels: Partial<Record<LogArea, LogLevel>> = {};
    for (const pair of text === '' ? [] : text.split(',')) {
      const parsed = readPair(pair, cwd);
      if ('problem' in parsed) return parsed;
      const [area, level] = parsed.value;
      if (levels[area] !== undefined) return { problem: `${NO_LIST}: ${area} stands in it twice` };
      levels[area] = level;
    }
    return { value: levels };
  },
};

function readPair(pair: string, cwd: string): Parsed<readonly [LogArea, LogLevel]> {
  const [name = '', word, ...more] = pair.split('=').map((part) => part.trim().toLowerCase());
  if (word === undefined || more.length > 0) {
    return { problem: `${NO_LIST}: ${JSON.stringify(pair.trim())} is none of them` };
  }
  const area = LOG_AREAS.find((known) => known === name);
  if (area === undefined) {
    const meant = nearest(name, LOG_AREAS);
    const hint = meant === undefined ? '' : `, did you mean ${JSON.stringify(meant)}?`;
    return { problem: `${NO_LIST}: there is no area ${JSON.stringify(name)}${hint}` };
  }
  const level = logLevel.read(word, cwd);
  return 'value' in level
    ? { value: [area, level.value] }
    : { problem: `${NO_LIST}: there is no level ${JSON.stringify(word)}` };
}

const UNITS: Readonly<Record<string, number>> = { B: 1, KB: 1_000, MB: 1_000_000, GB: 1_000_000_000 };

/** A size such as `10MB`; the value is in bytes, and 0 means no limit. */
export const byteSize: Parser<number> = {
  allowed: 'a size such as 500KB, 10MB or 1GB; 0 for no limit',
  read: (text) => {
    const [, digits, unit = 'B'] = /^(\d+(?:\.\d+)?)\s*([KMG]?B)?$/.exec(text.toUpperCase()) ?? [];
    const value = Math.round(Number(digits) * (UNITS[unit] ?? 1));
    return Number.isSafeInteger(value) ? { value } : { problem: 'is not a size' };
  },
};

const DAY = 86_400_000;

/** A time in days, fractions allowed; the value is in whole milliseconds, and 0 means no limit. */
export const fractionalDays: Parser<number> = {
  allowed: 'days, such as 1, 7 or 0.5, up to 3650; 0 for no limit',
  read: (text) => {
    const days = Number(text);
    return /^(\d+\.?\d*|\.\d+)$/.test(text) && days <= 3_650
      ? { value: Math.ceil(days * DAY) }
      : { problem: 'is not a time in range' };
  },
};

import type { LogLevel } from './logger.ts';

/**
 * The parts of the program whose log levels can be set apart: the rooms under `src/`. What belongs to none of them is
 * the `host`'s.
 */
export const LOG_AREAS = [
  'access',
  'agents',
  'agents-file',
  'audit',
  'bots',
  'commands',
  'config',
  'database',
  'discord',
  'host',
  'http',
  'leases',
  'memory',
  'messages',
  'observability',
  'prices-file',
  'providers',
  'recovery',
  'retention',
  'usage',
] as const;

/** One of {@link LOG_AREAS}. */
export type LogArea = (typeof LOG_AREAS)[number];

/** The levels of areas that have one of their own; the others follow the general level. */
export type AreaLevels = Readonly<Partial<Record<LogArea, LogLevel>>>;

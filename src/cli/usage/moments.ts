import { InvalidArgumentError } from 'commander';

const HOUR = 3_600_000;
/** A day in milliseconds. */
export const DAY = 24 * HOUR;

/**
 * A day (UTC) such as 2026-11-20, or a time so long ago, such as 7d or 24h.
 *
 * @throws {InvalidArgumentError} when it is neither
 */
export function momentOf(text: string, now: Date): Date {
  const [, count, unit] = /^(\d{1,5})([dh])$/.exec(text) ?? [];
  if (count !== undefined) return new Date(now.getTime() - Number(count) * (unit === 'd' ? DAY : HOUR));
  const day = isDay(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  // A day that is not in the calendar becomes another one, or none.
  if (day !== undefined && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)) return day;
  throw new InvalidArgumentError('It must be a day such as 2026-11-20, or so long ago: 7d, 24h.');
}

/** Like {@link momentOf}; a day is in it to its end. */
export function endOf(text: string, now: Date): Date {
  const moment = momentOf(text, now);
  return isDay(text) ? new Date(moment.getTime() + DAY) : moment;
}

function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text);
}

/** The midnight (UTC) before a time. */
export function startOfDay(time: Date): Date {
  return new Date(Math.floor(time.getTime() / DAY) * DAY);
}

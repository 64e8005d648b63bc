/** A time to the minute, in UTC, such as `2026-11-20T12:30Z`; `-` without one. */
export function minute(time: Date | undefined): string {
  return time === undefined ? '-' : time.toISOString().replace(/:\d\d\.\d+Z$/, 'Z');
}

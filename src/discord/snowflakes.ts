/** The first millisecond of Discord's calendar: 2015-01-01. */
const EPOCH = 1_420_070_400_000;

/** Below the milliseconds there are 22 bits that count. */
const COUNTER_BITS = 22n;

/** Orders two ids by age: negative when the first is older. */
export function compareSnowflakes(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The later of two ids. */
export function laterSnowflake(a: string, b: string): string {
  return compareSnowflakes(a, b) < 0 ? b : a;
}

/** The lowest id that Discord can give out at this time, in milliseconds since 1970. */
export function snowflakeAt(time: number): string {
  return String(BigInt(Math.max(0, Math.floor(time) - EPOCH)) << COUNTER_BITS);
}

/** The id that is so many milliseconds older than this one. */
export function snowflakeBefore(id: string, ms: number): string {
  const before = BigInt(id) - (BigInt(ms) << COUNTER_BITS);
  return String(before < 0n ? 0n : before);
}

/** The next lower id. */
export function previousSnowflake(id: string): string {
  return String(BigInt(id) - 1n);
}

/** The first millisecond of Discord's calendar: 2015-01-01. */
const EPOCH = 1_420_070_400_000;

/** Below the milliseconds there are 22 bits that count. */
const COUNTER_BITS = 22n;

/** When Discord gave out an id. */
export function snowflakeTime(id: string): Date {
  return new Date(Number(BigInt(id) >> COUNTER_BITS) + EPOCH);
}

/** The first millisecond of Discord's own calendar (2015-01-01), from which snowflakes count. */
export const DISCORD_EPOCH = 1_420_070_400_000;

/** Hands out snowflakes. */
export interface Snowflakes {
  /** A new id, larger than every one before it. */
  next(): string;
}

/**
 * Makes ids as Discord does: milliseconds since its epoch, shifted by 22 bits, and a counter below them. The
 * ids of one maker always rise, also within one millisecond and when the clock steps back.
 *
 * @param now the clock, in milliseconds since 1970
 */
export function createSnowflakes(now: () => number): Snowflakes {
  let lastMs = 0;
  let counter = 0;
  return {
    next() {
      const ms = Math.floor(now());
      if (ms > lastMs) {
        lastMs = ms;
        counter = 0;
      } else if (++counter > 0x3fffff) {
        lastMs++;
        counter = 0;
      }
      return ((BigInt(lastMs - DISCORD_EPOCH) << 22n) | BigInt(counter)).toString();
    },
  };
}

/** When an id was made, in milliseconds since 1970. */
export function snowflakeTime(id: string): number {
  return Number(BigInt(id) >> 22n) + DISCORD_EPOCH;
}

/** Orders two ids by age: negative when the first is older. */
export function compareSnowflakes(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

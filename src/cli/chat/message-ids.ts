/** The beginning of Discord's time: 2015, in milliseconds. */
const DISCORD_EPOCH = 1_420_070_400_000;

/** The bits of an id below its time. */
const LOW_BITS = 22;

/**
 * Makes ids of messages as Discord has them: the time, then bits that tell those of one millisecond apart. Each is
 * above the one before; those of two processes differ by chance.
 *
 * @param now - milliseconds
 * @param random - from 0 up to 1
 */
export function createMessageIds(now: () => number, random: () => number): () => string {
  let last = 0n;
  return () => {
    const low = BigInt(Math.floor(random() * 2 ** LOW_BITS));
    const id = (BigInt(now() - DISCORD_EPOCH) << BigInt(LOW_BITS)) | low;
    last = id > last ? id : last + 1n;
    return last.toString();
  };
}

/** Billionths of a dollar in the smallest part that a table shows. */
const MICRO = 1_000n;

/** With separators between thousands. */
export function grouped(number: number | bigint): string {
  return number.toLocaleString('en-US');
}

/** With six decimals, rounded up: what costs something is never shown as nothing. */
export function dollars(nanoUsd: bigint): string {
  const micro = (nanoUsd + MICRO - 1n) / MICRO;
  return `${grouped(micro / 1_000_000n)}.${(micro % 1_000_000n).toString().padStart(6, '0')}`;
}

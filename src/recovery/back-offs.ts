import type { BackOff } from '../util/back-off.ts';

/** How long is waited between two tries, by what is tried; in milliseconds. It doubles from the first to the second. */
export const BACK_OFFS = {
  /** A bot's connections, with full jitter. */
  gateway: { base: 1_000, cap: 600_000 },
  /** A message or an edit on its way to Discord, seven tries. */
  delivery: { base: 250, cap: 10_000 },
  /** A model for one answer, three tries, with full jitter. */
  model: { base: 500, cap: 8_000 },
  /** The journal while the database is away. */
  database: { base: 50, cap: 2_000 },
  /** A turn of a conversation that is to be remembered, four tries. */
  memory: { base: 50, cap: 1_000 },
  /** The leases of bots. */
  leases: { base: 500, cap: 500 },
  /** The address for HTTP, where it is taken. */
  listen: { base: 10_000, cap: 10_000 },
  /** A part of the host that broke. */
  restart: { base: 1_000, cap: 60_000 },
} as const satisfies Readonly<Record<string, BackOff>>;

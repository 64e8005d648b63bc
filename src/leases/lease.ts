import { TroupeError } from '../errors.ts';

/** One process's right to run one agent's bot, from when it is taken until it is released or lost. */
export interface Lease {
  readonly agentId: string;
  /**
   * Rises with each new holder; a journal refuses what is written under another than the present one. Undefined where
   * nobody competes: a chat in the terminal.
   */
  readonly fence: bigint | undefined;
  /** Aborts when the lease was lost or released. */
  readonly signal: AbortSignal;
  /**
   * Resolves once it is certain that the lease is held: at once as a rule, later while the database cannot be asked.
   * Awaited before everything that others see.
   *
   * @throws {LeaseLostError}
   */
  held(): Promise<void>;
}

/** Another process runs the bot by now: nothing more may be written or posted for it here. */
export class LeaseLostError extends TroupeError {
  override readonly name = 'LeaseLostError';

  constructor(agentId: string) {
    super(`another host runs the bot of agent ${agentId}`);
  }
}

/** The lease of whoever has no competitors. */
export function withoutLease(agentId: string): Lease {
  return {
    agentId,
    fence: undefined,
    signal: new AbortController().signal,
    held: () => Promise.resolve(),
  };
}

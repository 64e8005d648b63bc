import { TroupeError } from '../errors.ts';

/** Who a call to a model is made for. */
export interface CallSubject {
  readonly agentId: string;
  /** The user's Discord id; undefined when it is for nobody in particular. */
  readonly userId: string | undefined;
  /** Undefined in a direct message. */
  readonly guildId: string | undefined;
  /** Undefined when it is for none. */
  readonly exchangeId: string | undefined;
  /** What for: an answer, a summary of the memory, or finding out whether the model works. */
  readonly purpose: 'answer' | 'summary' | 'check';
}

/** What something costs. */
export interface Amount {
  /** In billionths of a US dollar, a whole number; undefined when the model has no price. */
  readonly nanoUsd: number | undefined;
  /** Input and output together. */
  readonly tokens: number;
}

/** Whom a budget is for: one user of an agent, one guild of an agent, an agent, or the host with all of its agents. */
export type BudgetKind = 'user' | 'guild' | 'agent' | 'host';

/** What may be spent in one day (UTC). */
export interface BudgetLimit {
  readonly kind: BudgetKind;
  readonly nanoUsd?: number | undefined;
  readonly tokens?: number | undefined;
}

/** A call that is about to be made. */
export interface PlannedCall {
  readonly subject: CallSubject;
  readonly provider: string;
  readonly model: string;
  /** The most that it can cost. */
  readonly most: Amount;
}

/** What became of a call. */
export interface SettledCall {
  /** The exchange that it was made for, for the log. */
  readonly exchangeId?: string | undefined;
  readonly inputTokens: number;
  /** Part of the input that was in the provider's cache. */
  readonly cachedTokens: number;
  readonly outputTokens: number;
  /** Whether the provider counted them; otherwise they are estimated. */
  readonly counted: boolean;
  /** What it cost; undefined when the model has no price. */
  readonly nanoUsd: number | undefined;
  readonly latencyMs: number;
  /** How the answer ended (`complete`, `length`, …), what failed (`overloaded`, …), or `cancelled`. */
  readonly outcome: string;
}

/** A budget does not allow a call; nothing was spent. */
export class BudgetError extends TroupeError {
  override readonly name = 'BudgetError';
  readonly kind: BudgetKind;
  /** When the budget is whole again: the next midnight, UTC. */
  readonly resetsAt: Date;
  /** Whether this one call could cost more than the whole budget of a day: waiting does not help. */
  readonly isTooLarge: boolean;

  constructor(kind: BudgetKind, unit: 'usd' | 'tokens', resetsAt: Date, isTooLarge = false) {
    super(`the budget of the ${kind} for today does not allow another call (${unit})`);
    this.kind = kind;
    this.resetsAt = resetsAt;
    this.isTooLarge = isTooLarge;
  }
}

/** The books: every call to a model, and what may still be spent today. */
export interface UsageLedger {
  /**
   * Books the most that a call can cost, before it is made: calls at the same time cannot overshoot a limit together.
   * A call that is never settled (the process died) stays booked at that.
   *
   * @param limits - those that are set; none: the call is booked and never refused
   * @returns the booking's id
   * @throws {BudgetError} when one of the limits would be exceeded; nothing is booked then
   */
  reserve(call: PlannedCall, limits: readonly BudgetLimit[]): Promise<string>;
  /** Books what a call really cost, in place of what was reserved. */
  settle(bookingId: string, call: SettledCall): Promise<void>;
}

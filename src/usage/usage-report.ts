import type { BudgetKind } from './usage-ledger.ts';

/** What calls to models can be summed up by, in the order in which they are offered. */
export const USAGE_GROUPINGS = ['agent', 'user', 'guild', 'model', 'day', 'purpose'] as const;

/** What calls to models are summed up by. */
export type UsageGrouping = (typeof USAGE_GROUPINGS)[number];

/** Which calls to sum up, and how. */
export interface UsageQuery {
  /** The first moment; a call counts for when it was reserved. */
  readonly since: Date;
  /** The first moment that is not in it. */
  readonly until: Date;
  readonly by: UsageGrouping;
  /** Default: all agents, those that are gone among them. */
  readonly agentId?: string | undefined;
}

/**
 * The calls of one agent, user, guild, model, day or purpose. One that is not settled counts at the most that it can
 * cost, as budgets count it, and all of its tokens as input.
 */
export interface UsageRow {
  /**
   * The id of the agent, user or guild, the model as `provider/model`, the day (UTC) as 2026-11-20, or the purpose.
   * Undefined: the calls for no user, or for no guild.
   */
  readonly key: string | undefined;
  readonly calls: number;
  readonly inputTokens: bigint;
  /** Part of the input. */
  readonly cachedTokens: bigint;
  readonly outputTokens: bigint;
  /** In billionths of a US dollar, without the unpriced calls. */
  readonly nanoUsd: bigint;
  /** Calls that used tokens of a model without a price. */
  readonly unpriced: number;
  /** Calls that ended neither with an answer or a refusal nor by being cancelled. */
  readonly failures: number;
  /** Calls that are under way, or whose process died. */
  readonly unsettled: number;
}

/** What is summed up of calls. */
export type Sums = Omit<UsageRow, 'key'>;

/** What was spent or is reserved of one budget in a day. */
export interface DaySpending {
  readonly kind: BudgetKind;
  /** Undefined for the host. */
  readonly agentId: string | undefined;
  /** The id of the user or guild; undefined for an agent and the host. */
  readonly memberId: string | undefined;
  /** In billionths of a US dollar. */
  readonly nanoUsd: bigint;
  /** Input and output together. */
  readonly tokens: bigint;
}

/** Looks into the books. Sums are exact. */
export interface UsageReports {
  /** The sums of all calls in a time: the most expensive first, days in their order. */
  report(query: UsageQuery): Promise<UsageRow[]>;
  /** What was spent on the day (UTC) of this moment, also where there is no limit: the most money first. */
  spending(at: Date): Promise<DaySpending[]>;
}

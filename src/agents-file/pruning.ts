import type { AgentRecord } from '../agents/agent-record.ts';
import type { ParsedAgents } from './parsed-agents.ts';
import { planLoad, type LoadPlan, type PlanOptions } from './plan-load.ts';

/** How long an agent has to be missing before a watch removes it, in milliseconds. */
export const PRUNE_DELAY = 6_000;

/** What is to be done now, and what later. */
export interface GentlePlan {
  readonly plan: LoadPlan;
  /** Agents that were not missing before, and are removed later unless they come back. */
  readonly goneNow: readonly AgentRecord[];
  /** Milliseconds after which to plan again; undefined when nothing is left for later. */
  readonly again: number | undefined;
}

/**
 * Plans the loads of a watch, which may find a source when half of it is written. An agent is removed only when it was
 * missing twice in a row, so long apart; everything else is done at once. The first look removes at once.
 */
export class Pruning {
  readonly #delay: number;
  readonly #now: () => number;
  /** By the id of a missing agent: since when. */
  #missing = new Map<string, number>();

  /**
   * @param delay - in milliseconds
   * @param now - in milliseconds since anything. Default: since the process began
   */
  constructor(delay = PRUNE_DELAY, now: () => number = () => performance.now()) {
    this.#delay = delay;
    this.#now = now;
  }

  /** Begins to wait anew: what came between cannot be told. */
  forget(): void {
    this.#missing.clear();
  }

  /** @throws {StoredConflictError} as {@link planLoad} does */
  plan(
    parsed: ParsedAgents,
    existing: readonly AgentRecord[],
    options: PlanOptions,
    isFirst: boolean,
  ): GentlePlan {
    const plan = planLoad(parsed, existing, options);
    if (isFirst) return { plan, goneNow: [], again: undefined };
    const now = this.#now();
    const before = this.#missing;
    this.#missing = new Map(plan.remove.map(({ id }) => [id, before.get(id) ?? now]));
    const left = ({ id }: AgentRecord): number => (this.#missing.get(id) ?? now) + this.#delay - now;
    const isDue = (record: AgentRecord): boolean => before.has(record.id) && left(record) <= 0;
    const waiting = plan.remove.filter((record) => !isDue(record));
    if (waiting.length === 0) return { plan, goneNow: [], again: undefined };
    return {
      plan: without(plan, waiting, parsed, options),
      goneNow: waiting.filter(({ id }) => !before.has(id)),
      again: Math.ceil(Math.max(1, ...waiting.map(left))),
    };
  }
}

/** All of it waits when one that stays for now has a token that is to be another's. */
function without(
  plan: LoadPlan,
  waiting: readonly AgentRecord[],
  { agents }: ParsedAgents,
  { sameToken }: PlanOptions,
): LoadPlan {
  const needsToken = agents.some(
    ({ token }) => token !== undefined && waiting.some((record) => sameToken(record, token)),
  );
  if (needsToken) return { ...plan, create: [], update: [], remove: [], released: [] };
  return { ...plan, remove: plan.remove.filter((record) => !waiting.includes(record)) };
}

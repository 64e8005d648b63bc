import { NANO } from '../../usage/price-list.ts';
import { moneyAsJson } from '../../usage/usage-json.ts';
import type { BudgetKind, BudgetLimit } from '../../usage/usage-ledger.ts';
import type { DaySpending } from '../../usage/usage-report.ts';
import type { AgentRecord } from '../agent-record.ts';
import { agentReference } from '../usage-json.ts';
import { budgetLimitsOf, llmConfigSchema } from './llm-config.ts';

/** A limit, and what is spent of it today. */
export interface BudgetLine extends DaySpending {
  readonly limit: BudgetLimit;
}

/** Whose budgets are looked at. */
export interface BudgetScope {
  readonly agents: readonly AgentRecord[];
  /** Only this one's; undefined: all, and the host's. */
  readonly agentId: string | undefined;
  /** Undefined: there is none. */
  readonly hostBudget: Omit<BudgetLimit, 'kind'> | undefined;
}

/** A line for each limit; one for users or guilds has a line for each of them that spent something. */
export function budgetLines(
  spent: readonly DaySpending[],
  { agents, agentId, hostBudget }: BudgetScope,
): BudgetLine[] {
  const linesOf = (limit: BudgetLimit, id?: string): BudgetLine[] => {
    const found = spent.filter((one) => one.kind === limit.kind && one.agentId === id);
    const nobody = { kind: limit.kind, agentId: id, memberId: undefined, nanoUsd: 0n, tokens: 0n };
    return (found.length === 0 ? [nobody] : found)
      .map((one) => ({ ...one, limit }))
      .sort((a, b) => Number(percentUsed(b) - percentUsed(a)));
  };
  const wanted = agents.filter(({ id, type }) => type === 'llm' && (agentId ?? id) === id);
  return [
    ...(hostBudget === undefined || agentId !== undefined ? [] : linesOf({ kind: 'host', ...hostBudget })),
    ...wanted.flatMap((agent) => limitsOf(agent).flatMap((limit) => linesOf(limit, agent.id))),
  ];
}

const ORDER: readonly BudgetKind[] = ['agent', 'guild', 'user'];

/** The rest of the config may hold encrypted keys, which nobody needs here. */
function limitsOf({ config }: AgentRecord): BudgetLimit[] {
  const limits = budgetLimitsOf(llmConfigSchema.parse({ budget: config['budget'] }));
  return limits
    .filter(({ nanoUsd, tokens }) => nanoUsd !== undefined || tokens !== undefined)
    .sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

/** Of the limit that is nearer, in whole percent, rounded down. */
export function percentUsed({
  nanoUsd,
  tokens,
  limit,
}: Pick<BudgetLine, 'nanoUsd' | 'tokens' | 'limit'>): bigint {
  const percent = (spent: bigint, most: number | undefined): bigint => {
    if (most === undefined) return 0n;
    return most === 0 ? 100n : (spent * 100n) / BigInt(most);
  };
  const [money, counted] = [percent(nanoUsd, limit.nanoUsd), percent(tokens, limit.tokens)];
  return money > counted ? money : counted;
}

/** A budget for programs. */
export function budgetAsJson(line: BudgetLine, agents: readonly AgentRecord[]) {
  const { kind, agentId, memberId = null, nanoUsd, tokens, limit } = line;
  return {
    budget: kind,
    ...agentReference(agentId, agents),
    user_id: kind === 'user' ? memberId : null,
    guild_id: kind === 'guild' ? memberId : null,
    ...moneyAsJson(nanoUsd),
    limit_usd: limit.nanoUsd === undefined ? null : limit.nanoUsd / NANO,
    limit_nano_usd: limit.nanoUsd === undefined ? null : String(limit.nanoUsd),
    tokens: Number(tokens),
    limit_tokens: limit.tokens ?? null,
    used_percent: Number(percentUsed(line)),
  };
}

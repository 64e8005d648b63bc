import type { AgentRecord } from '../../agents/agent-record.ts';
import { budgetLimitsOf, llmConfigSchema } from '../../agents/llm/llm-config.ts';
import { printable } from '../../agents-file/show-value.ts';
import { NANO } from '../../usage/price-list.ts';
import type { BudgetKind, BudgetLimit } from '../../usage/usage-ledger.ts';
import type { DaySpending } from '../../usage/usage-report.ts';
import { alignedTable } from '../aligned-table.ts';
import { jsonLine } from '../json-line.ts';
import { agentAsJson, nameOf } from './agent-names.ts';
import { dollars, grouped, moneyAsJson } from './numbers.ts';
import type { UsageTask } from './task.ts';

/** A limit, and what is spent of it today. */
interface BudgetLine extends DaySpending {
  readonly limit: BudgetLimit;
}

/** What of the budgets is spent today, as a table or JSON. */
export async function showBudgets(task: UsageTask, now: Date): Promise<string> {
  const { flags, agents } = task;
  const lines = budgetLines(await task.usageReports.spending(now), task);
  if (flags.json) return jsonLine(lines.map((line) => budgetAsJson(line, agents)));
  if (lines.length === 0) {
    return 'No budget is set. BUDGET_USD_PER_DAY and BUDGET_TOKENS_PER_DAY set the host\'s, "budget" in the config of an LLM agent its own.\n';
  }
  return [
    `Budgets of ${now.toISOString().slice(0, 10)} (UTC), with what calls under way can cost\n\n`,
    alignedTable(
      [
        ['BUDGET', 'AGENT', 'FOR', 'USD', 'OF', 'TOKENS', 'OF', 'USED'],
        ...lines.map(({ kind, agentId, memberId, nanoUsd, tokens, limit }) => [
          kind,
          agentId === undefined ? '-' : printable(nameOf(agentId, agents)),
          memberId ?? '-',
          dollars(nanoUsd),
          limit.nanoUsd === undefined ? '-' : dollars(BigInt(limit.nanoUsd)),
          grouped(tokens),
          limit.tokens === undefined ? '-' : grouped(limit.tokens),
          `${grouped(percentUsed({ nanoUsd, tokens, limit }))} %`,
        ]),
      ],
      3,
    ),
  ].join('');
}

/** A line for each limit; one for users or guilds has a line for each of them that spent something. */
function budgetLines(
  spent: readonly DaySpending[],
  { agents, agentId, hostBudget }: UsageTask,
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
function percentUsed({ nanoUsd, tokens, limit }: Pick<BudgetLine, 'nanoUsd' | 'tokens' | 'limit'>): bigint {
  const percent = (spent: bigint, most: number | undefined): bigint => {
    if (most === undefined) return 0n;
    return most === 0 ? 100n : (spent * 100n) / BigInt(most);
  };
  const [money, counted] = [percent(nanoUsd, limit.nanoUsd), percent(tokens, limit.tokens)];
  return money > counted ? money : counted;
}

function budgetAsJson(line: BudgetLine, agents: readonly AgentRecord[]): object {
  const { kind, agentId, memberId = null, nanoUsd, tokens, limit } = line;
  return {
    budget: kind,
    ...agentAsJson(agentId, agents),
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

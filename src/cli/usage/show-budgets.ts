import { budgetAsJson, budgetLines, percentUsed } from '../../agents/llm/budget-lines.ts';
import { nameOf } from '../../agents/usage-json.ts';
import { printable } from '../../agents-file/show-value.ts';
import { alignedTable } from '../aligned-table.ts';
import { jsonLine } from '../json-line.ts';
import { dollars, grouped } from './numbers.ts';
import type { UsageTask } from './task.ts';

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

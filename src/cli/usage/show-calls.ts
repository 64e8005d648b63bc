import { nameOf, usageKeyAsJson } from '../../agents/usage-json.ts';
import { printable } from '../../agents-file/show-value.ts';
import { sumsAsJson } from '../../usage/usage-json.ts';
import type { Sums, UsageRow } from '../../usage/usage-report.ts';
import { alignedTable } from '../aligned-table.ts';
import { jsonLine } from '../json-line.ts';
import { minute } from '../minute.ts';
import { grouped } from './numbers.ts';
import { add, NOTHING, sumCells } from './sums.ts';
import type { UsageTask } from './task.ts';

/** The calls of a time, summed up, as a table or JSON. */
export async function showCalls(task: UsageTask): Promise<string> {
  const { flags, since, until, agents, agentId, usageReports } = task;
  const { by, json } = flags;
  const rows = await usageReports.report({ since, until, by, agentId });
  if (json)
    return jsonLine(rows.map((row) => ({ ...usageKeyAsJson(by, row.key, agents), ...sumsAsJson(row) })));
  const time = `from ${minute(since)} until ${minute(until)}`;
  if (rows.length === 0) return `No calls to language models ${time}.\n`;
  const total = rows.reduce<Sums>(add, NOTHING);
  const unpriced =
    total.unpriced === 0 ? [] : await usageReports.report({ since, until, by: 'model', agentId });
  const shownKey = ({ key }: UsageRow): string =>
    key === undefined ? '-' : printable(by === 'agent' ? nameOf(key, agents) : key);
  return [
    `Calls to language models ${time}\n\n`,
    alignedTable(
      [
        [by.toUpperCase(), 'CALLS', 'INPUT', 'CACHED', 'OUTPUT', 'USD', 'FAILED'],
        ...rows.map((row) => [shownKey(row), ...sumCells(row)]),
        ['TOTAL', ...sumCells(total)],
      ],
      1,
    ),
    ...notesOn(total, unpriced),
  ].join('');
}

function notesOn({ unsettled }: Sums, byModel: readonly UsageRow[]): string[] {
  const models = byModel.flatMap(({ key, unpriced }) => (unpriced === 0 ? [] : printable(key ?? '-')));
  return [
    models.length === 0
      ? ''
      : `\n? No price was known for ${models.join(', ')}. Prices come from the file that PRICES_FILE names.\n`,
    unsettled === 0
      ? ''
      : `\n${grouped(unsettled)} of the calls are under way, or their process died: they count at the most that ` +
        'they can cost, and as input.\n',
  ];
}

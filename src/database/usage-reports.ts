import type { ChatEnd } from '../agents/chat-model.ts';
import type { BudgetKind } from '../usage/usage-ledger.ts';
import type {
  DaySpending,
  UsageGrouping,
  UsageQuery,
  UsageReports,
  UsageRow,
} from '../usage/usage-report.ts';
import { firstUuidV7At } from '../util/uuid-v7.ts';
import type { Dialect } from './dialect.ts';
import type { Statements, Value } from './statements.ts';

/** The outcomes that are no failure; a call that is not settled has none yet. */
const FINE = ['complete', 'length', 'refusal', 'content-filter', 'cancelled'] as const satisfies readonly (
  ChatEnd | 'cancelled'
)[];

const RESERVED = 'reserved';

/** The columns that make a group's key. */
function keysOf(by: UsageGrouping, dialect: Dialect): readonly string[] {
  switch (by) {
    case 'model':
      return ['provider', 'model'];
    case 'day':
      return [dialect.day('at')];
    case 'purpose':
      return ['purpose'];
    default:
      return [`${by}_id`];
  }
}

const inQuotes = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(', ');

const countOf = (condition: string): string => `SUM(CASE WHEN ${condition} THEN 1 ELSE 0 END)`;

const SUMS = [
  'COUNT(*) AS calls',
  'SUM(input_tokens) AS input',
  'SUM(cached_tokens) AS cached',
  'SUM(output_tokens) AS output',
  'COALESCE(SUM(nano_usd), 0) AS cost',
  `${countOf('nano_usd IS NULL AND input_tokens + output_tokens > 0')} AS unpriced`,
  `${countOf(`outcome NOT IN (${inQuotes([...FINE, RESERVED])})`)} AS failures`,
  `${countOf(`outcome = '${RESERVED}'`)} AS unsettled`,
].join(', ');

const SPENDING =
  'SELECT scope, nano_usd, tokens FROM budget_counters WHERE day = ? ORDER BY nano_usd DESC, scope';

/** Sums up the model_calls and budget_counters tables: one statement a report, over an index. */
export class UsageReportsTable implements UsageReports {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  async report(query: UsageQuery): Promise<UsageRow[]> {
    const keys = keysOf(query.by, this.#statements.dialect);
    const names = keys.map((_, index) => `key_${index}`);
    const selected = keys.map((key, index) => `${key} AS key_${index}`).join(', ');
    const order = [...(query.by === 'day' ? [] : ['cost DESC', 'calls DESC']), ...names].join(', ');
    const { sql, values } = conditionOf(query);
    const rows = await this.#statements.rows(
      `SELECT ${selected}, ${SUMS} FROM model_calls WHERE ${sql} GROUP BY ${keys.join(', ')} ORDER BY ${order}`,
      values,
    );
    return rows.map((row) => {
      const parts = names.flatMap((name) => row[name] ?? []);
      return {
        key: parts.length === 0 ? undefined : parts.join('/'),
        calls: Number(row['calls']),
        inputTokens: BigInt(row['input'] ?? 0),
        cachedTokens: BigInt(row['cached'] ?? 0),
        outputTokens: BigInt(row['output'] ?? 0),
        nanoUsd: BigInt(row['cost'] ?? 0),
        unpriced: Number(row['unpriced']),
        failures: Number(row['failures']),
        unsettled: Number(row['unsettled']),
      };
    });
  }

  async spending(at: Date): Promise<DaySpending[]> {
    const rows = await this.#statements.rows(SPENDING, [at.toISOString().slice(0, 10)]);
    return rows.map(({ scope, nano_usd, tokens }) => {
      const [kind, agentId, memberId] = (scope ?? '').split(':');
      return {
        kind: kind as BudgetKind,
        agentId,
        memberId,
        nanoUsd: BigInt(nano_usd ?? 0),
        tokens: BigInt(tokens ?? 0),
      };
    });
  }
}

/** Only one agent's calls have an index over `at`; for all of them, ids sort by that very time. */
function conditionOf({ since, until, agentId }: UsageQuery): { sql: string; values: Value[] } {
  return agentId === undefined
    ? { sql: 'id >= ? AND id < ?', values: [firstUuidV7At(since), firstUuidV7At(until)] }
    : { sql: 'agent_id = ? AND at >= ? AND at < ?', values: [agentId, since, until] };
}

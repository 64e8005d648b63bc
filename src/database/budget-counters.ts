import type { BudgetKind, BudgetLimit, CallSubject } from '../usage/usage-ledger.ts';
import { type Row, type TransactionStatements } from './statements.ts';

/** A row of the budget_counters table on any day, and what it counts. */
export interface Counter {
  readonly kind: BudgetKind;
  readonly scope: string;
}

/** What is added to a counter; less than nothing takes away. */
export interface Spending {
  readonly nanoUsd: bigint;
  readonly tokens: bigint;
}

/** The unit in which a limit was reached. */
export type Unit = 'usd' | 'tokens';

const ADD = 'UPDATE budget_counters SET nano_usd = nano_usd + ?, tokens = tokens + ? WHERE day = ?';
const READ = 'SELECT nano_usd, tokens FROM budget_counters WHERE day = ? AND scope = ?';
const BEGIN = 'INSERT INTO budget_counters (scope, day, nano_usd, tokens) VALUES (?, ?, 0, 0)';

/** All counters that a call counts for, the narrowest first. */
export function countersOf(subject: Pick<CallSubject, 'agentId' | 'userId' | 'guildId'>): Counter[] {
  const { agentId, userId, guildId } = subject;
  return [
    ...(userId === undefined ? [] : [{ kind: 'user', scope: `user:${agentId}:${userId}` } as const]),
    ...(guildId === undefined ? [] : [{ kind: 'guild', scope: `guild:${agentId}:${guildId}` } as const]),
    { kind: 'agent', scope: `agent:${agentId}` },
    { kind: 'host', scope: 'host' },
  ];
}

/**
 * Adds to a counter unless that would exceed one of the limits: one statement compares and adds. A counter that is not
 * there yet is begun.
 *
 * @param day - UTC, as 2026-11-21
 * @returns the unit of the limit in the way; undefined when it was added
 */
export async function addWithin(
  statements: TransactionStatements,
  scope: string,
  day: string,
  spending: Spending,
  limits: readonly BudgetLimit[],
): Promise<Unit | undefined> {
  const { nanoUsd, tokens } = spending;
  const bounds = limits.flatMap((limit) => [
    { column: 'nano_usd', unit: 'usd', plus: nanoUsd, most: limit.nanoUsd } as const,
    { column: 'tokens', unit: 'tokens', plus: tokens, most: limit.tokens } as const,
  ]);
  const set = bounds.flatMap(({ most, ...bound }) =>
    most === undefined ? [] : [{ ...bound, most: wholeNumber(most) }],
  );
  const conditions = set.map(({ column }) => ` AND ${column} + ? <= ?`).join('');
  const add = (): Promise<number> =>
    statements.run(`${ADD} AND scope = ?${conditions}`, [
      nanoUsd,
      tokens,
      day,
      scope,
      ...set.flatMap(({ plus, most }) => [plus, most]),
    ]);
  if ((await add()) > 0) return undefined;
  const row = (await find(statements, scope, day)) ?? (await begin(statements, scope, day));
  const exceeded = set.find(({ column, plus, most }) => BigInt(row?.[column] ?? 0) + plus > most);
  if (exceeded === undefined) await add();
  return exceeded?.unit;
}

/** A counter, which nobody else changes before the transaction ends. */
async function find(statements: TransactionStatements, scope: string, day: string): Promise<Row | undefined> {
  const [row] = await statements.rows(`${READ} ${statements.dialect.forUpdate}`, [day, scope]);
  return row;
}

/** The first of the day; another process may begin it at the same time. */
async function begin(
  statements: TransactionStatements,
  scope: string,
  day: string,
): Promise<Row | undefined> {
  await statements.run(`${BEGIN} ${statements.dialect.onConflictDoNothing('scope')}`, [scope, day]);
  return find(statements, scope, day);
}

/** Adds to counters that are there, whatever their limits, in the order in which calls are reserved: never in a circle. */
export async function correct(
  statements: TransactionStatements,
  scopes: readonly string[],
  day: string,
  { nanoUsd, tokens }: Spending,
): Promise<void> {
  for (const scope of scopes) await statements.run(`${ADD} AND scope = ?`, [nanoUsd, tokens, day, scope]);
}

/** A limit as the database compares it, also one that is not whole or that has no end. */
function wholeNumber(limit: number): bigint {
  return BigInt(Math.floor(Math.min(limit, Number.MAX_SAFE_INTEGER)));
}

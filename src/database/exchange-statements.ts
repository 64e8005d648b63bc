import type { Lease } from '../leases/lease.ts';
import type { Outcome } from '../messages/journal.ts';
import type { Dialect } from './dialect.ts';
import { placeholders, type TransactionStatements, type Value } from './statements.ts';
import { storable } from './storable.ts';

/** The columns of a row that is inserted. */
export const COLUMNS = [
  'id',
  'agent_id',
  'message_id',
  'channel_id',
  'guild_id',
  'user_id',
  'state',
  'reason',
  'question',
  'attempts',
  'message',
  'admitted_at',
  'finished_at',
] as const;

/** One write to the journal. */
export type ExchangeWrite = { readonly id: string } & (
  | { readonly kind: 'insert'; readonly row: readonly Value[] }
  | { readonly kind: 'begin' | 'put-back' | 'stream' }
  | { readonly kind: 'reply'; readonly answer: string }
  | { readonly kind: 'posted'; readonly messageIds: string }
  | {
      readonly kind: 'finish';
      readonly state: Outcome['state'] | 'dead-letter';
      readonly reason: string | undefined;
    }
);

type Write<Kind extends ExchangeWrite['kind']> = Extract<ExchangeWrite, { readonly kind: Kind }>;

const INSERT = `INSERT INTO exchanges (${COLUMNS.join(', ')}) VALUES `;
const ROW = placeholders(COLUMNS.length);

/** Whether a lease is the present one. */
const HOLDER = 'EXISTS (SELECT 1 FROM bot_leases WHERE agent_id = ? AND fence = ?)';

/** What is over stays over: an erasure may have ended an exchange that is still being answered. */
const IS_OPEN = 'finished_at IS NULL';

/**
 * Makes these writes, in an order in which those of one exchange make sense: each kind in one statement.
 *
 * @param at - now
 * @returns the ids of those whose row is theirs: inserted, or open when it was written
 */
export async function writeExchanges(
  statements: TransactionStatements,
  dialect: Dialect,
  writes: readonly ExchangeWrite[],
  at: Date,
): Promise<Set<string>> {
  const of = <Kind extends ExchangeWrite['kind']>(kind: Kind): Write<Kind>[] =>
    writes.filter((write): write is Write<Kind> => write.kind === kind);
  const update = (set: string, values: readonly Value[], ids: readonly string[]): Promise<number> =>
    ids.length === 0
      ? Promise.resolve(0)
      : statements.run(`UPDATE exchanges SET ${set} WHERE id IN ${placeholders(ids.length)} AND ${IS_OPEN}`, [
          ...values,
          ...ids,
        ]);
  const written = await insert(statements, dialect, of('insert'));
  const ids = (some: readonly ExchangeWrite[]): string[] => some.map(({ id }) => id);
  /** For those who wait to hear whether it is theirs. */
  const updateAwaited = async (
    set: string,
    values: readonly Value[],
    rows: readonly string[],
  ): Promise<void> => {
    const isAll = (await update(set, values, rows)) === rows.length;
    for (const id of isAll ? rows : await openAmong(statements, rows)) written.add(id);
  };

  await updateAwaited(
    // In this order: MySQL reads what an assignment before has made of a column. A replay forgets how it was set aside.
    "attempts = attempts + 1, answer = CASE state WHEN 'replay' THEN NULL ELSE answer END, state = CASE state WHEN 'replay' THEN 'admitted' ELSE state END",
    [],
    uniqueIds(of('begin')),
  );
  await update('attempts = CASE WHEN attempts > 0 THEN attempts - 1 ELSE 0 END', [], ids(of('put-back')));
  await updateAwaited(
    "state = 'streaming', answered_at = COALESCE(answered_at, ?)",
    [at],
    uniqueIds(of('stream')),
  );
  const posted = lastOfEach(of('posted'));
  await update(
    `state = CASE state WHEN 'answered' THEN 'delivering' ELSE state END, posted = ${caseOf(posted.length)}`,
    posted.flatMap(({ id, messageIds }) => [id, messageIds]),
    ids(posted),
  );
  const replies = lastOfEach(of('reply'));
  await updateAwaited(
    replySet(replies.length),
    [at, ...replies.flatMap(({ id, answer }) => [id, answer])],
    ids(replies),
  );
  const finishes = Map.groupBy(of('finish'), ({ state, reason }) => `${state} ${reason ?? ''}`);
  for (const group of finishes.values()) {
    const { state, reason } = group[0] ?? { state: 'failed', reason: undefined };
    // One that is set aside may be wanted again: it keeps its message, and is not over.
    const end = state === 'dead-letter' ? '' : ', message = NULL, finished_at = ?';
    await update(
      `state = ?, reason = COALESCE(?, reason)${end}`,
      [state, reason === undefined ? null : storable(reason, 190), ...(end === '' ? [] : [at])],
      ids(group),
    );
  }
  return written;
}

/**
 * Makes one write in one statement, which is a transaction by itself, if nothing stands against it; otherwise changes
 * nothing. Only on SQLite, where whoever writes is alone: elsewhere the lease has to be locked first.
 *
 * @returns whether it was made; `false` also for kinds that are not written so
 */
export async function writeAlone(
  statements: TransactionStatements,
  write: ExchangeWrite,
  { agentId, fence }: Pick<Lease, 'agentId' | 'fence'>,
  at: Date,
): Promise<boolean> {
  const isHolder = fence === undefined ? '1' : HOLDER;
  const holder = fence === undefined ? [] : [agentId, fence];
  if (write.kind === 'insert') {
    const values = COLUMNS.map(() => '?').join(', ');
    const sql = `INSERT INTO exchanges (${COLUMNS.join(', ')}) SELECT ${values} WHERE ${isHolder} ON CONFLICT DO NOTHING`;
    return (await statements.run(sql, [...write.row, ...holder])) === 1;
  }
  if (write.kind !== 'reply') return false;
  const { id, answer } = write;
  const sql = `UPDATE exchanges SET ${replySet(1)} WHERE id = ? AND ${IS_OPEN} AND ${isHolder}`;
  return (await statements.run(sql, [at, id, answer, id, ...holder])) === 1;
}

/** Leaves those out whose message is on record; says which rows are theirs, also when an earlier try made them. */
async function insert(
  statements: TransactionStatements,
  dialect: Dialect,
  inserts: readonly Write<'insert'>[],
): Promise<Set<string>> {
  if (inserts.length === 0) return new Set();
  const ids = inserts.map(({ id }) => id);
  const count = await statements.run(
    `${INSERT}${inserts.map(() => ROW).join(', ')} ${dialect.onConflictDoNothing('id')}`,
    inserts.flatMap(({ row }) => row),
  );
  // MySQL also counts rows that it found.
  if (count === ids.length && dialect.provider !== 'mysql') return new Set(ids);
  const rows = await statements.rows(`SELECT id FROM exchanges WHERE id IN ${placeholders(ids.length)}`, ids);
  return new Set(rows.map(({ id }) => id ?? ''));
}

async function openAmong(statements: TransactionStatements, ids: readonly string[]): Promise<string[]> {
  const rows = await statements.rows(
    `SELECT id FROM exchanges WHERE id IN ${placeholders(ids.length)} AND ${IS_OPEN}`,
    ids,
  );
  return rows.map(({ id }) => id ?? '');
}

/** What is set where so many replies are recorded: the time, then an id and an answer for each. */
function replySet(count: number): string {
  return `state = CASE WHEN posted IS NULL THEN 'answered' ELSE 'delivering' END, answered_at = COALESCE(answered_at, ?), answer = ${caseOf(count)}`;
}

/** A value for each id. */
function caseOf(count: number): string {
  return `CASE id ${'WHEN ? THEN ? '.repeat(count)}END`;
}

function uniqueIds(writes: readonly ExchangeWrite[]): string[] {
  return lastOfEach(writes).map(({ id }) => id);
}

function lastOfEach<One extends ExchangeWrite>(writes: readonly One[]): One[] {
  return [...new Map(writes.map((write) => [write.id, write])).values()];
}

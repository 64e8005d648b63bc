import {
  DROPPED,
  type ExchangeFilter,
  type ExchangeLog,
  type ExchangeState,
  type LoggedExchange,
} from '../messages/exchange-log.ts';
import type { Reply } from '../messages/journal.ts';
import { firstUuidV7At } from '../util/uuid-v7.ts';
import type { Auditor } from './auditor.ts';
import { placeholders, type Row, type Statements, type Value } from './statements.ts';

const SELECT =
  'SELECT id, agent_id, (SELECT name FROM agents WHERE agents.id = exchanges.agent_id) AS agent_name, message_id, ' +
  'channel_id, guild_id, user_id, state, reason, question, attempts, answer, posted, admitted_at, answered_at, ' +
  'finished_at FROM exchanges';

/** What a chat in the terminal left unfinished has no message: nobody finishes it. */
const IS_OPEN = 'finished_at IS NULL AND message IS NOT NULL';
const IS_DEAD_LETTER = `${IS_OPEN} AND state = 'dead-letter'`;

/** The exchanges table as the operator sees it. */
export class ExchangeLogTable implements ExchangeLog {
  readonly #statements: Statements;
  readonly #now: () => Date;
  readonly #auditor: Auditor;

  constructor(statements: Statements, now: () => Date, auditor: Auditor) {
    this.#statements = statements;
    this.#now = now;
    this.#auditor = auditor;
  }

  /** The same log, with what is settled on record in another's name. */
  withAuditor(auditor: Auditor): ExchangeLogTable {
    return new ExchangeLogTable(this.#statements, this.#now, auditor);
  }

  async list(filter: ExchangeFilter): Promise<LoggedExchange[]> {
    const { states, isOpen = false, agentId, userId, channelId, since, before, limit } = filter;
    const conditions: string[] = [];
    const values: Value[] = [];
    const where = (condition: string, ...given: readonly Value[]): void => {
      conditions.push(condition);
      values.push(...given);
    };
    if (isOpen) where(IS_OPEN);
    if (states !== undefined) where(`state IN ${placeholders(states.length)}`, ...states);
    if (agentId !== undefined) where('agent_id = ?', agentId);
    if (userId !== undefined) where('user_id = ?', userId);
    if (channelId !== undefined) where('channel_id = ?', channelId);
    if (since !== undefined) where('id >= ?', firstUuidV7At(since));
    if (before !== undefined) where('id < ?', before);
    const all = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
    const rows = await this.#statements.rows(`${SELECT}${all} ORDER BY id DESC LIMIT ${limit}`, values);
    return rows.map(toLogged);
  }

  async find(id: string): Promise<LoggedExchange[]> {
    const [only] = await this.#statements.rows(`${SELECT} WHERE id = ?`, [id]);
    if (only !== undefined) return [toLogged(only)];
    const rows = await this.#statements.rows(`${SELECT} WHERE id LIKE ? ORDER BY id DESC LIMIT 10`, [
      `%${id}`,
    ]);
    return rows.map(toLogged);
  }

  countDeadLetters(): Promise<number> {
    return countDeadLetters(this.#statements);
  }

  /** In one statement: whoever does something else with one of them meanwhile wins or loses all of it. */
  replay(id: string | undefined): Promise<number> {
    return this.#change(
      'exchange.replay',
      "state = 'replay', attempts = 0",
      [],
      `${IS_DEAD_LETTER} AND agent_id IN (SELECT id FROM agents)`,
      id,
    );
  }

  /** In one statement, too. */
  drop(id: string | undefined): Promise<number> {
    const set = `state = 'failed', reason = '${DROPPED}', message = NULL, finished_at = ?`;
    return this.#change('exchange.drop', set, [this.#now()], IS_DEAD_LETTER, id);
  }

  #change(
    action: string,
    set: string,
    values: readonly Value[],
    where: string,
    id: string | undefined,
  ): Promise<number> {
    return this.#statements.transaction(async (transaction) => {
      const changed =
        id === undefined
          ? await transaction.run(`UPDATE exchanges SET ${set} WHERE ${where}`, values)
          : await transaction.run(`UPDATE exchanges SET ${set} WHERE id = ? AND ${where}`, [...values, id]);
      const subject = { kind: 'exchange', id: id ?? 'all dead letters' };
      const change = { action, subject, after: { exchanges: changed } };
      if (changed > 0) await this.#auditor.within(transaction, [change]);
      return changed;
    });
  }
}

/** How many exchanges are set aside. */
export async function countDeadLetters(statements: Pick<Statements, 'rows'>): Promise<number> {
  const [row] = await statements.rows(`SELECT COUNT(*) AS found FROM exchanges WHERE ${IS_DEAD_LETTER}`, []);
  return Number(row?.['found'] ?? 0);
}

function toLogged(row: Row): LoggedExchange {
  const text = (column: string): string => row[column] ?? '';
  const optional = (column: string): string | undefined => row[column] ?? undefined;
  const time = (column: string): Date | undefined => {
    const at = optional(column);
    return at === undefined ? undefined : new Date(at);
  };
  const answer = optional('answer');
  return {
    id: text('id'),
    agentId: text('agent_id'),
    agentName: optional('agent_name'),
    messageId: text('message_id'),
    channelId: text('channel_id'),
    guildId: optional('guild_id'),
    userId: text('user_id'),
    state: text('state') as ExchangeState,
    reason: text('reason'),
    question: text('question'),
    attempts: Number(row['attempts']),
    reply: answer === undefined ? undefined : (JSON.parse(answer) as Reply),
    posted: text('posted')
      .split(' ')
      .filter((id) => id !== ''),
    admittedAt: new Date(text('admitted_at')),
    answeredAt: time('answered_at'),
    finishedAt: time('finished_at'),
  };
}

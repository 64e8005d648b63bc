import type { Reply } from '../messages/journal.ts';
import { firstUuidV7At } from '../util/uuid-v7.ts';
import type { Auditor } from './auditor.ts';
import { placeholders, type Row, type Statements, type Value } from './statements.ts';

/** The states of an exchange that is not over. */
export const OPEN_STATES = [
  'admitted',
  'streaming',
  'answered',
  'delivering',
  'dead-letter',
  'replay',
] as const;

/** Every state of an exchange, in the order in which it may go through them. */
export const EXCHANGE_STATES = [...OPEN_STATES, 'delivered', 'failed', 'expired', 'ignored'] as const;

/** How far an exchange has come. */
export type ExchangeState = (typeof EXCHANGE_STATES)[number];

/** Why a dead letter failed that the operator did not want answered. */
export const DROPPED = 'dropped';

/** An exchange as the operator sees it. */
export interface LoggedExchange {
  readonly id: string;
  readonly agentId: string;
  /** Undefined when the agent was deleted. */
  readonly agentName: string | undefined;
  readonly messageId: string;
  readonly channelId: string;
  /** Undefined in a direct message. */
  readonly guildId: string | undefined;
  readonly userId: string;
  readonly state: ExchangeState;
  readonly reason: string;
  readonly question: string;
  /** How often a process began to work on it and died or lost its lease meanwhile. */
  readonly attempts: number;
  /** What was, or is to be, posted. */
  readonly reply: Reply | undefined;
  /** The ids of the messages that are known to be posted for it, in order. */
  readonly posted: readonly string[];
  readonly admittedAt: Date;
  /** When a message was posted for it at the earliest. */
  readonly answeredAt: Date | undefined;
  readonly finishedAt: Date | undefined;
}

/** Which exchanges are listed: those for which all of this holds. */
export interface ExchangeFilter {
  readonly states?: readonly ExchangeState[] | undefined;
  /** Only those that somebody is still going to finish, or that are set aside. */
  readonly isOpen?: boolean | undefined;
  readonly agentId?: string | undefined;
  readonly userId?: string | undefined;
  readonly channelId?: string | undefined;
  /** Only those that came from then on. */
  readonly since?: Date | undefined;
  /** How many at most, the newest. */
  readonly limit: number;
}

const SELECT =
  'SELECT id, agent_id, (SELECT name FROM agents WHERE agents.id = exchanges.agent_id) AS agent_name, message_id, ' +
  'channel_id, guild_id, user_id, state, reason, question, attempts, answer, posted, admitted_at, answered_at, ' +
  'finished_at FROM exchanges';

/** What a chat in the terminal left unfinished has no message: nobody finishes it. */
const IS_OPEN = 'finished_at IS NULL AND message IS NOT NULL';
const IS_DEAD_LETTER = `${IS_OPEN} AND state = 'dead-letter'`;

/** The record of all exchanges, for the operator; and what becomes of those that were set aside. */
export class ExchangeLog {
  readonly #statements: Statements;
  readonly #now: () => Date;
  readonly #auditor: Auditor;

  constructor(statements: Statements, now: () => Date, auditor: Auditor) {
    this.#statements = statements;
    this.#now = now;
    this.#auditor = auditor;
  }

  /** The same log, with what is settled on record in another's name. */
  withAuditor(auditor: Auditor): ExchangeLog {
    return new ExchangeLog(this.#statements, this.#now, auditor);
  }

  /** Newest first. Filtering by anything but the time reads all of that time. */
  async list(filter: ExchangeFilter): Promise<LoggedExchange[]> {
    const { states, isOpen = false, agentId, userId, channelId, since, limit } = filter;
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
    const all = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
    const rows = await this.#statements.rows(`${SELECT}${all} ORDER BY id DESC LIMIT ${limit}`, values);
    return rows.map(toLogged);
  }

  /**
   * The exchanges whose id is this or ends like this, newest first: a few at most.
   *
   * @param id - hexadecimal digits and hyphens, in small letters
   */
  async find(id: string): Promise<LoggedExchange[]> {
    const [only] = await this.#statements.rows(`${SELECT} WHERE id = ?`, [id]);
    if (only !== undefined) return [toLogged(only)];
    const rows = await this.#statements.rows(`${SELECT} WHERE id LIKE ? ORDER BY id DESC LIMIT 10`, [
      `%${id}`,
    ]);
    return rows.map(toLogged);
  }

  /** How many are set aside. */
  countDeadLetters(): Promise<number> {
    return countDeadLetters(this.#statements);
  }

  /**
   * Has exchanges answered after all that are set aside, as if no process had died of them. Those of deleted agents stay
   * as they are. In one statement: whoever does something else with one of them meanwhile wins or loses all of it.
   *
   * @param id - of one; undefined: all
   * @returns how many
   */
  replay(id: string | undefined): Promise<number> {
    return this.#change(
      'exchange.replay',
      "state = 'replay', attempts = 0",
      [],
      `${IS_DEAD_LETTER} AND agent_id IN (SELECT id FROM agents)`,
      id,
    );
  }

  /**
   * Ends exchanges that are set aside, in one statement. What their users were told stays.
   *
   * @param id - of one; undefined: all
   * @returns how many
   */
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

import {
  type ExportedRow,
  type ExportedValue,
  USER_KINDS,
  type UserCounts,
  type UserData,
  type UserRows,
  type UserShare,
} from '../memory/user-data.ts';
import type { Statements, TransactionStatements, Value } from './statements.ts';

/** How the rows of a user are found in one table. */
interface Source {
  readonly table: string;
  /** The agent's id. */
  readonly agent: string;
  readonly where: string;
  readonly value: (userId: string) => Value;
}

const byUser = { agent: 'agent_id', where: 'user_id = ?', value: (userId: string): Value => userId };

/** `user:<agent>:<user>`; ids of agents have 36 characters. */
export const counterPattern = (userId: string): string => `user:%:${userId}`;

const SOURCES: Readonly<Record<keyof UserCounts, Source>> = {
  memories: { table: 'memories', ...byUser },
  turns: { table: 'memory_turns JOIN memories ON memories.id = memory_turns.memory_id', ...byUser },
  exchanges: { table: 'exchanges', ...byUser },
  calls: { table: 'model_calls', ...byUser },
  counters: {
    table: 'budget_counters',
    agent: 'SUBSTR(scope, 6, 36)',
    where: 'scope LIKE ?',
    value: counterPattern,
  },
  findings: { table: 'guard_findings', ...byUser },
};

/** Finds everything that the tables hold of a user. Whole tables are read: the journal has no index by user. */
export class UserDataTable implements UserData {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  async shares(userId: string): Promise<UserShare[]> {
    const names = await this.#agentNames();
    const shares = new Map<string, Record<keyof UserCounts, number>>();
    for (const kind of USER_KINDS) {
      for (const [agentId, count] of await countByAgent(this.#statements, kind, userId)) {
        const share = shares.get(agentId) ?? { ...NOTHING };
        share[kind] = count;
        shares.set(agentId, share);
      }
    }
    return [...shares]
      .map(([agentId, counts]) => ({ agentId, agentName: names.get(agentId) ?? agentId, ...counts }))
      .toSorted((a, b) => (a.agentName < b.agentName ? -1 : Number(a.agentName > b.agentName)));
  }

  async export(userId: string): Promise<UserRows> {
    const names = await this.#agentNames();
    const rowsOf = async (
      kind: keyof UserCounts,
      columns: Columns,
      order: string,
    ): Promise<ExportedRow[]> => {
      const { table, agent, where, value } = SOURCES[kind];
      const list = Object.keys(columns).map((column) => `, ${column}`);
      const found = await this.#statements.rows(
        `SELECT ${agent} AS agent${list.join('')} FROM ${table} WHERE ${where} ORDER BY ${order}`,
        [value(userId)],
      );
      return found.map(({ agent: agentId, ...row }) => ({
        agent: names.get(agentId ?? '') ?? agentId ?? null,
        agent_id: agentId ?? null,
        ...Object.fromEntries(
          Object.entries(columns).map(([column, read]) => {
            const text = row[column] ?? null;
            return [column, text === null ? null : read(text)];
          }),
        ),
      }));
    };
    const turns = Map.groupBy(
      await rowsOf('turns', TURN_COLUMNS, 'memory_id, exchange_id'),
      (turn) => turn['memory_id'],
    );
    return {
      memories: (await rowsOf('memories', MEMORY_COLUMNS, 'id')).map((memory) => ({
        ...memory,
        turns: (turns.get(memory['id'] ?? null) ?? []).map(turnAlone),
      })),
      exchanges: await rowsOf('exchanges', EXCHANGE_COLUMNS, 'id'),
      calls: await rowsOf('calls', CALL_COLUMNS, 'id'),
      counters: await rowsOf('counters', COUNTER_COLUMNS, 'day'),
      findings: await rowsOf('findings', FINDING_COLUMNS, 'id'),
    };
  }

  async #agentNames(): Promise<ReadonlyMap<string | null, string>> {
    const rows = await this.#statements.rows('SELECT id, name FROM agents', []);
    return new Map(rows.map(({ id = null, name }) => [id, name ?? '']));
  }
}

/** How many rows of one kind there are of a user, by agent id. */
export async function countByAgent(
  statements: TransactionStatements,
  kind: keyof UserCounts,
  userId: string,
): Promise<ReadonlyMap<string, number>> {
  const { table, agent, where, value } = SOURCES[kind];
  const rows = await statements.rows(
    `SELECT ${agent} AS agent, COUNT(*) AS found FROM ${table} WHERE ${where} GROUP BY ${agent}`,
    [value(userId)],
  );
  return new Map(rows.map((row) => [row['agent'] ?? '', Number(row['found'])]));
}

/** Of nobody. */
export const NOTHING: UserCounts = {
  memories: 0,
  turns: 0,
  exchanges: 0,
  calls: 0,
  counters: 0,
  findings: 0,
};

type Columns = Readonly<Record<string, (text: string) => ExportedValue>>;

const text = (value: string): string => value;
const time = (value: string): string => new Date(value).toISOString();
const number = (value: string): number => Number(value);
const flag = (value: unknown): boolean => ['1', 'true'].includes(String(value));
/** What was stored as JSON; as it stands where it is none. */
const json = (value: string): ExportedValue => {
  try {
    return JSON.parse(value) as ExportedValue;
  } catch {
    return value;
  }
};

const TURN_COLUMNS: Columns = { memory_id: text, exchange_id: text, at: time, question: text, answer: text };

const MEMORY_COLUMNS: Columns = {
  id: text,
  scope: (scope) => (scope === '' ? 'everywhere' : scope),
  summary: text,
  created_at: time,
  updated_at: time,
};

const EXCHANGE_COLUMNS: Columns = {
  id: text,
  message_id: text,
  channel_id: text,
  guild_id: text,
  state: text,
  reason: text,
  question: text,
  message: json,
  answer: json,
  posted: (ids) => ids.split(' ').filter((id) => id !== ''),
  admitted_at: time,
  answered_at: time,
  finished_at: time,
};

const CALL_COLUMNS: Columns = {
  id: text,
  guild_id: text,
  exchange_id: text,
  purpose: text,
  provider: text,
  model: text,
  input_tokens: number,
  cached_tokens: number,
  output_tokens: number,
  counted: flag,
  nano_usd: text,
  latency_ms: number,
  outcome: text,
  at: time,
};

const COUNTER_COLUMNS: Columns = { day: text, nano_usd: text, tokens: text };

const FINDING_COLUMNS: Columns = {
  id: text,
  exchange_id: text,
  rule: text,
  action: text,
  source: text,
  at: time,
};

/** A turn within its memory. */
function turnAlone({ exchange_id, at, question, answer }: ExportedRow): ExportedRow {
  return {
    exchange_id: exchange_id ?? null,
    at: at ?? null,
    question: question ?? null,
    answer: answer ?? null,
  };
}

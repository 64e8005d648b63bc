import { TroupeError } from '../errors.ts';
import type {
  MemoryFilter,
  MemoryOwner,
  MemorySize,
  MemoryStore,
  Recollection,
  StoredMemory,
  Turn,
} from '../memory/memory-store.ts';
import { uuidV7 } from '../util/uuid-v7.ts';
import type { Auditor } from './auditor.ts';
import type { MemoryTurn, Prisma, PrismaClient } from './generated/sqlite/client.ts';
import { erasedAmong } from './erased-exchanges.ts';
import { isOrphan, isTaken, type Statements } from './statements.ts';
import { storable } from './storable.ts';

// What every answer waits for goes past Prisma's client.
const FIND =
  'SELECT id, summary, summary_until FROM memories WHERE agent_id = ? AND user_id = ? AND scope = ?';
const BEGIN =
  'INSERT INTO memories (id, agent_id, user_id, scope, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)';
const LAST_TURNS =
  'SELECT exchange_id, question, answer, at FROM memory_turns WHERE memory_id = ? ORDER BY exchange_id DESC LIMIT ?';
const INSERT_TURN =
  'INSERT INTO memory_turns (memory_id, exchange_id, question, answer, at) VALUES (?, ?, ?, ?, ?)';
const REPLACE_TURN =
  'UPDATE memory_turns SET question = ?, answer = ?, at = ? WHERE memory_id = ? AND exchange_id = ?';
/** One that began after its user was erased, for what was being answered then. */
const END_EMPTY =
  'DELETE FROM memories WHERE id = ? AND summary IS NULL AND NOT EXISTS (SELECT 1 FROM memory_turns WHERE memory_id = ?)';

/** What {@link FIND} finds. */
interface MemoryRow {
  readonly id: string;
  readonly summary: string | null;
  readonly summary_until: string | null;
}

/** What {@link LAST_TURNS} finds. */
interface TurnRow {
  readonly exchange_id: string;
  readonly question: string;
  readonly answer: string;
  readonly at: string;
}

/** The same order in every language that the host may run under. Made when it is first needed: it takes megabytes. */
let alphabet: Intl.Collator | undefined;

/** The memories and memory_turns tables. */
export class MemoryTable implements MemoryStore {
  readonly #client: PrismaClient;
  readonly #statements: Statements;
  readonly #now: () => Date;
  readonly #auditor: Auditor;

  constructor(client: PrismaClient, statements: Statements, now: () => Date, auditor: Auditor) {
    this.#client = client;
    this.#statements = statements;
    this.#now = now;
    this.#auditor = auditor;
  }

  /** The same table, with what is forgotten on record in another's name. */
  withAuditor(auditor: Auditor): MemoryTable {
    return new MemoryTable(this.#client, this.#statements, this.#now, auditor);
  }

  async recall(owner: MemoryOwner, limit: number): Promise<Recollection> {
    const { id, summary, summary_until } = (await this.#find(owner)) ?? (await this.#begin(owner));
    const turns = (await this.#statements.rows(LAST_TURNS, [id, limit])) as unknown as TurnRow[];
    return {
      memoryId: id,
      summary:
        summary === null || summary_until === null ? undefined : { text: summary, until: summary_until },
      turns: turns
        .map(({ exchange_id, question, answer, at }) => ({
          exchangeId: exchange_id,
          question,
          answer,
          at: new Date(at),
        }))
        .reverse(),
    };
  }

  async remember(memoryId: string, turn: Turn): Promise<boolean> {
    const key = [memoryId, turn.exchangeId];
    const said = [storable(turn.question), storable(turn.answer), turn.at];
    try {
      return await this.#statements.transaction(async (statements) => {
        if ((await erasedAmong(statements, [turn.exchangeId])).size === 0) {
          await statements.run(INSERT_TURN, [...key, ...said]);
          return true;
        }
        await statements.run(END_EMPTY, [memoryId, memoryId]);
        return false;
      });
    } catch (error) {
      if (isOrphan(error)) return false;
      if (!isTaken(error)) throw error;
      await this.#statements.run(REPLACE_TURN, [...said, ...key]);
    }
    return true;
  }

  async turnsAfter(memoryId: string, after: string | undefined, limit: number): Promise<Turn[]> {
    const turns = await this.#client.memoryTurn.findMany({
      where: { memoryId, exchangeId: { gt: after ?? '' } },
      orderBy: { exchangeId: 'asc' },
      take: limit,
    });
    return turns.map(toTurn);
  }

  async saveSummary(memoryId: string, summary: { text: string; until: string }): Promise<boolean> {
    const { count } = await this.#client.memory.updateMany({
      where: { id: memoryId },
      data: { summary: storable(summary.text), summaryUntil: summary.until, updatedAt: this.#now() },
    });
    return count > 0;
  }

  async sizes(filter: MemoryFilter): Promise<MemorySize[]> {
    // Not `min` and `max` in the database: Prisma does not read a time from them on SQLite.
    const memories = await this.#client.memory.findMany({
      where: matching(filter),
      include: {
        agent: { select: { name: true } },
        turns: { select: { at: true }, orderBy: { exchangeId: 'asc' } },
      },
    });
    const sizes = memories.map(({ agentId, agent, scope, summary, turns }) => ({
      agentId,
      agentName: agent.name,
      scope,
      turns: turns.length,
      hasSummary: summary !== null,
      first: turns[0]?.at,
      last: turns.at(-1)?.at,
    }));
    return sizes.toSorted(byAgentAndPlace);
  }

  async export(filter: MemoryFilter): Promise<StoredMemory[]> {
    const memories = await this.#client.memory.findMany({
      where: matching(filter),
      include: { agent: { select: { name: true } }, turns: { orderBy: { exchangeId: 'asc' } } },
    });
    const stored = memories.map(({ agentId, agent, userId, scope, summary, turns }) => ({
      agentId,
      agentName: agent.name,
      userId,
      scope,
      summary: summary ?? undefined,
      turns: turns.map(toTurn),
    }));
    return stored.toSorted(byAgentAndPlace);
  }

  async forget(
    filter: MemoryFilter & { scope?: string | undefined },
  ): Promise<{ memories: number; turns: number }> {
    const { userId, agentId, scope } = filter;
    return this.#statements.transaction(async (statements) => {
      const found = await statements.rows(
        `SELECT id FROM memories WHERE user_id = ?${agentId === undefined ? '' : ' AND agent_id = ?'}${scope === undefined ? '' : ' AND scope = ?'} ${statements.dialect.forUpdate}`,
        [userId, agentId, scope].flatMap((value) => value ?? []),
      );
      let turns = 0;
      for (const { id } of found) {
        turns += await statements.run('DELETE FROM memory_turns WHERE memory_id = ?', [id ?? '']);
        await statements.run('DELETE FROM memories WHERE id = ?', [id ?? '']);
      }
      // The journal keeps that something was asked, and not what.
      const place =
        (scope ?? '') === '' ? '' : scope === 'dm' ? ' AND guild_id IS NULL' : ' AND guild_id = ?';
      await statements.run(
        `UPDATE exchanges SET question = '', message = NULL, answer = NULL WHERE user_id = ? AND finished_at IS NOT NULL${agentId === undefined ? '' : ' AND agent_id = ?'}${place}`,
        [userId, agentId, place.endsWith('?') ? scope : undefined].flatMap((value) => value ?? []),
      );
      const forgotten = { memories: found.length, turns };
      // Whose memory it was would outlive them there.
      const subject = { kind: 'memory', id: agentId ?? 'all agents' };
      const change = { action: 'memory.forget', subject, before: forgotten };
      if (found.length > 0) await this.#auditor.within(statements, [change]);
      return forgotten;
    });
  }

  async #find({ agentId, userId, scope }: MemoryOwner): Promise<MemoryRow | undefined> {
    const [row] = await this.#statements.rows(FIND, [agentId, userId, scope]);
    return row as MemoryRow | undefined;
  }

  /** The memory that is made now, or that somebody else has made meanwhile. */
  async #begin(owner: MemoryOwner): Promise<MemoryRow> {
    const { agentId, userId, scope } = owner;
    const now = this.#now();
    const id = uuidV7(now.getTime());
    try {
      await this.#statements.run(BEGIN, [id, agentId, userId, scope, now, now]);
      return { id, summary: null, summary_until: null };
    } catch (error) {
      const found = isTaken(error) ? await this.#find(owner) : undefined;
      if (found !== undefined) return found;
      throw isOrphan(error)
        ? new TroupeError(`there is no agent ${agentId} to remember for; it was deleted meanwhile`, {
            cause: error,
          })
        : error;
    }
  }
}

function matching({ userId, agentId }: MemoryFilter): Prisma.MemoryWhereInput {
  return { userId, ...(agentId === undefined ? {} : { agentId }) };
}

function toTurn({ exchangeId, question, answer, at }: MemoryTurn): Turn {
  return { exchangeId, question, answer, at };
}

interface Placed {
  readonly agentName: string;
  readonly scope: string;
}

function byAgentAndPlace(a: Placed, b: Placed): number {
  alphabet ??= new Intl.Collator('en');
  return alphabet.compare(a.agentName, b.agentName) || (a.scope < b.scope ? -1 : Number(a.scope > b.scope));
}

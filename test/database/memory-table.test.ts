import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import { MemoryTable } from '../../src/database/memory-table.ts';
import type { Database } from '../../src/database/open-database.ts';
import { TroupeError } from '../../src/errors.ts';
import type { MemoryOwner, MemoryStore, Turn } from '../../src/memory/memory-store.ts';
import { uuidV7 } from '../../src/util/uuid-v7.ts';
import { describeMemoryStore } from '../support/memory-store-promises.ts';
import { testAuditor } from '../support/test-auditor.ts';
import { describeOnEachDatabase } from '../support/each-database.ts';

describeOnEachDatabase('the memory tables', (make, provider) => {
  const AT = Date.UTC(2026, 10, 21, 12, 34, 56, 789);
  const ANN = '18446744073709551615';
  const BOB = '9007199254740993';

  /** The turn that was asked so many milliseconds after {@link AT}. */
  function turn(after: number, parts: Partial<Turn> = {}): Turn {
    const at = new Date(AT + after);
    return { exchangeId: uuidV7(at.getTime()), question: `q${after}`, answer: `a${after}`, at, ...parts };
  }

  const turnsOf = (count: number) => Array.from({ length: count }, (_, index) => turn(index + 1));

  async function addAgents({ agents }: Database, ...names: string[]): Promise<string[]> {
    await agents.apply(
      names.map((name) => ({
        kind: 'create',
        definition: agentDefinitionSchema.parse({ name }),
        token: undefined,
      })),
    );
    const ids = new Map((await agents.list()).map(({ name, id }) => [name, id]));
    return names.map((name) => ids.get(name) ?? '');
  }

  /** A database with two agents, and the first one's memory of Ann. */
  async function setUp() {
    const file = await make();
    const database = await file.open({ now: () => new Date(AT) });
    const [a = '', b = ''] = await addAgents(database, 'agent a', 'agent b');
    const owner: MemoryOwner = { agentId: a, userId: ANN, scope: '' };
    const { memory } = database;
    return { file, database, memory, a, b, owner, id: (await memory.recall(owner, 0)).memoryId };
  }

  /** Has these remembered, in this order. */
  async function fill(memory: MemoryStore, owner: MemoryOwner, turns: readonly Turn[]): Promise<string> {
    const { memoryId } = await memory.recall(owner, 0);
    for (const one of turns) expect(await memory.remember(memoryId, one)).toBe(true);
    return memoryId;
  }

  describeMemoryStore('the memories table', async () => {
    const database = await (await make()).open();
    return {
      memory: database.memory,
      addAgent: async (name) => (await addAgents(database, name))[0] ?? '',
    };
  });

  describe('a memory', () => {
    it('begins empty', async () => {
      const { memory, owner } = await setUp();
      expect(await memory.recall({ ...owner, userId: BOB }, 10)).toEqual({
        memoryId: expect.any(String) as string,
        summary: undefined,
        turns: [],
      });
    });

    it('is recalled as it was remembered, also by another process', async () => {
      const { file, database, memory, owner, id } = await setUp();
      const turns = [turn(1, { question: '😀 名前 ünï', answer: `'; DROP TABLE memories; --` }), turn(2)];
      await fill(memory, owner, turns);
      await memory.saveSummary(id, { text: 'ünï', until: turns[0]?.exchangeId ?? '' });
      await database.close();
      const next = await file.open();
      expect(await next.memory.recall(owner, 10)).toEqual({
        memoryId: id,
        summary: { text: 'ünï', until: turns[0]?.exchangeId },
        turns,
      });
    });

    it.each([
      ['NUL', 'before\0after', 'beforeafter'],
      ['a lone surrogate', 'lone \uD83D one', 'lone \uFFFD one'],
      ['nothing', '', ''],
      ['a very long text', 'x'.repeat(500_000), 'x'.repeat(500_000)],
    ])('keeps texts with %s', async (_, text, kept) => {
      const { memory, owner, id } = await setUp();
      await memory.remember(id, turn(1, { question: text, answer: text }));
      await memory.saveSummary(id, { text, until: 'u' });
      expect(await memory.recall(owner, 1)).toMatchObject({
        summary: { text: kept },
        turns: [{ question: kept, answer: kept }],
      });
    });

    it('gives its last turns, oldest first, in the order of asking and not of answering', async () => {
      const { memory, owner } = await setUp();
      const turns = turnsOf(12);
      await fill(memory, owner, [...turns.slice(6), ...turns.slice(0, 6).toReversed()]);
      expect((await memory.recall(owner, 5)).turns).toEqual(turns.slice(-5));
      expect((await memory.recall(owner, 100)).turns).toEqual(turns);
      expect((await memory.recall(owner, 0)).turns).toEqual([]);
    });

    it('reads no more turns than it was asked for', async () => {
      const { file, memory, owner } = await setUp();
      await fill(memory, owner, turnsOf(3));
      const { client, connection, statements } = await file.connect();
      const watched = new MemoryTable(client, connection, () => new Date(AT), testAuditor(connection));
      expect((await watched.recall(owner, 2)).turns).toHaveLength(2);
      const reads = statements.filter((sql) => sql.includes('memory_turns'));
      expect(reads).toHaveLength(1);
      expect(reads[0]).toMatch(/ORDER BY .*exchange_id.* DESC LIMIT/);
    });

    it('keeps an exchange once, as it was told last', async () => {
      const { memory, owner, id } = await setUp();
      const first = turn(1);
      await memory.remember(id, first);
      const again = { ...first, answer: 'another' };
      expect(await memory.remember(id, again)).toBe(true);
      expect((await memory.recall(owner, 10)).turns).toEqual([again]);
    });

    it('is one, however many begin it at the same time', async () => {
      const { file, database, owner } = await setUp();
      const stores = [database.memory, (await file.open()).memory];
      const recalled = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (stores[index % 2] ?? database.memory).recall({ ...owner, userId: BOB }, 10),
        ),
      );
      expect(new Set(recalled.map(({ memoryId }) => memoryId)).size).toBe(1);
    });

    it('keeps every turn that is remembered at the same time', async () => {
      const { memory, owner, id } = await setUp();
      const turns = turnsOf(50);
      await Promise.all(turns.toReversed().map((one) => memory.remember(id, one)));
      expect((await memory.recall(owner, 100)).turns).toEqual(turns);
    });

    it('never shows in that of another user, agent or place', async () => {
      const { memory, a, b } = await setUp();
      const owners = [a, b].flatMap((agentId) =>
        [ANN, BOB].flatMap((userId) => ['', 'dm', '1', '2'].map((scope) => ({ agentId, userId, scope }))),
      );
      const words = (owner: MemoryOwner) => Object.values(owner).join(' ');
      await Promise.all(
        owners.map(async (owner) => {
          const { memoryId } = await memory.recall(owner, 10);
          await memory.remember(memoryId, turn(1, { question: words(owner) }));
          await memory.saveSummary(memoryId, { text: words(owner), until: 'u' });
        }),
      );
      for (const owner of owners) {
        const { summary, turns } = await memory.recall(owner, 10);
        expect([summary?.text, ...turns.map(({ question }) => question)]).toEqual([
          words(owner),
          words(owner),
        ]);
      }
    });

    it('goes with its agent, and nobody else’s does', async () => {
      const { file, database, memory, a, b, owner, id } = await setUp();
      await fill(memory, owner, turnsOf(3));
      const others = { ...owner, agentId: b };
      await fill(memory, others, turnsOf(2));
      await database.agents.apply([{ kind: 'delete', id: a }]);
      expect(await file.query('SELECT agent_id FROM memories')).toEqual([{ agent_id: b }]);
      expect(await file.query('SELECT count(*) AS turns FROM memory_turns')).toEqual([{ turns: '2' }]);
      expect(await memory.remember(id, turn(9))).toBe(false);
      const error: unknown = await memory.recall(owner, 10).catch((failure: unknown) => failure);
      expect(error).toBeInstanceOf(TroupeError);
      expect((error as TroupeError).message).toContain(a);
    });

    it('that cannot be read is an error and not an empty one', async () => {
      const { file, memory, owner, id } = await setUp();
      await fill(memory, owner, turnsOf(2));
      await file.query('ALTER TABLE memory_turns RENAME TO gone');
      await expect(memory.recall(owner, 10)).rejects.toThrow();
      await expect(memory.turnsAfter(id, undefined, 10)).rejects.toThrow();
      await expect(memory.remember(id, turn(3))).rejects.toThrow();
      await expect(memory.export({ userId: ANN })).rejects.toThrow();
      await file.query('ALTER TABLE memories RENAME TO gone_too');
      await expect(memory.recall(owner, 10)).rejects.toThrow();
      await expect(memory.sizes({ userId: ANN })).rejects.toThrow();
      await expect(memory.forget({ userId: ANN })).rejects.toThrow();
    });
  });

  describe('what is to be condensed', () => {
    it('are the turns after an exchange, oldest first, or from the beginning', async () => {
      const { memory, a, owner, id } = await setUp();
      const turns = turnsOf(6);
      await fill(memory, owner, turns.toReversed());
      await fill(memory, { agentId: a, userId: BOB, scope: '' }, [turn(3)]);
      expect(await memory.turnsAfter(id, undefined, 4)).toEqual(turns.slice(0, 4));
      expect(await memory.turnsAfter(id, turns[1]?.exchangeId, 100)).toEqual(turns.slice(2));
      expect(await memory.turnsAfter(id, turns[5]?.exchangeId, 100)).toEqual([]);
    });

    it('gets one summary, in place of the one before', async () => {
      const { memory, owner, id } = await setUp();
      expect(await memory.saveSummary(id, { text: 'one', until: '1' })).toBe(true);
      expect(await memory.saveSummary(id, { text: 'two', until: '2' })).toBe(true);
      expect((await memory.recall(owner, 1)).summary).toEqual({ text: 'two', until: '2' });
    });
  });

  describe('what is forgotten', () => {
    it('does not come back by an answer that was under way, and a new conversation begins', async () => {
      const { file, memory, owner, id } = await setUp();
      await fill(memory, owner, turnsOf(2));
      await memory.forget({ userId: ANN });
      expect(await memory.remember(id, turn(3))).toBe(false);
      expect(await memory.saveSummary(id, { text: 'all of it', until: '3' })).toBe(false);
      expect(await memory.turnsAfter(id, undefined, 10)).toEqual([]);
      const fresh = await memory.recall(owner, 10);
      expect(fresh).toEqual({ memoryId: expect.any(String) as string, summary: undefined, turns: [] });
      expect(fresh.memoryId).not.toBe(id);
      expect(await memory.remember(id, turn(3))).toBe(false);
      expect(await file.query('SELECT * FROM memory_turns')).toEqual([]);
    });

    it.runIf(provider === 'sqlite')('is not left in the file', async () => {
      const { file, database, memory, owner } = await setUp();
      const turns = turnsOf(40).map((one) => ({ ...one, answer: 'my secret '.repeat(300) }));
      await fill(memory, owner, turns);
      await memory.forget({ userId: ANN });
      await database.close();
      expect((await readFile(file.file)).includes('my secret')).toBe(false);
    });

    it('is either told and gone or not told, when both happen at once', async () => {
      const { file, memory, owner } = await setUp();
      for (let round = 0; round < 10; round++) {
        const { memoryId } = await memory.recall(owner, 0);
        const turns = turnsOf(20).map((one) => memory.remember(memoryId, one));
        const forgetting = memory.forget({ userId: ANN });
        const later = turnsOf(20).map((one) => memory.remember(memoryId, one));
        const kept = await Promise.all([...turns, ...later]);
        expect((await forgetting).turns).toBe(kept.filter(Boolean).length);
        expect(await file.query('SELECT * FROM memory_turns')).toEqual([]);
        expect((await memory.recall(owner, 10)).turns).toEqual([]);
      }
    });

    it.each([
      { what: 'everything of a user', of: {}, left: ['b:', 'a dm b:'] },
      { what: 'one agent’s', of: { agent: 'a' }, left: ['a b', 'b:', 'a dm b:'] },
      { what: 'one place', of: { scope: 'dm' }, left: ['a', 'a b', 'b:', 'a dm b:'] },
      {
        what: 'one agent’s of one place',
        of: { agent: 'b', scope: '' },
        left: ['a', 'a dm', 'b:', 'a dm b:'],
      },
    ])('is $what, counted, and nothing else', async ({ of, left }) => {
      const { file, memory, a, b } = await setUp();
      const owners: Record<string, MemoryOwner> = {
        a: { agentId: a, userId: ANN, scope: '' },
        'a dm': { agentId: a, userId: ANN, scope: 'dm' },
        'a b': { agentId: b, userId: ANN, scope: '' },
        'b:': { agentId: a, userId: BOB, scope: '' },
        'a dm b:': { agentId: b, userId: BOB, scope: 'dm' },
      };
      for (const owner of Object.values(owners)) await fill(memory, owner, turnsOf(2));
      const agentId = of.agent === undefined ? undefined : of.agent === 'a' ? a : b;
      const gone = 5 - left.length;
      expect(await memory.forget({ userId: ANN, agentId, scope: of.scope })).toEqual({
        memories: gone,
        turns: gone * 2,
      });
      const rows = await file.query('SELECT agent_id, user_id, scope FROM memories ORDER BY 1, 2, 3');
      expect(rows).toEqual(
        left
          .map((name) => owners[name])
          .map((owner) => ({ agent_id: owner?.agentId, user_id: owner?.userId, scope: owner?.scope }))
          .toSorted((one, two) => (Object.values(one).join(' ') < Object.values(two).join(' ') ? -1 : 1)),
      );
      expect(await file.query('SELECT count(*) AS turns FROM memory_turns')).toEqual([
        { turns: String(left.length * 2) },
      ]);
    });
  });

  describe('what is shown of a user’s memories', () => {
    it('is how much there is, by agent in alphabetical order and by place', async () => {
      const { database, memory, a, b } = await setUp();
      const [c = ''] = await addAgents(database, 'Agent Ä');
      const last = await fill(memory, { agentId: b, userId: ANN, scope: 'dm' }, turnsOf(3));
      await memory.saveSummary(last, { text: 'so far', until: 'u' });
      await fill(memory, { agentId: b, userId: ANN, scope: '7' }, [turn(9), turn(5)]);
      await fill(memory, { agentId: c, userId: ANN, scope: '' }, [turn(1)]);
      await fill(memory, { agentId: b, userId: BOB, scope: '' }, turnsOf(5));
      const at = (after: number) => new Date(AT + after);
      const none = { turns: 0, hasSummary: false, first: undefined, last: undefined };
      const ofA = { agentId: a, agentName: 'agent a', scope: '' };
      const ofB = { agentId: b, agentName: 'agent b', hasSummary: false };
      const sizesOfB = [
        { ...ofB, scope: '7', turns: 2, first: at(5), last: at(9) },
        { ...ofB, scope: 'dm', turns: 3, hasSummary: true, first: at(1), last: at(3) },
      ];
      const ofC = { agentId: c, agentName: 'Agent Ä', scope: '', hasSummary: false };
      expect(await memory.sizes({ userId: ANN })).toEqual([
        { ...ofA, ...none },
        { ...ofC, turns: 1, first: at(1), last: at(1) },
        ...sizesOfB,
      ]);
      expect(await memory.sizes({ userId: ANN, agentId: b })).toEqual(sizesOfB);
      expect(await memory.sizes({ userId: '1' })).toEqual([]);
    });

    it('is all of it, in the same order, and nobody else’s', async () => {
      const { memory, a, b, owner, id } = await setUp();
      const turns = turnsOf(30);
      await fill(memory, owner, turns.toReversed());
      await memory.saveSummary(id, { text: 'so far', until: turns[3]?.exchangeId ?? '' });
      const ofB = { agentId: b, userId: ANN, scope: 'dm' };
      await fill(memory, ofB, turns.slice(0, 1));
      await fill(memory, { agentId: a, userId: BOB, scope: '' }, turnsOf(2));
      const all = [
        { ...owner, agentName: 'agent a', summary: 'so far', turns },
        { ...ofB, agentName: 'agent b', summary: undefined, turns: turns.slice(0, 1) },
      ];
      expect(await memory.export({ userId: ANN })).toEqual(all);
      expect(await memory.export({ userId: ANN, agentId: b })).toEqual(all.slice(1));
    });
  });
});

import { describe, expect, it } from 'vitest';
import type { MemoryOwner, MemoryStore, Turn } from '../../src/memory/memory-store.ts';

/** A store without memories, and a way to make agents that have some. */
export interface OpenedMemories {
  readonly memory: MemoryStore;
  /** Makes an agent of this name; its id. */
  readonly addAgent: (name: string) => Promise<string>;
}

const USER = '81384788765712384';
const OTHER_USER = '613425648685547541';
const GUILD = '18446744073709551615';

/** A turn; the numbers are in the order of the exchanges and of the minutes. */
export function turn(number: number, words: Partial<Pick<Turn, 'question' | 'answer'>> = {}): Turn {
  return {
    exchangeId: `01900000-0000-7000-8000-${number.toString().padStart(12, '0')}`,
    question: `question ${number}`,
    answer: `answer ${number}`,
    at: new Date(Date.UTC(2026, 0, 1, 0, number)),
    ...words,
  };
}

/** Tests that a store keeps every promise of {@link MemoryStore}. */
export function describeMemoryStore(name: string, open: () => Promise<OpenedMemories>): void {
  describe(`${name} as a memory store`, () => {
    const remember = async (memory: MemoryStore, owner: MemoryOwner, ...turns: Turn[]): Promise<string> => {
      const { memoryId } = await memory.recall(owner, 1);
      for (const one of turns) expect(await memory.remember(memoryId, one)).toBe(true);
      return memoryId;
    };
    const stage = async () => {
      const opened = await open();
      const agentId = await opened.addAgent('Helper');
      return { ...opened, agentId, owner: { agentId, userId: USER, scope: '' } };
    };

    it('recalls the last turns, oldest first, in the order of their exchanges', async () => {
      const { memory, owner } = await stage();
      await remember(memory, owner, turn(3), turn(1), turn(4), turn(2));
      const { turns, summary } = await memory.recall(owner, 3);
      expect(turns).toEqual([turn(2), turn(3), turn(4)]);
      expect(summary).toBeUndefined();
    });

    it('begins a memory once', async () => {
      const { memory, owner } = await stage();
      const { memoryId, turns } = await memory.recall(owner, 10);
      expect(turns).toEqual([]);
      expect((await memory.recall(owner, 10)).memoryId).toBe(memoryId);
    });

    it('keeps each exchange once, as it was told last: it was answered anew after a crash', async () => {
      const { memory, owner } = await stage();
      const memoryId = await remember(memory, owner, turn(1));
      expect(await memory.remember(memoryId, turn(1, { answer: 'another' }))).toBe(true);
      expect((await memory.recall(owner, 10)).turns).toEqual([turn(1, { answer: 'another' })]);
    });

    it('keeps users, agents and places apart', async () => {
      const { memory, owner, addAgent } = await stage();
      const others: MemoryOwner[] = [
        { ...owner, userId: OTHER_USER },
        { ...owner, agentId: await addAgent('Muse') },
        { ...owner, scope: 'dm' },
        { ...owner, scope: GUILD },
      ];
      await remember(memory, owner, turn(1));
      for (const other of others) expect((await memory.recall(other, 10)).turns).toEqual([]);
      for (const [index, other] of others.entries()) await remember(memory, other, turn(2 + index));
      expect((await memory.recall(owner, 10)).turns).toEqual([turn(1)]);
    });

    it('gives the turns after an exchange, oldest first', async () => {
      const { memory, owner } = await stage();
      const id = await remember(memory, owner, turn(1), turn(2), turn(3), turn(4));
      expect(await memory.turnsAfter(id, undefined, 2)).toEqual([turn(1), turn(2)]);
      expect(await memory.turnsAfter(id, turn(2).exchangeId, 10)).toEqual([turn(3), turn(4)]);
    });

    it('keeps one summary, the last, and recalls it beside the turns', async () => {
      const { memory, owner } = await stage();
      const id = await remember(memory, owner, turn(1), turn(2));
      const summaries = [1, 2].map((until) => ({ text: `up to ${until}`, until: turn(until).exchangeId }));
      for (const summary of summaries) expect(await memory.saveSummary(id, summary)).toBe(true);
      expect(await memory.recall(owner, 10)).toEqual({
        memoryId: id,
        summary: summaries[1],
        turns: [turn(1), turn(2)],
      });
    });

    it('tells how much there is, by agent in alphabetical order and by place', async () => {
      const { memory, owner, addAgent, agentId } = await stage();
      const muse = await addAgent('Muse');
      const bard = await addAgent('Bard');
      await remember(memory, { ...owner, agentId: muse, scope: 'dm' }, turn(9));
      await remember(memory, { ...owner, agentId: bard, scope: GUILD }, turn(5));
      await remember(memory, { ...owner, userId: OTHER_USER }, turn(7));
      const id = await remember(memory, owner, turn(1), turn(2));
      await memory.saveSummary(id, { text: 'hello', until: turn(1).exchangeId });
      const all = await memory.sizes({ userId: USER });
      expect(all.map(({ agentName, scope }) => [agentName, scope])).toEqual([
        ['Bard', GUILD],
        ['Helper', ''],
        ['Muse', 'dm'],
      ]);
      const ofHelper = {
        agentId,
        agentName: 'Helper',
        scope: '',
        turns: 2,
        hasSummary: true,
        first: turn(1).at,
        last: turn(2).at,
      };
      expect(all[1]).toEqual(ofHelper);
      expect(await memory.sizes({ userId: USER, agentId })).toEqual([ofHelper]);
    });

    it('exports everything of one user, of one agent or of all', async () => {
      const { memory, owner, addAgent, agentId } = await stage();
      const muse = await addAgent('Muse');
      await remember(memory, { ...owner, userId: OTHER_USER }, turn(7));
      const id = await remember(memory, owner, turn(1), turn(2));
      await memory.saveSummary(id, { text: 'hello', until: turn(1).exchangeId });
      await remember(memory, { ...owner, agentId: muse, scope: 'dm' }, turn(3));
      const ofHelper = {
        agentId,
        agentName: 'Helper',
        userId: USER,
        scope: '',
        summary: 'hello',
        turns: [turn(1), turn(2)],
      };
      const ofMuse = {
        agentId: muse,
        agentName: 'Muse',
        userId: USER,
        scope: 'dm',
        summary: undefined,
        turns: [turn(3)],
      };
      expect(await memory.export({ userId: USER })).toEqual([ofHelper, ofMuse]);
      expect(await memory.export({ userId: USER, agentId: muse })).toEqual([ofMuse]);
    });

    it('forgets what it is told to, and nothing else', async () => {
      const { memory, owner, addAgent, agentId } = await stage();
      const muse = await addAgent('Muse');
      await remember(memory, owner, turn(1), turn(2));
      await remember(memory, { ...owner, scope: 'dm' }, turn(3));
      await remember(memory, { ...owner, agentId: muse }, turn(4));
      await remember(memory, { ...owner, userId: OTHER_USER }, turn(5));
      expect(await memory.forget({ userId: USER, agentId, scope: 'dm' })).toEqual({ memories: 1, turns: 1 });
      expect(await memory.sizes({ userId: USER })).toHaveLength(2);
      expect(await memory.forget({ userId: USER, agentId, scope: '' })).toEqual({ memories: 1, turns: 2 });
      expect(await memory.forget({ userId: USER })).toEqual({ memories: 1, turns: 1 });
      expect(await memory.forget({ userId: USER })).toEqual({ memories: 0, turns: 0 });
      expect((await memory.recall({ ...owner, userId: OTHER_USER }, 10)).turns).toEqual([turn(5)]);
    });

    it('keeps nothing of an answer whose memory was forgotten while it was made', async () => {
      const { memory, owner } = await stage();
      const id = await remember(memory, owner, turn(1));
      await memory.forget({ userId: USER });
      expect(await memory.remember(id, turn(2))).toBe(false);
      expect(await memory.saveSummary(id, { text: 'hello', until: turn(1).exchangeId })).toBe(false);
      const begun = await memory.recall(owner, 10);
      expect(begun.memoryId).not.toBe(id);
      expect(begun).toMatchObject({ summary: undefined, turns: [] });
    });
  });
}

import { describe, expect, it } from 'vitest';
import { FakeMemoryStore } from '../support/fake-memory-store.ts';
import { describeMemoryStore, turn } from '../support/memory-store-promises.ts';

describeMemoryStore('the fake', () => {
  const memory = new FakeMemoryStore();
  let serial = 0;
  const addAgent = (name: string): Promise<string> => {
    const id = `agent-${++serial}`;
    memory.nameAgent(id, name);
    return Promise.resolve(id);
  };
  return Promise.resolve({ memory, addAgent });
});

describe('the fake memory store', () => {
  it('calls an agent that is gone by its id', async () => {
    const memory = new FakeMemoryStore({ a: 'Ann' });
    await memory.recall({ agentId: 'a', userId: '1', scope: '' }, 1);
    memory.nameAgent('a', undefined);
    expect(await memory.sizes({ userId: '1' })).toMatchObject([{ agentId: 'a', agentName: 'a' }]);
    expect(await memory.export({ userId: '1' })).toMatchObject([{ agentId: 'a', agentName: 'a' }]);
  });

  it('fails what reads and what writes, each while it is told to', async () => {
    const memory = new FakeMemoryStore();
    const owner = { agentId: 'a', userId: '1', scope: '' };
    const { memoryId } = await memory.recall(owner, 1);
    memory.failReads = new Error('cannot read');
    await expect(memory.recall(owner, 1)).rejects.toThrow('cannot read');
    await expect(memory.turnsAfter(memoryId, undefined, 1)).rejects.toThrow('cannot read');
    await expect(memory.sizes(owner)).rejects.toThrow('cannot read');
    await expect(memory.export(owner)).rejects.toThrow('cannot read');
    expect(await memory.remember(memoryId, turn(1))).toBe(true);
    memory.failReads = undefined;
    memory.failWrites = new Error('cannot write');
    await expect(memory.remember(memoryId, turn(2))).rejects.toThrow('cannot write');
    await expect(memory.saveSummary(memoryId, { text: '', until: '' })).rejects.toThrow('cannot write');
    await expect(memory.forget(owner)).rejects.toThrow('cannot write');
    expect((await memory.recall(owner, 10)).turns).toEqual([turn(1)]);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { FakeMemoryStore } from '../support/fake-memory-store.ts';
import { turn } from '../support/memory-store-promises.ts';
import { ANN, GUILD, remember, use } from './run-command.ts';

const APART = { settings: { config: { memory_scope: 'user_and_place' } } };

let memory: FakeMemoryStore;
beforeEach(() => {
  memory = new FakeMemoryStore({ helper: 'Helper', muse: 'Muse' });
});

const scopes = async (userId = ANN): Promise<string[]> =>
  (await memory.sizes({ userId })).map(({ agentName, scope }) => `${agentName} ${scope}`.trim());

describe('/reset', () => {
  it('forgets the conversation with this agent everywhere, and says how much it was', async () => {
    await remember(memory, [turn(1), turn(2)]);
    await remember(memory, [turn(3)], { scope: 'dm' });
    const { text } = await use(memory, '/reset');
    expect(text).toBe('Forgotten: 3 questions and their answers. We begin anew.');
    expect(await scopes()).toEqual([]);
  });

  it('touches neither other agents nor other users', async () => {
    await remember(memory, [turn(1)]);
    await remember(memory, [turn(2)], { agentId: 'muse' });
    await remember(memory, [turn(3)], { userId: '7' });
    expect((await use(memory, '/reset')).text).toContain('1 question and its answer');
    expect(await scopes()).toEqual(['Muse']);
    expect(await scopes('7')).toEqual(['Helper']);
  });

  it('forgets only this place where places are kept apart, and says so', async () => {
    await remember(memory, [turn(1)], { scope: GUILD });
    await remember(memory, [turn(2)], { scope: 'dm' });
    await remember(memory, [turn(3)], { scope: '99' });
    expect((await use(memory, '/reset', APART)).text).toBe(
      'Forgotten on this server: 1 question and its answer. We begin anew.\n' +
        'What I remember from other places stays; `/memory forget` forgets that too.',
    );
    expect(await scopes()).toEqual(['Helper 99', 'Helper dm']);
    const inDm = await use(memory, '/reset', { ...APART, guildId: undefined });
    expect(inDm.text).toContain('Forgotten in direct messages: 1 question');
    expect(await scopes()).toEqual(['Helper 99']);
  });

  it('says that there is nothing to forget, and where', async () => {
    expect((await use(memory, '/reset')).text).toBe(
      'There is nothing to forget: I remember no conversation with you.',
    );
    expect((await use(memory, '/reset', APART)).text).toContain('no conversation with you on this server.');
  });

  it('says for an echo agent that it remembers nothing', async () => {
    const { text } = await use(memory, '/reset', { settings: { type: 'echo' } });
    expect(text).toMatch(/^There is nothing to forget: I only say back/);
  });
});

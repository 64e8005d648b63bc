import { beforeEach, describe, expect, it } from 'vitest';
import { FakeMemoryStore } from '../support/fake-memory-store.ts';
import { turn } from '../support/memory-store-promises.ts';
import { ANN, GUILD, remember, use, type Use } from './run-command.ts';

let memory: FakeMemoryStore;
beforeEach(() => {
  memory = new FakeMemoryStore({ helper: 'Helper' });
});

const help = async (settings: Use['settings'] = {}, parts: Use = {}): Promise<string> =>
  (await use(memory, '/help', { ...parts, settings })).text;
const ids = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => (18_000_000_000_000_000_000n + BigInt(index)).toString());

describe('/help', () => {
  it('names the bot and says what answers, but neither provider nor model', async () => {
    const text = await help({ name: '_Helper_', config: { provider: 'openai', model: 'gpt-4o' } });
    expect(text).toMatch(/^\*\*\\_Helper\\_\*\*\nI am a bot: a language model writes my answers\./);
    expect(text).not.toMatch(/openai|gpt/i);
    expect(await help({ type: 'echo' })).toContain('I am an echo: I say back what I am told.');
  });

  it('says that the bot is paused while it is', async () => {
    expect(await help({}, { isPaused: true })).toContain('I am paused at the moment and answer nobody.');
    expect(await help()).not.toContain('paused');
  });

  it('lists every command', async () => {
    const text = await help();
    for (const command of ['help', 'reset', 'memory show', 'memory export', 'memory forget']) {
      expect(text).toMatch(new RegExp(`^\`/${command}\` \\w`, 'm'));
    }
  });

  it('tells how to talk to it', async () => {
    const text = await help();
    expect(text).toContain('- Mention me (<@4242>) or reply to one of my messages.\n');
    expect(text).toContain('- Or write me a direct message; no mention is needed there.\n');
    expect(text).not.toContain('only');
  });

  it.each<[string, Use['settings'], string]>([
    ['no direct messages', { respondToDm: false }, 'I do not answer direct messages.'],
    ['every message', { respondWithoutMention: true }, 'I answer every message, with or without a mention.'],
    ['everyone', { respondToEveryone: true }, '`@everyone` and `@here` call me too.'],
    ['this server', { guildWhitelist: ['1', GUILD] }, 'I answer on this server, but not on every one.'],
    ['other servers', { guildWhitelist: ['1'] }, 'I do not answer on this server.'],
    [
      'some channels',
      { channelWhitelist: ['1', '2'] },
      'On servers I answer only in <#1>, <#2>, and in their threads.',
    ],
    ['a blocked user', { blockedUsers: [ANN], allowedUsers: [ANN] }, 'I was told not to answer you.'],
    ['an allowed user', { allowedUsers: [ANN] }, 'I answer only some people; you are one of them.'],
    ['other users', { allowedUsers: ['1'] }, 'I answer only some people, and you are not one of them.'],
    [
      'some roles',
      { allowedUsers: ['1'], allowedRoles: ['2'] },
      'I answer only some people, such as those with certain roles.',
    ],
    ['a rate limit', { rateLimit: 3 }, 'I answer at most 3 messages a minute from each person.'],
  ])('tells its present settings: %s', async (_, settings, line) => {
    expect(await help(settings)).toContain(`- ${line}\n`);
    expect(await help()).not.toContain(line);
  });

  it('names no server, and no channel in a direct message', async () => {
    const settings = { guildWhitelist: ['777'], channelWhitelist: ['888'] };
    const text = await help(settings, { guildId: undefined });
    expect(text).toContain('- On servers I answer only where I was told to.\n');
    expect(text).toContain('- On servers I answer only in some channels.\n');
    expect(text + (await help(settings))).not.toContain('777');
    expect(text).not.toContain('888');
  });

  it('tells what it remembers of the user who asks, and how to see and delete it', async () => {
    expect(await help()).toContain('So far: nothing yet.');
    await remember(memory, [turn(2), turn(3)], { scope: 'dm' });
    await remember(memory, [turn(1)]);
    await remember(memory, [turn(4)], { userId: '7' });
    await remember(memory, [turn(5)], { agentId: 'muse' });
    const text = await help();
    expect(text).toContain('So far: 3 questions and their answers since <t:1767225660:D>.');
    expect(text).toContain('See it with `/memory show`; delete it with `/memory forget`.');
    expect(text).not.toContain('memory of their own');
    const apart = await help({ config: { memory_scope: 'user_and_place' } });
    expect(apart).toContain('Direct messages and each server have a memory of their own.');
  });

  it('says that an echo remembers nothing, unless it did before', async () => {
    expect(await help({ type: 'echo' })).toContain('Nothing: what I am told I say back');
    await remember(memory, [turn(1)]);
    expect(await help({ type: 'echo' })).toContain('but from before: 1 question and its answer since');
  });

  it('fits into one message with every setting on', async () => {
    await remember(memory, [turn(1), turn(2)]);
    const text = await help({
      name: '*'.repeat(80),
      respondToEveryone: true,
      guildWhitelist: [GUILD],
      channelWhitelist: ids(50),
      allowedUsers: ids(50),
      allowedRoles: ids(5),
      rateLimit: 1_000,
      config: { memory_scope: 'user_and_place' },
    });
    expect(text).toContain(' and 40 more, and in their threads.');
    expect(text).toContain('`/memory forget` Forget');
  });
});

import Sqlite from 'libsql';
import { describe, expect, it } from 'vitest';
import type { StandInDiscordOptions } from '../support/discord/options.ts';
import type { HostOptions } from '../../src/host/host-options.ts';
import { setStage } from '../support/run-host.ts';

const POST_MESSAGE = { method: 'POST', route: /\/messages$/ } as const;

async function setStageWithBot(options: StandInDiscordOptions = {}, hostOptions: Partial<HostOptions> = {}) {
  const stage = await setStage(options);
  const guild = stage.discord.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const ada = stage.discord.addUser({ username: 'ada' });
  const bot = stage.discord.addBot({ username: 'helper', guilds: [guild] });
  await stage.addAgent({ name: 'Helper', token: bot.token });
  await stage.start(hostOptions);
  await stage.untilAgent('Helper', 'ready');
  return { ...stage, guild, general, ada, bot };
}

describe('posts an answer once, and only once, when', () => {
  it.each([500, 502, 503])('Discord says %i at first', async (status) => {
    const { discord, general, ada, bot } = await setStageWithBot();
    discord.failRequests({ ...POST_MESSAGE, status, times: 2 });
    expect((await bot.reply(ada.say(general, `${bot.mention} hello`))).content).toBe('hello');
    expect(bot.sent.length).toBe(1);
  });

  it('Discord posts it and then says 500', async () => {
    const { discord, general, ada, bot } = await setStageWithBot();
    const fault = discord.failRequests({ ...POST_MESSAGE, status: 500, processed: true, times: 2 });
    await bot.reply(ada.say(general, `${bot.mention} hello`));
    await bot.reply(ada.say(general, `${bot.mention} next`));
    expect(fault.hits).toBe(2);
    expect(bot.sent.map(({ content }) => content)).toEqual(['hello', 'next']);
  });

  it('Discord posts it and the connection breaks before it says so', async () => {
    const { discord, general, ada, bot } = await setStageWithBot();
    const fault = discord.dropRequests({ ...POST_MESSAGE, processed: true, times: 2 });
    await bot.reply(ada.say(general, `${bot.mention} hello`));
    await bot.reply(ada.say(general, `${bot.mention} next`));
    expect(fault.hits).toBe(2);
    expect(bot.sent.map(({ content }) => content)).toEqual(['hello', 'next']);
  });

  it('the connection breaks before Discord has it', async () => {
    const { discord, general, ada, bot } = await setStageWithBot();
    discord.dropRequests({ ...POST_MESSAGE, times: 2 });
    expect((await bot.reply(ada.say(general, `${bot.mention} hello`))).content).toBe('hello');
    expect(bot.sent.length).toBe(1);
  });

  it('Discord posts it, but does not answer in time', async () => {
    const { discord, general, ada, bot } = await setStageWithBot({}, { patience: { requestTimeout: 150 } });
    const slow = discord.slowRequests({
      ...POST_MESSAGE,
      ms: Number.POSITIVE_INFINITY,
      processed: true,
      times: 1,
    });
    await bot.reply(ada.say(general, `${bot.mention} hello`));
    await bot.reply(ada.say(general, `${bot.mention} next`));
    expect(slow.hits).toBe(1);
    expect(bot.sent.map(({ content }) => content)).toEqual(['hello', 'next']);
  });

  it('Discord holds it for long and then breaks the connection', async () => {
    const { discord, general, ada, bot } = await setStageWithBot();
    discord.slowRequests({ ...POST_MESSAGE, ms: 100, then: 'drop', processed: true, times: 1 });
    await bot.reply(ada.say(general, `${bot.mention} hello`));
    await bot.reply(ada.say(general, `${bot.mention} next`));
    expect(bot.sent.map(({ content }) => content)).toEqual(['hello', 'next']);
  });

  it('Discord is slow', async () => {
    const { discord, general, ada, bot } = await setStageWithBot();
    discord.slowRequests({ ...POST_MESSAGE, ms: 300, times: 1 });
    expect((await bot.reply(ada.say(general, `${bot.mention} hello`))).content).toBe('hello');
    expect(bot.sent.length).toBe(1);
  });

  it.each(['user', 'shared', 'global'] as const)('Discord answers with a 429 of scope %s', async (scope) => {
    const { discord, general, ada, bot } = await setStageWithBot();
    discord.rateLimit({ ...POST_MESSAGE, retryAfter: 0.2, scope, times: 1 });
    expect((await bot.reply(ada.say(general, `${bot.mention} hello`))).content).toBe('hello');
    expect(bot.sent.length).toBe(1);
  });

  it('the message that it replies to is deleted meanwhile', async () => {
    const { discord, general, ada, bot } = await setStageWithBot();
    const slow = discord.slowRequests({ ...POST_MESSAGE, ms: Number.POSITIVE_INFINITY, times: 1 });
    const said = ada.say(general, `${bot.mention} hello`);
    await discord.until(() => slow.hits === 1, 'the answer to be under way');
    ada.delete(said);
    slow.lift();
    await discord.until(() => bot.sent.length === 1, 'the answer');
    expect(bot.sent[0]?.content).toBe('hello');
  });

  it('many come at once and Discord limits the channel', async () => {
    const { discord, general, bot } = await setStageWithBot({
      rateLimits: { postMessage: { limit: 5, perMs: 300 }, other: { limit: 100, perMs: 1_000 } },
    });
    const users = Array.from({ length: 15 }, (_, n) => discord.addUser({ username: `user-${String(n)}` }));
    const said = users.map((user) => user.say(general, `${bot.mention} hello`));
    await Promise.all(said.map((message) => bot.reply(message)));
    expect(bot.sent.length).toBe(15);
  });
});

it('gives up on a channel where it may not write, and says why in the log', async () => {
  const { general, guild, ada, bot, logger } = await setStageWithBot();
  general.deny(bot, 'send');
  const said = ada.say(general, `${bot.mention} hello`);
  await bot.reply(ada.say(guild.addTextChannel('elsewhere'), `${bot.mention} later`));
  await expect
    .poll(() => logger.lines)
    .toContainEqual(
      expect.objectContaining({ message: said.id, agent: 'Helper', reason: 'missing-permissions' }),
    );
  expect(bot.sent.length).toBe(1);
});

it('gives up on a channel that it can no longer see', async () => {
  const { discord, general, guild, ada, bot, logger } = await setStageWithBot();
  const slow = discord.slowRequests({ ...POST_MESSAGE, ms: Number.POSITIVE_INFINITY, times: 1 });
  const said = ada.say(general, `${bot.mention} hello`);
  await discord.until(() => slow.hits === 1, 'the answer to be under way');
  general.deny(bot, 'view');
  slow.lift();
  await bot.reply(ada.say(guild.addTextChannel('elsewhere'), `${bot.mention} later`));
  await expect
    .poll(() => logger.lines)
    .toContainEqual(expect.objectContaining({ message: said.id, reason: 'missing-permissions' }));
});

it('gives up on a guild that it was thrown out of, and answers in the others', async () => {
  const { discord, general, guild, ada, bot, logger } = await setStageWithBot();
  const home = discord.addGuild({ name: 'Home' });
  const lobby = home.addTextChannel('lobby');
  home.addBot(bot);
  const slow = discord.slowRequests({ ...POST_MESSAGE, ms: Number.POSITIVE_INFINITY, times: 1 });
  const said = ada.say(general, `${bot.mention} hello`);
  await discord.until(() => slow.hits === 1, 'the answer to be under way');
  guild.removeBot(bot);
  slow.lift();
  await bot.reply(ada.say(lobby, `${bot.mention} later`));
  await expect
    .poll(() => logger.lines)
    .toContainEqual(expect.objectContaining({ message: said.id, reason: 'missing-permissions' }));
});

it('goes on in a guild that was unavailable for a while', async () => {
  const { general, guild, ada, bot } = await setStageWithBot();
  guild.setUnavailable(true);
  guild.setUnavailable(false);
  const thread = general.addThread('aside');
  expect((await bot.reply(ada.say(thread, `${bot.mention} in ${general.mention}`))).content).toBe(
    'in #general',
  );
});

it('gives up on a user who takes no direct messages', async () => {
  const { ada, bot, logger } = await setStageWithBot();
  ada.acceptsDms = false;
  const said = ada.dm(bot, 'hello');
  await expect
    .poll(() => logger.lines)
    .toContainEqual(expect.objectContaining({ message: said.id, reason: 'dm-closed' }));
});

it('records how every exchange ended', async () => {
  const { general, guild, ada, bot, exchanges } = withExchanges(await setStageWithBot());
  const closed = guild.addTextChannel('closed');
  closed.deny(bot, 'send');
  await bot.reply(ada.say(general, `${bot.mention} fine`));
  ada.say(closed, `${bot.mention} in vain`);
  await expect.poll(exchanges).toEqual([
    { question: 'fine', state: 'delivered', reason: 'mention' },
    { question: 'in vain', state: 'failed', reason: 'missing-permissions' },
  ]);
});

/** Reads the exchanges table as an operator would, with plain SQL. */
function withExchanges<Stage extends { env: Record<string, string> }>(stage: Stage) {
  const file = (stage.env['DATABASE_URL'] ?? '').slice('file:'.length);
  const exchanges = (): unknown[] => {
    // The same library as the program's: a second SQLite in one process undoes the locks of the first.
    const database = new Sqlite(file);
    try {
      return database.prepare('SELECT question, state, reason FROM exchanges ORDER BY id').all();
    } finally {
      database.close();
    }
  };
  return { ...stage, exchanges };
}

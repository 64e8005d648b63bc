import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BotCommand, BotOrder } from '../../src/bots/bot-command.ts';
import { loadConfig } from '../../src/config/config.ts';
import { TESTED_DATABASES } from '../support/each-database.ts';
import { setStage, type Stage } from '../support/run-host.ts';

const TEXT = 'Maintenance at noon, @everyone.';

/** Gives a bot an order, as an operator beside the host would. */
async function send(stage: Stage, name: string, order: BotOrder): Promise<BotCommand> {
  const { id } = await stage.agent(name);
  return stage.database.botCommands.send({ agentId: id, order, requestedBy: 'a test' });
}

/** Resolves with the command once it is over. */
async function ended(stage: Stage, { id }: BotCommand): Promise<BotCommand> {
  let command: BotCommand | undefined;
  await expect
    .poll(
      async () => {
        command = await stage.database.botCommands.get(id);
        return command?.state;
      },
      { timeout: 15_000, interval: 20 },
    )
    .not.toBe('pending');
  if (command === undefined) throw new Error('the command is gone');
  return command;
}

async function setUp(env: Record<string, string> = {}, settings: object = {}) {
  const stage = await setStage({}, env);
  const guild = stage.discord.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const ada = stage.discord.addUser({ username: 'ada' });
  const bot = stage.discord.addBot({ username: 'parrot', guilds: [guild] });
  await stage.addAgent({ name: 'parrot', token: bot.token, ...settings });
  const order = async (wanted: BotOrder): Promise<BotCommand> =>
    ended(stage, await send(stage, 'parrot', wanted));
  const start = async (): Promise<void> => {
    await stage.start();
    await stage.untilAgent('parrot', 'ready');
  };
  return { ...stage, stage, guild, general, ada, bot, order, start };
}

const postgresql = TESTED_DATABASES.find(({ provider }) => provider === 'postgresql');

describe.skipIf(postgresql?.isThere !== true)('commands to a running bot on PostgreSQL', () => {
  it('wake its host at once: neither a poll nor a look comes for as long as the test lasts', async () => {
    const { url = '' } = (await postgresql?.make()) ?? {};
    const { start, order, general, bot } = await setUp({
      DATABASE_URL: url,
      DISCORD_NEW_AGENT_POLL_INTERVAL: '3600',
    });
    await start();
    // The first look comes after a second; the next one, after a minute.
    const begun = Date.now();
    do expect((await order({ kind: 'restart' })).state).toBe('done');
    while (Date.now() - begun < 2_000);
    await order({ kind: 'say', channelId: general.id, text: 'at once' });
    expect(bot.sent.map(({ content }) => content)).toEqual(['at once']);
  }, 30_000);
});

describe('commands to a running bot', () => {
  it('say: posts the text once and pings nobody, however late the poll is', async () => {
    const { start, order, general, bot } = await setUp({ DISCORD_NEW_AGENT_POLL_INTERVAL: '3600' });
    await start();
    const done = await order({ kind: 'say', channelId: general.id, text: TEXT });
    expect(bot.sent.map(({ content }) => content)).toEqual([TEXT]);
    expect(done).toMatchObject({ state: 'done', result: `posted as ${bot.sent[0]?.id ?? ''}` });
    const body = bot.requests.find(
      ({ method, route }) => method === 'POST' && route.endsWith('/messages'),
    )?.body;
    expect(body).toMatchObject({ allowed_mentions: { parse: [] }, enforce_nonce: true });
  });

  it('say: posts a long text in pieces, in order', async () => {
    const { start, order, general, bot } = await setUp();
    await start();
    const text = Array.from({ length: 900 }, (_, n) => `word${String(n)}`).join(' ');
    await order({ kind: 'say', channelId: general.id, text });
    expect(bot.sent.length).toBeGreaterThan(1);
    expect(bot.sent.map(({ content }) => content).join(' ')).toBe(text);
  });

  it('say: fails in words where the channel is not there or the bot may not write, and holds up nothing', async () => {
    const { start, stage, order, guild, general, bot } = await setUp();
    const locked = guild.addTextChannel('locked');
    locked.deny(bot);
    await start();
    const unknown = await send(stage, 'parrot', { kind: 'say', channelId: '100000000000000001', text: 'a' });
    const forbidden = await send(stage, 'parrot', { kind: 'say', channelId: locked.id, text: 'b' });
    const fine = await order({ kind: 'say', channelId: general.id, text: 'c' });
    expect(await ended(stage, unknown)).toMatchObject({
      state: 'failed',
      result: 'the channel is gone. Look at its id: the bot has to be in that server.',
    });
    expect(await ended(stage, forbidden)).toMatchObject({
      state: 'failed',
      result: expect.stringContaining('Give the bot "View Channel" and "Send Messages" there.') as string,
    });
    expect(fine.state).toBe('done');
    expect(bot.sent.map(({ content }) => content)).toEqual(['c']);
  });

  it('pause: the bot stays connected, answers nobody, says so once, and shows that it is idle', async () => {
    const { start, order, stage, general, ada, bot, discord } = await setUp();
    await start();
    expect((await order({ kind: 'pause' })).result).toBe('it answers nobody');
    const said = ada.say(general, `${bot.mention} hello`);
    expect((await bot.reply(said)).content).toContain('I am paused');
    expect(await stage.exchangeOf(said)).toMatchObject({ state: 'ignored', reason: 'paused' });
    const again = ada.say(general, `${bot.mention} hello?`);
    expect(await stage.exchangeOf(again)).toMatchObject({ state: 'ignored', reason: 'paused' });
    await discord.until(() => bot.presence?.status === 'idle', 'the idle presence');
    expect([bot.connected, bot.identifies, bot.sent.length]).toEqual([1, 1, 1]);
  });

  it('resume: it answers again, but not what was written meanwhile', async () => {
    const { start, order, stage, general, ada, bot, discord } = await setUp();
    await start();
    await order({ kind: 'pause' });
    const missed = ada.say(general, `${bot.mention} while paused`);
    await stage.exchangeOf(missed);
    await order({ kind: 'resume' });
    bot.redeliver(missed);
    const said = ada.say(general, `${bot.mention} welcome back`);
    expect((await bot.reply(said)).content).toBe('welcome back');
    expect(await stage.exchangeOf(missed)).toMatchObject({ state: 'ignored', reason: 'paused' });
    await discord.until(() => bot.presence?.status === 'online', 'the online presence');
  });

  it('pause is kept over restarts, and holds from when it is sent where no host runs', async () => {
    const { stage, general, ada, bot, start } = await setUp();
    const paused = await send(stage, 'parrot', { kind: 'pause' });
    await start();
    expect((await ended(stage, paused)).state).toBe('done');
    const said = ada.say(general, `${bot.mention} anybody?`);
    expect(await stage.exchangeOf(said)).toMatchObject({ state: 'ignored', reason: 'paused' });
    expect(bot.presences[0]).toMatchObject({ via: 'identify', status: 'idle' });
  });

  it('what was written to a paused bot while no host ran is not answered after it was resumed then', async () => {
    const { stage, general, ada, bot, order } = await setUp();
    // What the old session would send again is what is not wanted.
    bot.allowIdentifies(2);
    const host = await stage.start();
    await stage.untilAgent('parrot', 'ready');
    await order({ kind: 'pause' });
    await host.stop();
    const missed = ada.say(general, `${bot.mention} nobody there?`);
    await send(stage, 'parrot', { kind: 'resume' });
    await stage.start();
    await stage.untilAgent('parrot', 'ready');
    const said = ada.say(general, `${bot.mention} now?`);
    expect((await bot.reply(said)).content).toBe('now?');
    expect(stage.rows(`SELECT * FROM exchanges WHERE message_id = '${missed.id}'`)).toEqual([]);
  });

  it('presence: is shown at once, kept over a resumed and a new session, and taken back', async () => {
    const { stage, start, order, bot, discord } = await setUp();
    bot.allowIdentifies(2);
    await start();
    const presence = { status: 'idle', activity: { type: 'watching', text: 'the stars' } } as const;
    const shown = { status: 'idle', activities: [{ name: 'the stars', type: 3 }] };
    await order({ kind: 'presence', presence });
    await discord.until(() => bot.presence?.status === 'idle', 'the presence');
    expect(bot.presence).toEqual(shown);
    bot.disconnect();
    await discord.until(() => bot.resumes === 1, 'the resume');
    await stage.untilAgent('parrot', 'ready');
    bot.invalidateSession({ resumable: false });
    await discord.until(() => bot.identifies === 2 && bot.connected === 1, 'a new session');
    expect(bot.presence).toEqual(shown);
    await order({ kind: 'presence', presence: null });
    await discord.until(() => bot.presence?.activities.length === 0, 'nothing shown');
    expect(bot.presence?.status).toBe('online');
  });

  it('presence: one that is taken back while no host runs is not shown by the resumed session', async () => {
    const { stage, start, order, bot, discord } = await setUp();
    const host = await stage.start();
    await stage.untilAgent('parrot', 'ready');
    await order({ kind: 'presence', presence: { status: 'dnd' } });
    await discord.until(() => bot.presence?.status === 'dnd', 'the presence');
    await host.stop();
    await send(stage, 'parrot', { kind: 'presence', presence: null });
    await start();
    await discord.until(() => bot.presence?.status === 'online', 'the default');
    expect(bot.resumes).toBe(1);
  });

  it('restart: connects anew in the same session, or with `fresh` in another one', async () => {
    const { start, order, bot } = await setUp();
    bot.allowIdentifies(2);
    await start();
    expect(await order({ kind: 'restart' })).toMatchObject({ state: 'done', result: 'it is connected anew' });
    expect([bot.identifies, bot.resumes, bot.connected]).toEqual([1, 1, 1]);
    expect((await order({ kind: 'restart', fresh: true })).state).toBe('done');
    expect([bot.identifies, bot.resumes, bot.connected]).toEqual([2, 1, 1]);
  });

  it('restart: a parked bot tries again, and the command says why when that does not help', async () => {
    const { stage, order, bot, start } = await setUp();
    bot.allowIdentifies(2);
    await start();
    bot.close(4013);
    await stage.untilAgent('parrot', 'parked');
    expect((await order({ kind: 'restart' })).state).toBe('done');
    bot.revokeToken();
    await stage.untilAgent('parrot', 'parked');
    expect(await order({ kind: 'restart' })).toMatchObject({
      state: 'failed',
      result: expect.stringContaining('it was parked: Discord does not accept the token') as string,
    });
    expect(await order({ kind: 'say', channelId: '100000000000000001', text: 'a' })).toMatchObject({
      state: 'failed',
      result: expect.stringContaining('its bot is parked: ') as string,
    });
  });

  it('reload: the settings are read at once, however late the poll is', async () => {
    const { stage, start, order, general, ada, bot } = await setUp({
      DISCORD_NEW_AGENT_POLL_INTERVAL: '3600',
    });
    await start();
    await stage.editAgent('parrot', { config: { prefix: '> ' } });
    expect((await order({ kind: 'reload' })).state).toBe('done');
    expect((await bot.reply(ada.say(general, `${bot.mention} hi`))).content).toBe('> hi');
  });

  it('are done by the host that has the lease, once, while another one stands by', async () => {
    const { stage, order, general, bot } = await setUp();
    await stage.start();
    await stage.untilAgent('parrot', 'ready');
    const folder = path.dirname(stage.env['SECRET_KEY_FILE'] ?? '');
    await stage.start({ config: loadConfig({ ...stage.env, HOST_ID_FILE: path.join(folder, 'two', 'id') }) });
    for (const text of ['one', 'two', 'three']) await order({ kind: 'say', channelId: general.id, text });
    expect(bot.sent.map(({ content }) => content)).toEqual(['one', 'two', 'three']);
  });

  it('wait for a host that is away, in their order, and expire where they are too late', async () => {
    const { stage, general, bot, start } = await setUp();
    const { id: agentId } = await stage.agent('parrot');
    const say = (text: string) => ({ kind: 'say' as const, channelId: general.id, text });
    const late = await stage.database.botCommands.send({
      agentId,
      order: say('too late'),
      requestedBy: 'a test',
      expiresAt: new Date(Date.now() - 1),
    });
    const first = await send(stage, 'parrot', say('first'));
    const second = await send(stage, 'parrot', say('second'));
    await start();
    expect(await ended(stage, late)).toMatchObject({ state: 'expired', result: 'it was not done in time' });
    expect([(await ended(stage, first)).state, (await ended(stage, second)).state]).toEqual(['done', 'done']);
    expect(bot.sent.map(({ content }) => content)).toEqual(['first', 'second']);
  });

  it('fail in words for an agent whose bot runs nowhere: disabled, without a token, deleted', async () => {
    const { stage, order, general } = await setUp();
    await stage.start();
    await stage.editAgent('parrot', { enabled: false });
    expect(await order({ kind: 'restart' })).toMatchObject({
      state: 'failed',
      result: expect.stringContaining('its agent is disabled') as string,
    });
    expect(await order({ kind: 'pause' })).toMatchObject({ state: 'done' });
    await stage.addAgent({ name: 'nobody' });
    const said = await send(stage, 'nobody', { kind: 'say', channelId: general.id, text: 'a' });
    expect(await ended(stage, said)).toMatchObject({
      state: 'failed',
      result: expect.stringContaining('no Discord token') as string,
    });
  });
});

import { expect, it } from 'vitest';
import { setStage } from '../support/run-host.ts';

const MINUTE = 60_000;

/** A bot that ran, answered a mention and a direct message, and whose host is stopped and session gone. */
async function leave(env: Record<string, string> = {}) {
  const clock = { ahead: 0 };
  const stage = await setStage({ clock: () => Date.now() + clock.ahead, maxIdentifiesPerBot: 3 }, env);
  const guild = stage.discord.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const ada = stage.discord.addUser({ username: 'ada' });
  const bob = stage.discord.addUser({ username: 'bob' });
  const bot = stage.discord.addBot({ username: 'helper', guilds: [guild] });
  await stage.addAgent({ name: 'Helper', token: bot.token });
  const start = () => stage.start({ patience: { lastSeenInterval: 20 } });
  const host = await start();
  await stage.untilAgent('Helper', 'ready');
  const before = [ada.say(general, `${bot.mention} before`), ada.dm(bot, 'direct before')];
  for (const message of before) await bot.reply(message);
  await host.stop();
  bot.expireSession();
  clock.ahead += MINUTE;
  return { ...stage, clock, start, guild, general, ada, bob, bot, before };
}

it('answers once, and in order, what came while no host ran and the session was lost', async () => {
  const { discord, start, guild, general, ada, bob, bot } = await leave();
  const count = bot.sent.length;
  const answer = bot.sent.find((message) => message.channel === general);
  if (answer === undefined) throw new Error('no answer');
  const meanwhile = [
    ada.say(general, `${bot.mention} one`),
    bob.say(general, 'two', { replyTo: answer }),
    ada.dm(bot, 'three'),
    ada.say(general.addThread('aside'), `${bot.mention} four`),
    ada.say(general, `${bot.mention} five`),
    bob.say(guild.addVoiceChannel('stage'), `<@&${bot.managedRole(guild).id}> six`),
  ];
  bob.say(general, 'not for the bot');
  await start();
  const after = ada.say(general, `${bot.mention} after`);
  for (const message of [...meanwhile, after]) await bot.reply(message);
  const texts = bot.sent.slice(count).map(({ content }) => content);
  expect(texts.toSorted()).toEqual(['after', 'five', 'four', 'one', 'six', 'three', 'two']);
  // One user's are answered in their order, whatever the channels.
  expect(texts.filter((text) => !['two', 'six'].includes(text))).toEqual([
    'one',
    'three',
    'four',
    'five',
    'after',
  ]);
  expect(bot.identifies).toBe(2);
  discord.assertNoViolations();
});

it('does not answer again what it answered before', async () => {
  const { start, general, ada, bot, clock } = await leave();
  // As if no time had passed: what was answered last is looked at once more.
  clock.ahead = 0;
  const host = await start();
  const after = ada.say(general, `${bot.mention} after`);
  await bot.reply(after);
  await host.stop();
  expect(
    bot.requests.filter(({ method, route }) => method === 'GET' && route.endsWith('/messages')),
  ).not.toEqual([]);
  expect(bot.sent.map(({ content }) => content)).toEqual(['before', 'direct before', 'after']);
});

it('looks again when it was away again, and finds only what is new', async () => {
  const stage = await leave();
  const { start, general, ada, bot, clock, database } = stage;
  const first = ada.say(general, `${bot.mention} first`);
  const host = await start();
  await bot.reply(first);
  const { id } = await stage.agent('Helper');
  await expect
    .poll(async () => BigInt((await database.lastSeen.load(id)) ?? 0) >= BigInt(first.id))
    .toBe(true);
  await host.stop();
  bot.expireSession();
  clock.ahead += MINUTE;
  const second = ada.say(general, `${bot.mention} second`);
  await start();
  await bot.reply(second);
  expect(bot.sent.map(({ content }) => content)).toEqual(['before', 'direct before', 'first', 'second']);
});

it('finds what came while the gateway was away and had forgotten the session', async () => {
  const { discord, start, general, ada, bot, clock } = await leave();
  await start();
  await bot.ready();
  await bot.reply(ada.say(general, `${bot.mention} here`));
  discord.refuseGateway();
  discord.restartGateway({ keepSessions: false });
  clock.ahead += MINUTE;
  const missed = ada.say(general, `${bot.mention} missed`);
  discord.refuseGateway(false);
  expect((await bot.reply(missed)).content).toBe('missed');
});

it('answers no more than MISSED_MESSAGES_LIMIT says, the newest', async () => {
  const { start, general, ada, bob, bot } = await leave({ MISSED_MESSAGES_LIMIT: '2' });
  for (const user of [ada, bob])
    for (const n of [1, 2]) user.say(general, `${bot.mention} ${user.username} ${n}`);
  await start();
  await expect
    .poll(() => bot.sent.slice(2).map(({ content }) => content))
    .toEqual(expect.arrayContaining(['bob 1', 'bob 2']));
  await bot.reply(ada.say(general, `${bot.mention} after`));
  expect(bot.sent.length).toBe(5);
});

it('answers nothing that is older than RECOVERY_WINDOW', async () => {
  const { start, general, ada, bot, clock } = await leave({ RECOVERY_WINDOW: '300' });
  ada.say(general, `${bot.mention} too old`);
  clock.ahead += 6 * MINUTE;
  const inTime = ada.say(general, `${bot.mention} in time`);
  await start();
  await bot.reply(inTime);
  await bot.reply(ada.say(general, `${bot.mention} after`));
  expect(bot.sent.slice(2).map(({ content }) => content)).toEqual(['in time', 'after']);
});

it('never answers what was written before the bot ran for the first time', async () => {
  const stage = await setStage();
  const guild = stage.discord.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const ada = stage.discord.addUser({ username: 'ada' });
  const bot = stage.discord.addBot({ username: 'helper', guilds: [guild] });
  ada.say(general, `${bot.mention} too early`);
  await stage.addAgent({ name: 'Helper', token: bot.token });
  await stage.start();
  await stage.untilAgent('Helper', 'ready');
  await bot.reply(ada.say(general, `${bot.mention} hello`));
  expect(bot.sent.map(({ content }) => content)).toEqual(['hello']);
});

it('answers nothing that was written while its agent was switched off', async () => {
  const stage = await leave();
  const { start, general, ada, bot } = stage;
  await stage.editAgent('Helper', { enabled: false });
  const host = await start();
  await stage.untilAgent('Helper', 'stopped');
  const meanwhile = ada.say(general, `${bot.mention} are you there?`);
  await stage.editAgent('Helper', { enabled: true });
  await stage.untilAgent('Helper', 'ready');
  await bot.reply(ada.say(general, `${bot.mention} and now?`));
  await host.stop();
  expect(meanwhile.repliesOf(bot)).toEqual([]);
});

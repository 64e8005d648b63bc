import { expect, it } from 'vitest';
import { type MemoryLastSeen, memoryLastSeen } from '../support/memory-last-seen.ts';
import { type AdapterOptions, asked, openStage } from './stage.ts';

const MESSAGES = '/channels/:channel/messages';
const HOUR = 3_600_000;

/** A bot that was connected, and whose session is over; Discord's clock can be put forward. */
async function leave(options: AdapterOptions = {}, lastSeen: MemoryLastSeen = memoryLastSeen()) {
  const clock = { ahead: 0 };
  const stage = await openStage({
    lastSeen,
    lastSeenInterval: 5,
    standIn: { clock: () => Date.now() + clock.ahead },
    ...options,
  });
  stage.bot.allowIdentifies(9);
  const connection = await stage.connect();
  await expect.poll(() => lastSeen.saved.length).toBeGreaterThan(0);
  await connection.close({ resumable: false });
  const texts = (): string[] => stage.received.map(({ message }) => message.text);
  return { ...stage, lastSeen, clock, texts };
}

it('brings what was missed in channels, threads, voice chats and direct messages, in order, before what comes next', async () => {
  const { standIn, guild, general, ada, bot, lastSeen, connect, texts, clock } = await leave();
  clock.ahead += 60_000;
  const own = bot.say(general, 'before');
  const dm = ada.dm(bot, 'direct');
  bot.say(dm.channel, 'its own');
  lastSeen.direct = [dm.channel.id];
  ada.say(general, `${bot.mention} mention`);
  ada.say(general.addThread('aside'), `${bot.mention} thread`);
  ada.say(guild.addVoiceChannel('stage'), `${bot.mention} voice`);
  ada.say(
    guild.addForum('questions').addPost('how?', { author: ada, content: 'I wonder' }),
    `${bot.mention} post`,
  );
  ada.say(general, 'reply', { replyTo: own });
  ada.say(general, 'for nobody');
  // What comes while it looks waits.
  const slow = standIn.slowRequests({ method: 'GET', route: /messages$/, ms: Number.POSITIVE_INFINITY });
  await connect();
  await standIn.until(() => slow.hits > 0, 'the first look');
  ada.say(general, `${bot.mention} after`);
  slow.lift();
  await expect.poll(texts).toEqual(['direct', 'mention', 'thread', 'voice', 'post', 'reply', 'after']);
});

it('tells of a missed message what the gateway would have told', async () => {
  const role = { id: '' };
  const stage = await openStage({ lastSeen: memoryLastSeen(), lastSeenInterval: 5 });
  const { guild, general, ada, bot, view, connect, received } = stage;
  role.id = guild.addRole({ name: 'crew' }).id;
  bot.allowIdentifies(2);
  Object.assign(view.definition, { allowedRoles: [role.id, '404'] });
  guild.addMember(ada, { roles: [role.id] });
  const connection = await connect();
  ada.say(general, `${bot.mention} live`);
  await expect.poll(() => received.length).toBe(1);
  await connection.close({ resumable: false });
  ada.say(general, `${bot.mention} live`);
  await connect();
  await expect.poll(() => received.length).toBeGreaterThanOrEqual(2);
  const [live, missed] = received.map(({ message }) => message);
  expect(missed).toMatchObject({ ...live, id: expect.any(String) as string });
});

it('has nothing to look for when the bot never ran, nor when nothing came', async () => {
  const { bot, general, ada, connect, clock, texts, received } = await leave();
  expect(asked(bot, 'GET', MESSAGES)).toBe(0);
  clock.ahead += 60_000;
  const connection = await connect();
  await expect.poll(() => connection.session()).toBeDefined();
  expect(asked(bot, 'GET', MESSAGES)).toBe(0);
  ada.say(general, `${bot.mention} hello`);
  await expect.poll(texts).toEqual(['hello']);
  expect(received.length).toBe(1);
});

it('finds nothing a second time', async () => {
  const { bot, general, ada, connect, clock, texts } = await leave();
  clock.ahead += 60_000;
  ada.say(general, `${bot.mention} once`);
  clock.ahead += 60_000;
  const first = await connect();
  await expect.poll(texts).toEqual(['once']);
  await expect.poll(() => first.session()).toBeDefined();
  await first.close({ resumable: false });
  clock.ahead += 60_000;
  const second = await connect();
  await expect.poll(() => second.session()).toBeDefined();
  expect(texts()).toEqual(['once']);
  expect(asked(bot, 'GET', MESSAGES)).toBe(1);
});

it('asks for nothing when a session is resumed: Discord sends what came', async () => {
  const { bot, general, ada, connect, clock, texts, lastSeen } = await leave();
  const connection = await connect();
  await expect.poll(() => connection.session()).toBeDefined();
  const session = connection.session();
  await connection.close({ resumable: true });
  clock.ahead += 60_000;
  ada.say(general, `${bot.mention} once`);
  // Nor of the database, which may be away.
  lastSeen.load = () => Promise.reject(new Error('the server is away'));
  await connect(session);
  await expect.poll(texts).toEqual(['once']);
  expect(asked(bot, 'GET', MESSAGES)).toBe(0);
});

it('passes over what is older than the window, by Discord’s clock', async () => {
  const { bot, general, ada, connect, clock, texts } = await leave({ recoveryWindow: HOUR });
  clock.ahead += HOUR;
  ada.say(general, `${bot.mention} too old`);
  clock.ahead += HOUR + 1_000;
  ada.say(general, `${bot.mention} in time`);
  await connect();
  await expect.poll(texts).toEqual(['in time']);
});

it('takes the newest where there are more than it may, and says how many it left out', async () => {
  const { bot, guild, general, ada, connect, clock, texts, logger } = await leave({ missedMessagesLimit: 3 });
  clock.ahead += 60_000;
  const other = guild.addTextChannel('other');
  for (const n of [1, 2, 3]) {
    ada.say(general, `${bot.mention} general ${n}`);
    ada.say(other, `${bot.mention} other ${n}`);
    ada.say(other, 'not for the bot');
  }
  await connect();
  await expect.poll(texts).toEqual(['other 2', 'general 3', 'other 3']);
  expect(logger.lines).toContainEqual(expect.objectContaining({ level: 'warn', leftOut: 3 }));
});

it('does not count what came over the new connection', async () => {
  const { bot, general, ada, connect, clock, texts, standIn } = await leave({
    missedMessagesLimit: 1,
    commands: [
      {
        definition: { name: 'ping', description: 'answers' },
        run: () => Promise.resolve({ text: 'pong' }),
      },
    ],
  });
  await standIn.until(() => bot.commands.size === 1, 'the command');
  clock.ahead += 60_000;
  ada.say(general, `${bot.mention} missed`);
  const slow = standIn.slowRequests({ method: 'GET', route: /messages$/, ms: Number.POSITIVE_INFINITY });
  await connect();
  await standIn.until(() => slow.hits > 0, 'the first look');
  ada.say(general, `${bot.mention} new`);
  // Once a command is answered, what was written before it has come.
  await ada.slash(bot, general, 'ping').answer();
  slow.lift();
  await expect.poll(texts).toEqual(['missed', 'new']);
});

it('reads page after page of a channel', async () => {
  const { bot, general, ada, connect, clock, texts } = await leave();
  clock.ahead += 60_000;
  ada.say(general, `${bot.mention} first`);
  for (let n = 0; n < 250; n++) ada.say(general, 'chatter');
  ada.say(general, `${bot.mention} last`);
  await connect();
  await expect.poll(texts).toEqual(['first', 'last']);
  expect(asked(bot, 'GET', MESSAGES)).toBe(3);
});

it('does not ask for what it may not read, and says so once', async () => {
  const { bot, guild, general, ada, connect, clock, texts, logger, standIn } = await leave();
  clock.ahead += 60_000;
  const [hidden, forgetful, gone] = ['hidden', 'forgetful', 'gone'].map((name) => guild.addTextChannel(name));
  if (hidden === undefined || forgetful === undefined || gone === undefined) throw new Error('no channels');
  hidden.deny(bot, 'view');
  forgetful.deny(bot, 'history');
  for (const channel of [hidden, hidden.addThread('aside'), forgetful, gone, general]) {
    ada.say(channel, `${bot.mention} in ${channel.name}`);
  }
  standIn.failRequests({ method: 'GET', route: new RegExp(`${gone.id}/messages`), status: 403 });
  await connect();
  await expect.poll(texts).toEqual(['in general']);
  expect(asked(bot, 'GET', MESSAGES)).toBe(2);
  expect(logger.lines.filter(({ text }) => text.includes('may not read'))).toEqual([
    expect.objectContaining({ channels: 4 }),
  ]);
});

it('finds them though Discord is ill at first', async () => {
  const { bot, general, ada, connect, clock, texts, standIn } = await leave();
  clock.ahead += 60_000;
  ada.say(general, `${bot.mention} hello`);
  standIn.failRequests({ method: 'GET', route: /messages$/, status: 503, times: 2 });
  await connect();
  await expect.poll(texts, { timeout: 5_000 }).toEqual(['hello']);
});

it('does not wait for ever for a guild that Discord does not tell of', async () => {
  const { bot, guild, general, ada, connect, clock, texts, standIn } = await leave({ guildPatience: 20 });
  clock.ahead += 60_000;
  const away = standIn.addGuild({ name: 'Away' });
  away.addBot(bot);
  away.createEvent = () => JSON.stringify({ id: guild.id, unavailable: true });
  ada.say(general, `${bot.mention} hello`);
  await connect();
  await expect.poll(texts).toEqual(['hello']);
});

it('looks for nothing where that is switched off', async () => {
  const { bot, general, ada, connect, clock, texts } = await leave({ recoveryWindow: 0 });
  clock.ahead += 60_000;
  ada.say(general, `${bot.mention} missed`);
  await connect();
  ada.say(general, `${bot.mention} now`);
  await expect.poll(texts).toEqual(['now']);
  expect(asked(bot, 'GET', MESSAGES)).toBe(0);
});

it('has no session to be resumed until what was missed is on record, so that the next connection looks again', async () => {
  const waiting: ((safe: boolean) => void)[] = [];
  const { bot, general, ada, connect, clock, lastSeen } = await leave({
    receive: () => new Promise((resolve) => waiting.push(resolve)),
  });
  const before = lastSeen.saved.length;
  clock.ahead += 60_000;
  const missed = ada.say(general, `${bot.mention} missed`);
  const first = await connect();
  await expect.poll(() => waiting.length).toBe(1);
  expect(first.session()).toBeUndefined();
  await first.close({ resumable: true });
  expect(lastSeen.saved.length).toBe(before);
  const second = await connect();
  await expect.poll(() => waiting.length).toBe(2);
  waiting[1]?.(true);
  await expect.poll(() => second.session()).toBeDefined();
  await expect.poll(() => BigInt(lastSeen.saved.at(-1)?.mark.messageId ?? 0) >= BigInt(missed.id)).toBe(true);
});

it('ends the connection when a missed message could not be recorded', async () => {
  const failing = { fail: true };
  const { bot, general, ada, connect, clock } = await leave({
    receive: () => (failing.fail ? Promise.reject(new Error('the disk is full')) : Promise.resolve(true)),
  });
  clock.ahead += 60_000;
  ada.say(general, `${bot.mention} missed`);
  const first = await connect();
  expect(await first.ended).toMatchObject({ retryable: true });
  expect(first.session()).toBeUndefined();
  failing.fail = false;
  const second = await connect();
  await expect.poll(() => second.session()).toBeDefined();
});

it('comes to know by Discord that a session is gone, and looks then', async () => {
  const { bot, general, ada, connect, clock, texts } = await leave();
  const connection = await connect();
  await expect.poll(() => connection.session()).toBeDefined();
  const session = connection.session();
  await connection.close({ resumable: true });
  bot.expireSession();
  clock.ahead += 60_000;
  ada.say(general, `${bot.mention} hello`);
  await expect(connect(session)).rejects.toMatchObject({ sessionLost: true });
  await connect();
  await expect.poll(texts).toEqual(['hello']);
});

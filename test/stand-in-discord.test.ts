import { GatewayDispatchEvents, GatewayIntentBits } from 'discord-api-types/v10';
import { Client, Events, IntentsBitField, Partials } from 'discord.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { connectBot, makeBot, nextReady } from './support/discord/connect-bot.ts';
import type { ConnectedBot } from './support/discord/connect-bot.ts';
import type { Bot, BotInit } from './support/discord/bot.ts';
import type { Channel } from './support/discord/channel.ts';
import type { Guild } from './support/discord/guild.ts';
import type { StandInDiscordOptions } from './support/discord/options.ts';
import { startStandInDiscord } from './support/discord/stand-in-discord.ts';
import type { StandInDiscord } from './support/discord/stand-in-discord.ts';
import type { User } from './support/discord/user.ts';

const { Guilds, GuildMessages, DirectMessages, MessageContent } = GatewayIntentBits;
const ALL = Guilds | GuildMessages | DirectMessages | MessageContent;

interface Stage {
  discord: StandInDiscord;
  guild: Guild;
  general: Channel;
  ada: User;
  bot: Bot;
}

async function stage(options: StandInDiscordOptions = {}, init: Partial<BotInit> = {}): Promise<Stage> {
  const discord = await startStandInDiscord(options);
  onTestFinished(() => discord.stop());
  const guild = discord.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const ada = discord.addUser({ username: 'ada', displayName: 'Ada' });
  const bot = discord.addBot({ username: 'helper', guilds: [guild], ...init });
  return { discord, guild, general, ada, bot };
}

async function connected({ discord, bot }: Stage, intents: number = ALL): Promise<ConnectedBot> {
  const made = await connectBot(discord, bot, intents);
  onTestFinished(() => made.disconnect());
  return made;
}

/** Replies to each message that is not a bot's with "echo: …". */
function echo({ client }: ConnectedBot): void {
  client.on(GatewayDispatchEvents.MessageCreate, ({ api, data }) => {
    if (data.author.bot) return;
    void api.channels.createMessage(data.channel_id, {
      content: `echo: ${data.content}`,
      message_reference: { message_id: data.id },
      allowed_mentions: { parse: [] },
    });
  });
}

function contents(made: ConnectedBot): string[] {
  return made.dispatched
    .filter((payload) => payload.t === GatewayDispatchEvents.MessageCreate)
    .map((payload) => payload.d.content);
}

describe('a discord.js Client on the stand-in Discord', () => {
  async function login({ discord, bot }: Stage): Promise<Client<true>> {
    const client = new Client({
      rest: { api: discord.apiUrl },
      intents: new IntentsBitField(ALL),
      partials: [Partials.Channel],
    });
    onTestFinished(() => client.destroy());
    const ready = new Promise<Client<true>>((resolve) => client.once(Events.ClientReady, resolve));
    await client.login(bot.token);
    return ready;
  }

  it('logs in and knows its guild, channels, roles and itself', async () => {
    const on = await stage();
    const forum = on.guild.addForum('ideas');
    const thread = on.general.addThread('aside');
    const client = await login(on);

    expect(client.user.id).toBe(on.bot.id);
    expect(client.application.id).toBe(on.bot.applicationId);
    const guild = client.guilds.cache.get(on.guild.id);
    expect(guild?.name).toBe('Green Room');
    expect(guild?.channels.cache.has(on.general.id)).toBe(true);
    expect(guild?.channels.cache.has(forum.id)).toBe(true);
    expect(guild?.channels.cache.get(thread.id)?.isThread()).toBe(true);
    expect(guild?.members.me?.roles.botRole?.id).toBe(on.bot.managedRole(on.guild).id);
  });

  it('gets a message with its mentions and members, and replies', async () => {
    const on = await stage();
    const client = await login(on);
    client.on(Events.MessageCreate, (message) => {
      if (message.author.bot || !message.mentions.has(client.user)) return;
      void message.reply({
        content: `hello ${message.member?.displayName ?? '?'}`,
        allowedMentions: { parse: [] },
      });
    });
    on.guild.addMember(on.ada, { nick: 'Countess' });

    const question = on.ada.say(on.general, `hi ${on.bot.mention}`);
    const reply = await on.bot.reply(question);

    expect(reply.content).toBe('hello Countess');
    expect(reply.pinged).toEqual({ users: [], roles: [], everyone: false });
    expect(on.discord.messages(on.general)).toEqual([question, reply]);
  });

  it('gets direct messages and answers them', async () => {
    const on = await stage();
    const client = await login(on);
    client.on(Events.MessageCreate, (message) => {
      if (!message.author.bot && message.channel.isSendable()) void message.channel.send('in private');
    });

    const reply = await on.bot.reply(on.ada.dm(on.bot, 'psst'));

    expect(reply.content).toBe('in private');
    expect(reply.channel).toBe(on.discord.dm(on.bot, on.ada));
  });

  it('is rejected when its token is unknown', async () => {
    const on = await stage();
    const client = new Client({ rest: { api: on.discord.apiUrl }, intents: [] });
    onTestFinished(() => client.destroy());
    on.bot.revokeToken();
    await expect(client.login(on.bot.token)).rejects.toThrow(/token/i);
  });
});

describe('@discordjs/core on the stand-in Discord', () => {
  it('echoes, and is told of edits, deletions, roles, names, threads and being kicked', async () => {
    const on = await stage();
    const made = await connected(on);
    echo(made);
    const message = on.ada.say(on.general, 'one');
    expect((await on.bot.reply(message)).content).toBe('echo: one');

    on.ada.edit(message, 'two');
    on.ada.delete(message);
    on.guild.addRole({ name: 'crew' });
    on.guild.rename('Red Room');
    on.general.addThread('aside');
    on.general.deny(on.bot);
    on.guild.removeBot(on.bot);
    const left = new Promise<string>((resolve) => {
      made.client.once(GatewayDispatchEvents.GuildDelete, ({ data }) => {
        resolve(data.id);
      });
    });

    expect(await left).toBe(on.guild.id);
    expect(made.dispatched.map((payload) => payload.t)).toEqual([
      'READY',
      'GUILD_CREATE',
      'MESSAGE_CREATE',
      'MESSAGE_CREATE',
      'MESSAGE_UPDATE',
      'MESSAGE_DELETE',
      'GUILD_ROLE_CREATE',
      'GUILD_UPDATE',
      'THREAD_CREATE',
      'CHANNEL_UPDATE',
      'GUILD_DELETE',
    ]);
    expect(made.dispatched[7]).toMatchObject({ d: { id: on.guild.id, name: 'Red Room' } });
    expect(made.dispatched.map((payload) => payload.s)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('empties the content of messages without the intent, other than in DMs, mentions and its own', async () => {
    const on = await stage({}, { messageContent: 'off' });
    const made = await connected(on, Guilds | GuildMessages | DirectMessages);
    on.ada.say(on.general, 'secret', { attachments: [{ name: 'a.txt', data: 'a' }] });
    on.ada.say(on.general, `for ${on.bot.mention}`);
    on.ada.say(on.general, `for <@&${on.bot.managedRole(on.guild).id}>`);
    on.bot.say(on.general, 'own words');
    const last = new Promise<void>((resolve) => {
      made.client.on(GatewayDispatchEvents.MessageCreate, ({ data }) => {
        if (data.content === 'direct') resolve();
      });
    });
    on.ada.dm(on.bot, 'direct');
    await last;

    expect(contents(made)).toEqual(['', `for ${on.bot.mention}`, '', 'own words', 'direct']);
  });

  it('sends only what the intents ask for', async () => {
    const on = await stage();
    const made = await connected(on, Guilds | DirectMessages);
    on.ada.say(on.general, 'in the guild');
    const direct = new Promise<void>((resolve) => {
      made.client.once(GatewayDispatchEvents.MessageCreate, () => {
        resolve();
      });
    });
    on.ada.dm(on.bot, 'direct');
    await direct;
    expect(contents(made)).toEqual(['direct']);
  });

  it.each(['clean', 'abrupt', 'half-open'] as const)(
    'resumes after a %s disconnect, and gets what it missed',
    async (how) => {
      const on = await stage();
      const made = await connected(on);
      echo(made);
      on.bot.disconnect(how);
      const missed = on.ada.say(on.general, 'while you were out');
      // Left alone, the client takes over a minute to notice that this socket is dead.
      if (how === 'half-open') on.discord.restartGateway();

      expect((await on.bot.reply(missed)).content).toBe('echo: while you were out');
      expect(on.bot).toMatchObject({ identifies: 1, resumes: 1, connected: 1 });
    },
  );

  it('reconnects and resumes when it is asked to (op 7)', async () => {
    const on = await stage();
    await connected(on);
    on.bot.requestReconnect();
    await on.discord.until(() => on.bot.resumes === 1, 'a resume');
    expect(on.bot.identifies).toBe(1);
  });

  it('resumes after an invalid session (op 9) that is resumable', async () => {
    const on = await stage();
    await connected(on);
    on.bot.invalidateSession({ resumable: true });
    await on.discord.until(() => on.bot.resumes === 1, 'a resume');
  });

  it('identifies anew when its session is gone (op 9)', async () => {
    const on = await stage({ identifyWindow: 0 });
    const made = await connected(on);
    const again = nextReady(made);
    on.bot.allowIdentifies(2);
    on.bot.invalidateSession({ resumable: false });
    await again;
    expect(on.bot).toMatchObject({ identifies: 2, resumes: 0, connected: 1 });
  });

  it('refuses the resume of a session that has ended, by time or by a close with 1000', async () => {
    let now = Date.now();
    const on = await stage({ clock: () => now, sessionLifetime: 1_000, identifyWindow: 0 });
    const made = await connected(on);
    const again = nextReady(made);
    on.bot.allowIdentifies(2);
    on.discord.refuseGateway();
    on.bot.disconnect('abrupt');
    now += 10_000;
    on.discord.refuseGateway(false);
    await again;
    expect(on.bot).toMatchObject({ identifies: 2, resumes: 0 });
    await made.disconnect(1000);
    await on.discord.until(() => on.bot.sessions.size === 0, 'the session to end');
  });

  it('refuses the resume of a session that missed more than is kept', async () => {
    const on = await stage({ replayLimit: 5, identifyWindow: 0 });
    const made = await connected(on);
    const again = nextReady(made);
    on.bot.allowIdentifies(2);
    on.bot.disconnect('abrupt');
    for (let n = 0; n < 30; n++) on.ada.say(on.general, String(n));
    await again;
    expect(on.bot).toMatchObject({ identifies: 2, resumes: 0 });
    expect(contents(made)).toEqual([]);
  });

  it('acknowledges heartbeats, and closes a socket that sends none', async () => {
    const on = await stage({ heartbeatInterval: 40 });
    const made = await connected(on);
    await new Promise((resolve) => made.gateway.once('heartbeat', resolve));
    const silent = new WebSocket(`${on.discord.gatewayUrl}?v=10&encoding=json`);
    expect(await new Promise((resolve) => silent.once('close', resolve))).toBe(4009);
    expect(on.bot.connected).toBe(1);
  });

  it('tells an outage of a guild from being removed', async () => {
    const on = await stage();
    const made = await connected(on);
    const back = new Promise<boolean | undefined>((resolve) => {
      made.client.once(GatewayDispatchEvents.GuildCreate, ({ data }) => {
        resolve(data.unavailable);
      });
    });
    on.guild.setUnavailable(true);
    on.guild.setUnavailable(false);
    expect(await back).toBe(false);
    expect(made.dispatched.at(-2)).toMatchObject({
      t: 'GUILD_DELETE',
      d: { id: on.guild.id, unavailable: true },
    });
  });

  it('keeps the session when the client closes with 4000', async () => {
    const on = await stage();
    const made = await connected(on);
    await made.disconnect(4000);
    await on.discord.until(() => on.bot.connected === 0, 'the socket to go');
    expect(on.bot.sessions.size).toBe(1);
  });

  it('refuses a dead token with 4004 and a switched-off intent with 4014', async () => {
    const on = await stage({}, { messageContent: 'off' });
    const made = makeBot(on.discord, on.bot, ALL);
    onTestFinished(() => made.disconnect());
    const failed = new Promise<string>((resolve) => {
      made.gateway.once('error', (error: Error) => {
        resolve(error.message);
      });
    });
    void made.gateway.connect().catch(() => undefined);
    expect(await failed).toBe('Used disallowed intents');

    const other = on.discord.addBot({ username: 'other', guilds: [on.guild] });
    const second = await connectBot(on.discord, other, ALL);
    onTestFinished(() => second.disconnect());
    const closed = new Promise<number>((resolve) => {
      second.gateway.once('closed', resolve);
    });
    other.revokeToken();
    expect(await closed).toBe(4004);
  });

  it('refuses what is beyond max_concurrency or the session start limit', async () => {
    const on = await stage();
    on.bot.allowIdentifies(10);
    await connected(on);
    on.bot.invalidateSession({ resumable: false });
    await on.discord.until(
      () => on.discord.recent.some((line) => line.includes('max_concurrency')),
      'the refusal of a second identify within five seconds',
    );
    on.bot.exhaustIdentifies();
    const { session_start_limit: limit } = (await new Promise<unknown>((resolve, reject) => {
      makeBot(on.discord, on.bot, ALL).rest.get('/gateway/bot').then(resolve, reject);
    })) as { session_start_limit: { remaining: number; max_concurrency: number } };
    expect(limit).toMatchObject({ remaining: 0, max_concurrency: 1 });
    on.discord.takeViolations();
  });

  it('delivers a message again under a new sequence number', async () => {
    const on = await stage();
    const made = await connected(on);
    const message = on.ada.say(on.general, 'once');
    const twice = new Promise<void>((resolve) => {
      made.client.on(GatewayDispatchEvents.MessageCreate, () => {
        if (contents(made).length === 2) resolve();
      });
    });
    on.bot.redeliver(message);
    await twice;
    expect(contents(made)).toEqual(['once', 'once']);
  });

  it('serves bots beside one another, over a restart of the gateway', async () => {
    const on = await stage();
    const bots = Array.from({ length: 10 }, (_, n) =>
      on.discord.addBot({ username: `bot-${n}`, guilds: [on.guild] }),
    );
    for (const bot of bots) {
      const made = await connected({ ...on, bot });
      echo(made);
    }
    on.discord.restartGateway();
    const message = on.ada.say(on.general, 'all of you');
    const replies = await Promise.all(bots.map((bot) => bot.reply(message)));
    expect(new Set(replies.map((reply) => reply.author.id)).size).toBe(10);
  });
});

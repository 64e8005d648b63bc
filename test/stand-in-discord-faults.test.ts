import { RateLimitError } from '@discordjs/rest';
import type { API } from '@discordjs/core';
import type { RESTOptions } from '@discordjs/rest';
import { WebSocket } from 'ws';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectBot, makeBot } from './support/discord/connect-bot.ts';
import type { Bot } from './support/discord/bot.ts';
import type { Channel } from './support/discord/channel.ts';
import type { Guild } from './support/discord/guild.ts';
import { parseMentions, pingedBy } from './support/discord/mentions.ts';
import type { StandInDiscordOptions } from './support/discord/options.ts';
import { compareSnowflakes, createSnowflakes, snowflakeTime } from './support/discord/snowflakes.ts';
import { startStandInDiscord } from './support/discord/stand-in-discord.ts';
import type { StandInDiscord } from './support/discord/stand-in-discord.ts';
import type { User } from './support/discord/user.ts';

const AGENT = { 'user-agent': 'DiscordBot (https://example.org, 1)' };

interface Stage {
  discord: StandInDiscord;
  guild: Guild;
  general: Channel;
  ada: User;
  bot: Bot;
  api: API;
}

async function stage(options: StandInDiscordOptions = {}, rest: Partial<RESTOptions> = {}): Promise<Stage> {
  const discord = await startStandInDiscord(options);
  onTestFinished(() => discord.stop());
  const guild = discord.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const ada = discord.addUser({ username: 'ada' });
  const bot = discord.addBot({ username: 'helper', guilds: [guild] });
  const { client } = makeBot(discord, bot, 0, { timeout: 200, ...rest });
  return { discord, guild, general, ada, bot, api: client.api };
}

describe('rate limits', () => {
  it('are told in headers, which discord.js heeds without ever meeting a 429', async () => {
    const on = await stage({ rateLimits: { postMessage: { limit: 2, perMs: 150 } } });
    for (let n = 0; n < 5; n++) await on.api.channels.createMessage(on.general.id, { content: String(n) });
    expect(on.bot.requests.map((request) => request.status)).toEqual([200, 200, 200, 200, 200]);
    const [first, , third] = on.bot.requests;
    expect((third?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(150);
  });

  it('count edits apart from posts', async () => {
    const allowances = { postMessage: { limit: 1, perMs: 60_000 }, editMessage: { limit: 2, perMs: 60_000 } };
    const on = await stage({ rateLimits: allowances }, { rejectOnRateLimit: ['/channels'] });
    const { id } = await on.api.channels.createMessage(on.general.id, { content: 'draft' });
    await on.api.channels.editMessage(on.general.id, id, { content: 'better' });
    await on.api.channels.editMessage(on.general.id, id, { content: 'final' });
    const more = on.api.channels.editMessage(on.general.id, id, { content: 'too much' });
    await expect(more).rejects.toThrow(RateLimitError);
  });

  it('answer 429 with how long to wait, which discord.js does', async () => {
    const on = await stage();
    const fault = on.discord.rateLimit({ route: /messages$/, retryAfter: 0.1, scope: 'shared', times: 1 });
    await on.api.channels.createMessage(on.general.id, { content: 'patience' });
    expect(fault.hits).toBe(1);
    expect(on.bot.requests.map((request) => request.status)).toEqual([429, 200]);
  });

  it('can be global, and are told as such', async () => {
    const on = await stage({}, { rejectOnRateLimit: () => true });
    on.discord.rateLimit({ retryAfter: 60, scope: 'global', times: 1 });
    const post = on.api.channels.createMessage(on.general.id, { content: 'x' });
    await expect(post).rejects.toSatisfy((error) => error instanceof RateLimitError && error.global);
  });

  it('find out who does not wait', async () => {
    const on = await stage({ rateLimits: { other: { limit: 1, perMs: 60_000 } } });
    const get = async (): Promise<Response> =>
      fetch(`${on.discord.apiUrl}/v10/users/@me`, {
        headers: { ...AGENT, authorization: `Bot ${on.bot.token}` },
      });
    expect((await get()).headers.get('x-ratelimit-remaining')).toBe('0');
    const refused = await get();
    expect(refused.status).toBe(429);
    expect(refused.headers.get('x-ratelimit-scope')).toBe('user');
    expect(await refused.json()).toMatchObject({ message: 'You are being rate limited.', global: false });
    while (on.discord.violations.length === 0) await get();
    expect(on.discord.takeViolations()[0]).toMatch(/although a 429 told it to wait/);
  });
});

describe('faults', () => {
  it('a request that failed has not happened', async () => {
    const on = await stage();
    const fault = on.discord.failRequests({ bot: on.bot, method: 'POST', status: 503, times: 2 });
    await on.api.channels.createMessage(on.general.id, { content: 'third time lucky' });
    expect(fault.hits).toBe(2);
    expect(on.discord.messages(on.general)).toHaveLength(1);
  });

  it.each(['fail', 'drop', 'slow'] as const)(
    'a request that was processed and then lost (%s) is found again by its nonce',
    async (how) => {
      const on = await stage();
      const match = { route: /messages$/, times: 1, processed: true };
      if (how === 'fail') on.discord.failRequests({ ...match, status: 500 });
      else if (how === 'drop') on.discord.dropRequests(match);
      else on.discord.slowRequests({ ...match, ms: Infinity });
      const body = { content: 'once', nonce: '1', enforce_nonce: true };
      const posted = await on.api.channels.createMessage(on.general.id, body).catch(async () =>
        // @discordjs/rest does not try again when the connection is cut.
        on.api.channels.createMessage(on.general.id, body),
      );
      expect(on.discord.messages(on.general).map((message) => message.id)).toEqual([posted.id]);
      expect(on.bot.requests).toHaveLength(2);
    },
  );

  it('a slow request goes on when the fault is lifted', async () => {
    const on = await stage();
    const fault = on.discord.slowRequests({ ms: Infinity });
    const posting = on.api.channels.createMessage(on.general.id, { content: 'late' });
    await on.discord.until(() => fault.hits === 1, 'the request');
    fault.lift();
    await posting;
    expect(on.discord.messages(on.general)).toHaveLength(1);
  });

  it('Discord as a whole goes down and comes back with everything in place', async () => {
    const on = await stage();
    const url = on.discord.apiUrl;
    await on.discord.goDown();
    await expect(fetch(url)).rejects.toThrow();
    await on.discord.comeBack();
    expect(on.discord.apiUrl).toBe(url);
    await on.api.channels.createMessage(on.general.id, { content: 'back' });
  });

  it('a reset token works, the old one does not', async () => {
    const on = await stage();
    const token = on.bot.resetToken();
    await expect(on.api.users.getCurrent()).rejects.toMatchObject({ status: 401, code: 0 });
    const { client } = makeBot(on.discord, on.bot, 0);
    expect(on.bot.token).toBe(token);
    expect(await client.api.users.getCurrent()).toMatchObject({ id: on.bot.id });
  });
});

describe('violations', () => {
  it('make stop() fail unless they were taken', async () => {
    const discord = await startStandInDiscord();
    const answer = await fetch(`${discord.apiUrl}/v10/nothing/here`, {
      method: 'POST',
      headers: AGENT,
      body: '{}',
    });
    expect(answer.status).toBe(404);
    expect(() => {
      discord.assertNoViolations();
    }).toThrow(/knows no route POST/);
    await expect(discord.stop()).rejects.toThrow(/1 violation/);
  });

  it('are pings of anybody but the one who is answered', async () => {
    const on = await stage();
    const bob = on.discord.addUser({ username: 'bob' });
    const role = on.guild.addRole({ name: 'crew' });
    const question = on.ada.say(on.general, 'who?');
    const content = `${on.ada.mention} ${bob.mention} <@&${role.id}> @everyone`;
    const message_reference = { message_id: question.id };
    await on.api.channels.createMessage(on.general.id, { content, message_reference });
    expect(on.discord.takeViolations()).toEqual([
      `helper pinged @bob, role crew, @everyone or @here in #general: "${content.slice(0, 80)}"`,
    ]);
    const allowed_mentions = { parse: [], replied_user: true };
    const quiet = await on.api.channels.createMessage(on.general.id, { content, allowed_mentions });
    await on.api.channels.editMessage(on.general.id, quiet.id, { content: 'hey @here' });
    expect(on.discord.takeViolations()).toHaveLength(1);
  });

  it('are two answers to one message', async () => {
    const on = await stage();
    const question = on.ada.say(on.general, 'who?');
    const body = { content: 'me', message_reference: { message_id: question.id } };
    await on.api.channels.createMessage(on.general.id, body);
    await on.api.channels.createMessage(on.general.id, body);
    expect(on.discord.takeViolations()).toMatchObject([/helper replied 2 times/]);
  });

  it('are a dead token that is hammered, and requests without a proper User-Agent', async () => {
    const on = await stage();
    const ask = async (): Promise<number> =>
      (
        await fetch(`${on.discord.apiUrl}/v10/users/@me`, {
          headers: { ...AGENT, authorization: 'Bot dead' },
        })
      ).status;
    expect([await ask(), await ask()]).toEqual([401, 401]);
    on.discord.assertNoViolations();
    expect(await ask()).toBe(401);
    expect(on.discord.takeViolations()).toMatchObject([/A dead token/]);
    const bare = await fetch(`${on.discord.apiUrl}/gateway`);
    expect(bare.status).toBe(200);
    expect(on.discord.takeViolations()).toMatchObject([/User-Agent/]);
  });

  it('are a second live socket, too many identifies and payloads that are not valid', async () => {
    const on = await stage({ identifyWindow: 0 });
    const first = await connectBot(on.discord, on.bot, 1);
    const second = await connectBot(on.discord, on.bot, 1);
    onTestFinished(async () => {
      await first.disconnect();
      await second.disconnect();
    });
    expect(on.discord.takeViolations()).toMatchObject([/identified 2 times/, /second socket/]);

    const codes: number[] = [];
    const identify = (intents: number): string =>
      JSON.stringify({ op: 2, d: { token: on.bot.token, intents, properties: {} } });
    on.bot.allowIdentifies(4);
    const payloads = ['no json', '{"op":99}', '{"op":3,"d":{}}', '{"op":2,"d":{}}', identify(1 << 30)];
    for (const payload of payloads) {
      const socket = new WebSocket(`${on.discord.gatewayUrl}?v=10&encoding=json`);
      socket.once('message', () => {
        socket.send(payload);
      });
      codes.push(await new Promise<number>((resolve) => socket.once('close', resolve)));
    }
    expect(codes).toEqual([4002, 4001, 4003, 4002, 4013]);
    expect(on.discord.takeViolations()).toHaveLength(5);
  });

  it('tell what happened when something is waited for in vain', async () => {
    const on = await stage();
    const message = on.ada.say(on.general, 'anybody?');
    await expect(on.bot.reply(message, 10)).rejects.toThrow(
      /in vain for helper's reply to "anybody\?"[^]*ada wrote/,
    );
  });
});

describe('stop()', () => {
  it('leaves no socket and no server behind, also of bots that are still connected or half-open', async () => {
    const count = (): number =>
      process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length;
    const before = count();
    const discord = await startStandInDiscord();
    const guild = discord.addGuild({ name: 'Green Room' });
    const closed = ['one', 'two'].map(async (username) => {
      const bot = discord.addBot({ username, guilds: [guild] });
      const socket = new WebSocket(`${discord.gatewayUrl}?v=10&encoding=json`);
      socket.once('message', () => {
        socket.send(JSON.stringify({ op: 2, d: { token: bot.token, intents: 1, properties: {} } }));
      });
      return new Promise((resolve) => socket.once('close', resolve));
    });
    await discord.until(() => discord.connections === 2, 'two bots');
    discord.slowRequests({ ms: Infinity });
    await discord.stop();
    await Promise.all(closed);
    expect(count()).toBeLessThanOrEqual(before);
    await expect(discord.until(() => false, 'anything')).rejects.toThrow(/is stopped/);
  });
});

describe('mentions', () => {
  it.each([
    ['nothing', { users: [], roles: [], everyone: false }],
    ['<@123456789012345678> <@!123456789012345679>', { users: ['123456789012345678', '123456789012345679'] }],
    ['<@&123456789012345678>', { roles: ['123456789012345678'] }],
    ['mail@everyone.org', { everyone: true }],
    ['@here', { everyone: true }],
    ['`@everyone` ``<@123456789012345678>`` ```\n@here\n```', { users: [], everyone: false }],
  ])('%j is parsed', (content, expected) => {
    expect(parseMentions(content)).toMatchObject(expected);
  });

  it.each([
    [undefined, ['1'.repeat(18), '9'], true],
    [{ parse: [] }, [], false],
    [{ parse: [], replied_user: true }, ['9'], false],
    [{ users: ['1'.repeat(18)] }, ['1'.repeat(18)], false],
    [{ parse: ['everyone'] }, [], true],
  ])('are allowed by %j', (allowed, users, everyone) => {
    const pinged = pingedBy(`<@${'1'.repeat(18)}> @everyone`, allowed as never, '9');
    expect(pinged).toEqual({ users, roles: [], everyone });
  });
});

describe('snowflakes', () => {
  it('rise, within a millisecond and when the clock steps back, and tell their time', () => {
    let now = 1_700_000_000_000;
    const ids = createSnowflakes(() => now);
    const first = ids.next();
    const all = [first, ids.next(), ids.next()];
    now -= 1_000;
    all.push(ids.next());
    expect([...all].sort(compareSnowflakes)).toEqual(all);
    expect(new Set(all).size).toBe(4);
    expect(snowflakeTime(first)).toBe(1_700_000_000_000);
  });
});

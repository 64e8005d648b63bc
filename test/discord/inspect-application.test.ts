import { expect, it, onTestFinished } from 'vitest';
import { PermissionFlagsBits } from 'discord-api-types/v10';
import { BotFailure } from '../../src/bots/bot-failure.ts';
import { inspectApplication, inviteUrl, portalUrl } from '../../src/discord/inspect-application.ts';
import { reachDiscord } from '../../src/discord/reach-discord.ts';
import type { BotInit } from '../support/discord/bot.ts';
import type { StandInDiscordOptions } from '../support/discord/options.ts';
import { startStandInDiscord } from '../support/discord/stand-in-discord.ts';
import { asked, everythingIn } from './stage.ts';

const never = new AbortController().signal;

async function openStage(init: Partial<BotInit> = {}, options: StandInDiscordOptions = {}) {
  const discord = await startStandInDiscord(options);
  onTestFinished(() => discord.stop());
  const guild = discord.addGuild({ name: 'Green Room' });
  const bot = discord.addBot({ username: 'helper', guilds: [guild], ...init });
  const inspect = (token = bot.token, timeout = 5_000) =>
    inspectApplication(token, { apiUrl: discord.apiUrl, timeout }, never);
  const failure = async (token?: string, timeout?: number): Promise<BotFailure> => {
    const error: unknown = await inspect(token, timeout).catch((thrown: unknown) => thrown);
    if (!(error instanceof BotFailure)) throw new Error(`not a BotFailure: ${String(error)}`);
    return error;
  };
  return { discord, guild, bot, inspect, failure };
}

it('tells who a token belongs to and what its bot may do, and spends no IDENTIFY', async () => {
  const { bot, guild, inspect } = await openStage();
  expect(await inspect()).toEqual({
    identity: { applicationId: bot.applicationId, userId: bot.id, username: 'helper' },
    messageContent: true,
    isPublic: true,
    guilds: [{ id: guild.id, name: 'Green Room', missing: [] }],
    identifiesLeft: 1_000,
  });
  expect(bot.identifies).toBe(0);
});

it('tells of switches that are off, and of identifies that are spent', async () => {
  const { bot, inspect } = await openStage({ messageContent: 'off', isPublic: false, guilds: [] });
  bot.exhaustIdentifies();
  expect(await inspect()).toMatchObject({
    messageContent: false,
    isPublic: false,
    guilds: [],
    identifiesLeft: 0,
  });
  bot.setMessageContent('limited');
  expect(await inspect()).toMatchObject({ messageContent: true });
});

it('names the permissions that a bot lacks in a guild; an administrator lacks none', async () => {
  const { bot, guild, inspect } = await openStage();
  guild.setPermissions(guild.everyone, PermissionFlagsBits.ViewChannel);
  guild.setPermissions(bot.managedRole(guild), PermissionFlagsBits.ReadMessageHistory);
  const [{ missing } = { missing: [] }] = (await inspect()).guilds;
  expect(missing).toEqual(['Send Messages', 'Send Messages in Threads', 'Attach Files']);
  guild.setPermissions(bot.managedRole(guild), PermissionFlagsBits.Administrator);
  expect((await inspect()).guilds).toMatchObject([{ missing: [] }]);
});

it('lists every guild, however many pages that takes', async () => {
  const { discord, bot, inspect } = await openStage();
  for (let n = 1; n < 400; n++) discord.addGuild({ name: `guild ${n}` }).addBot(bot);
  const { guilds } = await inspect();
  expect(new Set(guilds.map(({ id }) => id)).size).toBe(400);
  expect(asked(bot, 'GET', '/users/@me/guilds')).toBe(3);
});

it('fails for good over a token that Discord does not accept, and does not show it', async () => {
  const { bot, failure } = await openStage();
  const dead = bot.token;
  bot.revokeToken();
  const error = await failure();
  expect(error).toMatchObject({ retryable: false, message: 'Discord does not accept the token (401)' });
  expect(error.remedy).toContain('https://discord.com/developers/applications');
  expect(everythingIn(error)).not.toContain(dead);
});

it.each([
  ['a line break', 'first\nsecond-half-of-it'],
  ['a letter that no header takes', 'tokén-that-is-secret…'],
  ['nothing', ''],
])('fails for good over %s in a token, and does not show it', async (_, token) => {
  const { failure } = await openStage();
  const error = await failure(token);
  expect(error).toMatchObject({ retryable: false });
  if (token !== '') expect(everythingIn(error)).not.toContain(token.slice(-8));
});

it.each([
  ['is ill', { status: 503 }],
  ['refuses without a reason', { status: 403 }],
])('fails for now while Discord %s', async (_, { status }) => {
  const { discord, failure, bot } = await openStage();
  discord.failRequests({ status });
  const error = await failure();
  expect(error).toMatchObject({ retryable: true, unreachable: true });
  expect(everythingIn(error)).not.toContain(bot.token);
});

it('fails for now when Discord does not answer in time', async () => {
  const { discord, failure } = await openStage();
  discord.slowRequests({ route: /guilds$/, ms: Number.POSITIVE_INFINITY });
  expect(await failure(undefined, 50)).toMatchObject({ retryable: true });
});

it('fails for now when Discord asks to wait longer than the time-out', async () => {
  const { discord, failure, bot } = await openStage();
  discord.rateLimit({ route: /guilds$/, retryAfter: 60 });
  const error = await failure();
  expect(error).toMatchObject({ retryable: true });
  expect(everythingIn(error)).toContain('Discord asks to wait 6');
  expect(everythingIn(error)).not.toContain(bot.token);
});

it('gives up when it is told to, also while it waits', async () => {
  const { discord, bot } = await openStage();
  const slow = discord.slowRequests({ ms: Number.POSITIVE_INFINITY });
  const controller = new AbortController();
  const inspection = inspectApplication(bot.token, { apiUrl: discord.apiUrl }, controller.signal);
  await discord.until(() => slow.hits === 1, 'the request to be under way');
  controller.abort(new Error('enough'));
  await expect(inspection).rejects.toThrow('enough');
});

it('links to an invitation with the permissions that a bot needs, and no others', () => {
  const url = new URL(inviteUrl('42'));
  expect(url.origin + url.pathname).toBe('https://discord.com/oauth2/authorize');
  expect(Object.fromEntries(url.searchParams)).toEqual({
    client_id: '42',
    scope: 'bot applications.commands',
    permissions: String(
      PermissionFlagsBits.ViewChannel |
        PermissionFlagsBits.SendMessages |
        PermissionFlagsBits.SendMessagesInThreads |
        PermissionFlagsBits.ReadMessageHistory |
        PermissionFlagsBits.AttachFiles,
    ),
  });
});

it('links to the pages of an application in the portal', () => {
  expect(portalUrl('42', 'bot')).toBe('https://discord.com/developers/applications/42/bot');
});

it('tells how far this clock is from that of Discord', async () => {
  const { discord } = await openStage({}, { clock: () => 1_800_000_000_000 });
  const reach = async (now: number) => {
    const { clockAhead } = await reachDiscord({ apiUrl: discord.apiUrl, now: () => now }, never);
    return Math.round((clockAhead ?? Number.NaN) / 1_000);
  };
  expect(await reach(1_800_000_060_500)).toBe(60);
  expect(await reach(1_799_999_940_500)).toBe(-60);
});

it('does not take whatever answers for Discord', async () => {
  const { discord } = await openStage();
  discord.failRequests({ status: 200 });
  await expect(reachDiscord({ apiUrl: discord.apiUrl, now: Date.now }, never)).rejects.toThrow(
    'answers, but not as Discord does',
  );
});

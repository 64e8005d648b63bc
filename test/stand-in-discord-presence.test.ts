import { GatewayIntentBits, GatewayOpcodes, PresenceUpdateStatus } from 'discord-api-types/v10';
import { expect, it, onTestFinished } from 'vitest';
import { connectBot } from './support/discord/connect-bot.ts';
import { startStandInDiscord } from './support/discord/stand-in-discord.ts';

const IDLE = { since: null, afk: false, status: PresenceUpdateStatus.Idle, activities: [] };

async function setUp() {
  const discord = await startStandInDiscord();
  onTestFinished(() => discord.stop());
  const bot = discord.addBot({ username: 'helper' });
  const connected = await connectBot(discord, bot, GatewayIntentBits.Guilds);
  onTestFinished(() => connected.disconnect());
  const send = (d: object) =>
    connected.gateway.send(0, { op: GatewayOpcodes.PresenceUpdate, d: d as typeof IDLE });
  return { discord, bot, send };
}

it('shows what a bot told of, and that it is online when it told of nothing', async () => {
  const { discord, bot, send } = await setUp();
  expect(bot.presence).toEqual({ status: 'online', activities: [] });
  await send({ ...IDLE, activities: [{ name: 'the stars', type: 3 }] });
  await discord.until(() => bot.presence?.status === 'idle', 'the presence');
  expect(bot.presences.map(({ via }) => via)).toEqual(['identify', 'update']);
  bot.expireSession();
  expect(bot.presence).toBeUndefined();
});

it('takes more than five updates in 20 seconds amiss', async () => {
  const { discord, bot, send } = await setUp();
  for (let n = 0; n < 6; n++) await send({ ...IDLE, since: n });
  await discord.until(() => discord.violations.length > 0, 'the violation');
  expect(bot.presences.filter(({ via }) => via === 'update')).toHaveLength(5);
  expect(discord.takeViolations()).toEqual(['helper updated its presence more than 5 times in 20 seconds.']);
});

it.each([
  ['no status', { ...IDLE, status: 'asleep' }],
  ['no activities', { ...IDLE, activities: undefined }],
  ['no afk', { ...IDLE, afk: undefined }],
  ['an activity without a name', { ...IDLE, activities: [{ name: '', type: 0 }] }],
  ['an activity that is too long', { ...IDLE, activities: [{ name: 'a'.repeat(129), type: 0 }] }],
  ['a custom status without a state', { ...IDLE, activities: [{ name: 'Custom Status', type: 4 }] }],
])('refuses a presence with %s', async (_, presence) => {
  const { discord, bot, send } = await setUp();
  await send(presence);
  await discord.until(() => bot.connected === 0 || discord.violations.length > 0, 'the refusal');
  expect(discord.takeViolations()[0]).toMatch(/close code 4002/);
});

import { describe, expect, it } from 'vitest';
import type { StandInDiscordOptions } from '../support/discord/options.ts';
import { setStage } from '../support/run-host.ts';

/** One bot that runs, beside another that must not notice anything. */
async function setStageWithRunningBot(options: StandInDiscordOptions = {}) {
  const stage = await setStage(options);
  const guild = stage.discord.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const ada = stage.discord.addUser({ username: 'ada' });
  const bot = stage.discord.addBot({ username: 'helper', guilds: [guild] });
  const other = stage.discord.addBot({ username: 'other', guilds: [guild] });
  await stage.addAgent({ name: 'Helper', token: bot.token });
  await stage.addAgent({ name: 'Other', token: other.token });
  const host = await stage.start({ patience: { probeInterval: 50 } });
  await stage.untilAgent('Helper', 'ready');
  await stage.untilAgent('Other', 'ready');
  const ask = async (text: string): Promise<string> =>
    (await bot.reply(ada.say(general, `${bot.mention} ${text}`))).content;
  const expectOtherUntouched = (): void => {
    expect({ identifies: other.identifies, resumes: other.resumes }).toEqual({ identifies: 1, resumes: 0 });
  };
  return { ...stage, host, guild, general, ada, bot, other, ask, expectOtherUntouched };
}

describe('resumes without an identify, and answers what came meanwhile, when', () => {
  it.each([
    ['the socket is closed cleanly', 'clean'],
    ['the socket breaks', 'abrupt'],
    ['the socket is half-open', 'half-open'],
  ] as const)('%s', async (_, how) => {
    const stage = await setStageWithRunningBot();
    stage.bot.disconnect(how);
    const message = stage.ada.say(stage.general, `${stage.bot.mention} while you were away`);
    expect((await stage.bot.reply(message)).content).toBe('while you were away');
    expect(stage.bot.resumes).toBe(1);
    expect(stage.bot.identifies).toBe(1);
    stage.expectOtherUntouched();
  });

  it('Discord asks to reconnect', async () => {
    const stage = await setStageWithRunningBot();
    stage.bot.requestReconnect();
    await stage.discord.until(() => stage.bot.resumes === 1, 'the resume');
    expect(await stage.ask('back?')).toBe('back?');
    expect(stage.bot.identifies).toBe(1);
    stage.expectOtherUntouched();
  });

  it('Discord says that the session is invalid but resumable', async () => {
    const stage = await setStageWithRunningBot();
    stage.bot.invalidateSession({ resumable: true });
    await stage.discord.until(() => stage.bot.resumes === 1, 'the resume');
    expect(await stage.ask('back?')).toBe('back?');
    expect(stage.bot.identifies).toBe(1);
  });

  it.each([1000, 1001, 4000, 4001, 4002, 4008])('Discord closes with %i', async (code) => {
    const stage = await setStageWithRunningBot();
    stage.bot.close(code);
    await stage.discord.until(() => stage.bot.resumes === 1, 'the resume');
    expect(await stage.ask('back?')).toBe('back?');
    expect(stage.bot.identifies).toBe(1);
    stage.expectOtherUntouched();
  });

  it('Discord restarts its gateway under all bots', async () => {
    const stage = await setStageWithRunningBot();
    stage.discord.restartGateway();
    const said = stage.ada.say(stage.general, `${stage.bot.mention} all of you?`);
    expect((await stage.bot.reply(said)).content).toBe('all of you?');
    await stage.discord.until(() => stage.other.resumes === 1, 'the other to resume');
    expect(stage.bot.identifies + stage.other.identifies).toBe(2);
  });

  it.each(['the gateway', 'all of Discord'])('%s cannot be reached for many tries', async (what) => {
    const stage = await setStageWithRunningBot();
    const whole = what === 'all of Discord';
    if (whole) await stage.discord.goDown();
    else {
      stage.discord.refuseGateway();
      stage.bot.disconnect('abrupt');
    }
    const tries = (): number =>
      stage.logger.lines.filter(({ agent, text }) => agent === 'Helper' && text.includes('failed')).length;
    await expect.poll(tries, { timeout: 10_000 }).toBeGreaterThan(6);
    if (whole) await stage.discord.comeBack();
    else stage.discord.refuseGateway(false);
    const said = stage.ada.say(stage.general, `${stage.bot.mention} at last`);
    expect((await stage.bot.reply(said)).content).toBe('at last');
    expect(stage.bot.identifies).toBe(1);
    const { count } = await stage.database.identifies.spentSince(stage.bot.applicationId, new Date(0));
    expect(count).toBe(1);
  });

  it('Discord is down for a while', async () => {
    const stage = await setStageWithRunningBot();
    await stage.discord.goDown();
    await stage.untilAgent('Helper', 'backing-off');
    await stage.discord.comeBack();
    const message = stage.ada.say(stage.general, `${stage.bot.mention} up again?`);
    expect((await stage.bot.reply(message)).content).toBe('up again?');
    await stage.untilAgent('Other', 'ready');
    expect(stage.bot.identifies + stage.other.identifies).toBe(2);
  });
});

describe('identifies once more, and no oftener, when', () => {
  it.each([4003, 4005, 4007, 4009])('Discord closes with %i', async (code) => {
    const stage = await setStageWithRunningBot();
    stage.bot.allowIdentifies(2);
    stage.bot.close(code);
    await stage.discord.until(() => stage.bot.identifies === 2 && stage.bot.connected === 1, 'the identify');
    expect(await stage.ask('back?')).toBe('back?');
    stage.expectOtherUntouched();
  });

  it('Discord says that the session is invalid', async () => {
    const stage = await setStageWithRunningBot();
    stage.bot.allowIdentifies(2);
    stage.bot.invalidateSession({ resumable: false });
    await stage.discord.until(() => stage.bot.identifies === 2 && stage.bot.connected === 1, 'the identify');
    expect(await stage.ask('back?')).toBe('back?');
    stage.expectOtherUntouched();
  });

  it('the session has expired by the time it comes back', async () => {
    const stage = await setStageWithRunningBot();
    stage.bot.allowIdentifies(2);
    stage.bot.disconnect('abrupt');
    stage.bot.expireSession();
    await stage.discord.until(() => stage.bot.identifies === 2 && stage.bot.connected === 1, 'the identify');
    expect(await stage.ask('back?')).toBe('back?');
  });
});

it('parks, and tells why, at every close code after which trying again cannot help', async () => {
  for (const code of [4004, 4010, 4011, 4012, 4013, 4014]) {
    const stage = await setStageWithRunningBot();
    stage.bot.close(code);
    const { status } = await stage.untilAgent('Helper', 'parked');
    expect(status.reason).toContain(`close code ${String(code)}`);
    expect(stage.bot.identifies).toBe(1);
    stage.expectOtherUntouched();
    await stage.host.stop();
  }
});

it('never answers a message twice that Discord delivers twice', async () => {
  const stage = await setStageWithRunningBot();
  const message = stage.ada.say(stage.general, `${stage.bot.mention} once`);
  await stage.bot.reply(message);
  stage.bot.redeliver(message);
  stage.bot.redeliver(message);
  expect(await stage.ask('next')).toBe('next');
  expect(stage.bot.sent.map(({ content }) => content)).toEqual(['once', 'next']);
});

it('backs off, without spending an identify, while the gateway refuses it', async () => {
  const stage = await setStageWithRunningBot();
  stage.discord.refuseGateway();
  stage.bot.disconnect('abrupt');
  await stage.untilAgent('Helper', 'backing-off');
  stage.discord.refuseGateway(false);
  await stage.untilAgent('Helper', 'ready');
  expect(await stage.ask('back?')).toBe('back?');
});

it('notices a dead socket by itself, without waiting for the regular heartbeat', async () => {
  const stage = await setStageWithRunningBot({ heartbeatInterval: 3_600_000 });
  stage.bot.disconnect('half-open');
  await stage.discord.until(() => stage.bot.resumes === 1, 'the resume');
  expect(stage.logger.lines.some(({ text }) => text === 'the gateway fell silent')).toBe(true);
});

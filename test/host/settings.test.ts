import { expect, it } from 'vitest';
import { setStage } from '../support/run-host.ts';

async function setStageWithOneAgent(env: Record<string, string> = {}) {
  const stage = await setStage({}, env);
  const guild = stage.discord.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const ada = stage.discord.addUser({ username: 'ada' });
  const bot = stage.discord.addBot({ username: 'helper', guilds: [guild] });
  await stage.addAgent({ name: 'Helper', token: bot.token, config: { prefix: 'a: ' } });
  const ask = async (text: string): Promise<string> =>
    (await bot.reply(ada.say(general, `${bot.mention} ${text}`))).content;
  /** Resolves once the host has read the agents table again. */
  const untilPolled = async (change: () => Promise<void>): Promise<void> => {
    const told = stage.logger.lines.length;
    await change();
    await expect
      .poll(() => stage.logger.lines.slice(told).some(({ text }) => text === 'agents table changed'), {
        interval: 5,
      })
      .toBe(true);
  };
  return { ...stage, guild, general, ada, bot, ask, untilPolled };
}

it('follows settings that change in the table with the next message, and reopens no socket', async () => {
  const stage = await setStageWithOneAgent();
  await stage.start();
  await stage.untilAgent('Helper', 'ready');
  expect(await stage.ask('one')).toBe('a: one');
  await stage.untilPolled(() => stage.editAgent('Helper', { config: { prefix: 'b: ' } }));
  expect(await stage.ask('two')).toBe('b: two');
  await stage.untilPolled(() => stage.editAgent('Helper', { name: 'Renamed', config: { suffix: '!' } }));
  expect(await stage.ask('three')).toBe('three!');
  await stage.untilPolled(() => stage.editAgent('Renamed', { channelWhitelist: ['1'] }));
  const refused = stage.ada.say(stage.general, `${stage.bot.mention} four`);
  await stage.untilPolled(() => stage.editAgent('Renamed', { channelWhitelist: [] }));
  expect(await stage.ask('five')).toBe('five!');
  expect(stage.bot.sent.map(({ content }) => content)).not.toContain(`${refused.content}!`);
  expect({ identifies: stage.bot.identifies, resumes: stage.bot.resumes }).toEqual({
    identifies: 1,
    resumes: 0,
  });
});

it('starts, stops and starts again as an agent is enabled, disabled, deleted and made, without a restart of the host', async () => {
  const stage = await setStageWithOneAgent();
  stage.bot.allowIdentifies(3);
  await stage.start();
  await stage.untilAgent('Helper', 'ready');
  await stage.editAgent('Helper', { enabled: false });
  await stage.untilAgent('Helper', 'stopped');
  await stage.discord.until(() => stage.bot.connected === 0, 'the bot to be gone');
  expect(stage.bot.sessions.size).toBe(0);

  await stage.editAgent('Helper', { enabled: true });
  await stage.untilAgent('Helper', 'ready');
  expect(await stage.ask('again')).toBe('a: again');

  await stage.removeAgent('Helper');
  await stage.discord.until(() => stage.bot.connected === 0, 'the bot to be gone');
  await stage.addAgent({ name: 'Helper II', token: stage.bot.token });
  await stage.untilAgent('Helper II', 'ready');
  expect(await stage.ask('anew')).toBe('anew');
});

it('restarts a bot whose token is changed to another application, and only then', async () => {
  const stage = await setStageWithOneAgent();
  const second = stage.discord.addBot({ username: 'understudy', guilds: [stage.guild] });
  await stage.start();
  await stage.untilAgent('Helper', 'ready');
  // The same token, sealed anew, is no change.
  await stage.editAgent('Helper', { token: stage.bot.token, config: { prefix: 'b: ' } });
  await stage.untilPolled(() => stage.editAgent('Helper', { config: { prefix: 'c: ' } }));
  expect(stage.bot.identifies).toBe(1);

  await stage.editAgent('Helper', { token: second.token });
  await second.ready();
  await stage.discord.until(() => stage.bot.connected === 0, 'the first bot to be gone');
  const { identity } = await stage.untilAgent('Helper', 'ready');
  expect(identity?.username).toBe('understudy');
});

it('keeps an agent without a token off Discord until it gets one', async () => {
  const stage = await setStageWithOneAgent();
  const late = stage.discord.addBot({ username: 'late', guilds: [stage.guild] });
  await stage.addAgent({ name: 'Late' });
  await stage.start();
  expect((await stage.untilAgent('Late', 'off-discord')).status.reason).toContain('no Discord token');
  await stage.editAgent('Late', { token: late.token });
  await stage.untilAgent('Late', 'ready');
});

it('names the agents for which there is no place, and starts them when one is free', async () => {
  const stage = await setStageWithOneAgent({ MAX_CONCURRENT_BOTS: '1' });
  const second = stage.discord.addBot({ username: 'second', guilds: [stage.guild] });
  await stage.addAgent({ name: 'Second', token: second.token });
  await stage.start();
  const { status } = await stage.untilAgent('Second', 'left-out');
  expect(status.reason).toBe('all 1 places are taken. Raise MAX_CONCURRENT_BOTS or disable another agent.');
  await stage.untilAgent('Helper', 'ready');
  await stage.editAgent('Helper', { enabled: false });
  await stage.untilAgent('Second', 'ready');
});

it('reconnects a bot for one change only: when its settings begin to need message content that its session lacks', async () => {
  const stage = await setStageWithOneAgent();
  stage.bot.allowIdentifies(2);
  stage.bot.setMessageContent('off');
  await stage.start();
  await stage.untilAgent('Helper', 'ready');
  await stage.editAgent('Helper', { respondWithoutMention: true });
  await stage.untilAgent('Helper', 'parked');
  stage.bot.setMessageContent('on');
  await stage.untilAgent('Helper', 'ready');
  const message = stage.ada.say(stage.general, 'to nobody in particular');
  expect((await stage.bot.reply(message)).content).toBe('a: to nobody in particular');
});

it('stays up on an empty table and says how to make an agent', async () => {
  const stage = await setStage();
  await stage.start();
  expect(stage.logger.lines.some(({ text }) => text.includes('npm run agents:load'))).toBe(true);
});

it('writes down who a bot is', async () => {
  const stage = await setStageWithOneAgent();
  await stage.start();
  await stage.untilAgent('Helper', 'ready');
  await expect
    .poll(async () => (await stage.agent('Helper')).identity)
    .toEqual({ applicationId: stage.bot.applicationId, userId: stage.bot.id, username: 'helper' });
});

import { expect, it } from 'vitest';
import type { Bot } from '../support/discord/bot.ts';
import type { Channel } from '../support/discord/channel.ts';
import { setStage, type Stage } from '../support/run-host.ts';

/** A guild with a sound bot, which has to stay sound whatever befalls the other one. */
async function setStageWithTwoBots(other: { messageContent?: 'on' | 'off' } = {}, sick: object = {}) {
  const stage = await setStage();
  const guild = stage.discord.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const ada = stage.discord.addUser({ username: 'ada' });
  const sound = stage.discord.addBot({ username: 'sound', guilds: [guild] });
  const bot = stage.discord.addBot({ username: 'sick', guilds: [guild], ...other });
  await stage.addAgent({ name: 'Sound', token: sound.token });
  await stage.addAgent({ name: 'Sick', token: bot.token, ...sick });
  const answers = async (which: Bot, text: string): Promise<string> =>
    (await which.reply(ada.say(general, `${which.mention} ${text}`))).content;
  return { ...stage, guild, general, ada, sound, bot, answers };
}

async function expectSoundUntouched(
  stage: Stage & { sound: Bot; answers: (bot: Bot, text: string) => Promise<string> },
) {
  await stage.sound.ready();
  expect(await stage.answers(stage.sound, 'still there?')).toBe('still there?');
  expect(stage.sound.identifies).toBe(1);
  expect(stage.sound.resumes).toBe(0);
}

it('parks a bot with a bad token without spending an identify, and starts it once the token is mended', async () => {
  const stage = await setStageWithTwoBots();
  const token = stage.bot.resetToken();
  await stage.start();
  const parked = await stage.untilAgent('Sick', 'parked');
  expect(parked.status.reason).toContain('does not accept the token (401)');
  expect(parked.status.reason).toContain('https://discord.com/developers/applications');
  expect(stage.bot.identifies).toBe(0);
  await expectSoundUntouched(stage);

  await stage.editAgent('Sick', { token });
  await stage.untilAgent('Sick', 'ready');
  expect(await stage.answers(stage.bot, 'better?')).toBe('better?');
});

it('parks a bot whose token is revoked while it runs', async () => {
  const stage = await setStageWithTwoBots();
  await stage.start();
  await stage.untilAgent('Sick', 'ready');
  // Its registration is over: no request is to find the token dead before the gateway says so.
  await stage.discord.until(() => stage.bot.commands.size === 3, 'the commands');
  stage.bot.revokeToken();
  expect((await stage.untilAgent('Sick', 'parked')).status.reason).toContain('close code 4004');
  await expectSoundUntouched(stage);
});

it('parks a bot when a request is the first to find the token dead', async () => {
  const stage = await setStageWithTwoBots();
  await stage.start();
  await stage.untilAgent('Sick', 'ready');
  stage.discord.failRequests({ bot: stage.bot, method: 'POST', status: 401, times: 1 });
  stage.ada.say(stage.general, `${stage.bot.mention} hello`);
  expect((await stage.untilAgent('Sick', 'parked')).status.reason).toContain('401');
  await expectSoundUntouched(stage);
});

it('parks an agent that needs message content while its portal denies it, with the link, and starts it when the switch is on', async () => {
  const stage = await setStageWithTwoBots({ messageContent: 'off' }, { respondWithoutMention: true });
  await stage.start();
  const { status } = await stage.untilAgent('Sick', 'parked');
  expect(status.reason).toContain('message content intent');
  expect(status.reason).toContain(
    `https://discord.com/developers/applications/${stage.bot.applicationId}/bot`,
  );
  expect(stage.bot.identifies).toBe(0);
  await expectSoundUntouched(stage);

  stage.bot.setMessageContent('on');
  await stage.untilAgent('Sick', 'ready');
  const message = stage.ada.say(stage.general, 'no mention at all');
  expect((await stage.bot.reply(message)).content).toBe('no mention at all');
});

it('runs an agent that can do without message content in mention and DM mode, and says so', async () => {
  const stage = await setStageWithTwoBots({ messageContent: 'off' });
  await stage.start();
  const { status } = await stage.untilAgent('Sick', 'ready');
  expect(status.reason).toContain('without the message content intent');
  expect(await stage.answers(stage.bot, 'by mention')).toBe('by mention');
  expect((await stage.bot.reply(stage.ada.dm(stage.bot, 'by DM'))).content).toBe('by DM');
});

it('parks a bot that the gateway refuses an intent (4014), with the link', async () => {
  const stage = await setStageWithTwoBots();
  await stage.start();
  await stage.untilAgent('Sick', 'ready');
  stage.bot.close(4014);
  const { status } = await stage.untilAgent('Sick', 'parked');
  expect(status.reason).toContain(
    `https://discord.com/developers/applications/${stage.bot.applicationId}/bot`,
  );
  await expectSoundUntouched(stage);
});

it('holds a bot back when Discord grants it no more sessions, until they are granted again', async () => {
  const stage = await setStageWithTwoBots();
  stage.bot.exhaustIdentifies({ resetAfter: 400 });
  await stage.start();
  const { status } = await stage.untilAgent('Sick', 'backing-off');
  expect(status.reason).toContain('Discord grants no more sessions until');
  expect(stage.bot.identifies).toBe(0);
  await expectSoundUntouched(stage);
  await stage.untilAgent('Sick', 'ready');
});

it('holds a bot back after 300 identifies in a day, counted over the life of processes', async () => {
  const stage = await setStageWithTwoBots();
  for (let spent = 0; spent < 300; spent++)
    await stage.database.identifies.record(stage.bot.applicationId, new Date());
  await stage.start();
  expect((await stage.untilAgent('Sick', 'backing-off')).status.reason).toContain(
    '300 sessions within 24 hours',
  );
  expect(stage.bot.identifies).toBe(0);
  await expectSoundUntouched(stage);
});

it('parks a bot whose settings do not fit its type, and starts it when they are mended', async () => {
  const stage = await setStageWithTwoBots({}, { config: { prefix: 7 } });
  await stage.start();
  expect((await stage.untilAgent('Sick', 'parked')).status.reason).toContain('config.prefix');
  await expectSoundUntouched(stage);
  await stage.editAgent('Sick', { config: { prefix: '~ ' } });
  await stage.untilAgent('Sick', 'ready');
  expect(await stage.answers(stage.bot, 'mended')).toBe('~ mended');
});

it('parks a running bot when its settings are broken in the table', async () => {
  const stage = await setStageWithTwoBots();
  await stage.start();
  await stage.untilAgent('Sick', 'ready');
  await stage.editAgent('Sick', { type: 'oracle' });
  expect((await stage.untilAgent('Sick', 'parked')).status.reason).toContain('unknown agent type "oracle"');
  await expectSoundUntouched(stage);
});

it('starts a bot once the REST side is well again, and spends no identify before', async () => {
  const stage = await setStageWithTwoBots();
  const fault = stage.discord.failRequests({ bot: stage.bot, status: 503 });
  await stage.start();
  expect((await stage.untilAgent('Sick', 'backing-off')).status.reason).toContain(
    'cannot be reached over REST',
  );
  expect(stage.bot.identifies).toBe(0);
  await expectSoundUntouched(stage);
  fault.lift();
  await stage.untilAgent('Sick', 'ready');
});

it('keeps the others answering while Discord is slow for one bot', async () => {
  const stage = await setStageWithTwoBots();
  const slow = stage.discord.slowRequests({ bot: stage.bot, ms: Number.POSITIVE_INFINITY });
  await stage.start();
  await stage.untilAgent('Sound', 'ready');
  await expectSoundUntouched(stage);
  slow.lift();
  await stage.untilAgent('Sick', 'ready');
});

it('keeps the others answering while one bot cannot be read: a poisoned event stays with itself', async () => {
  const stage = await setStageWithTwoBots();
  await stage.start();
  await stage.untilAgent('Sick', 'ready');
  poison(stage.bot, stage.general);
  await expectSoundUntouched(stage);
  expect(await stage.answers(stage.bot, 'and this one too')).toBe('and this one too');
  expect(stage.bot.identifies).toBe(1);
});

/** Sends the bot a MESSAGE_CREATE in which nothing is as it should be. */
function poison(bot: Bot, channel: Channel): void {
  for (const session of bot.sessions)
    session.dispatch('MESSAGE_CREATE', JSON.stringify({ id: '1', channel_id: channel.id }));
}

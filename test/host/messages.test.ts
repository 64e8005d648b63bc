import { describe, expect, it } from 'vitest';
import type { Channel } from '../support/discord/channel.ts';
import { setStage, type AgentInput } from '../support/run-host.ts';

async function setStageWithBot(
  agent: Partial<AgentInput> | ((general: Channel) => Partial<AgentInput>) = {},
  env: Record<string, string> = {},
) {
  const stage = await setStage({}, env);
  const guild = stage.discord.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const ada = stage.discord.addUser({ username: 'ada', displayName: 'Ada' });
  const bot = stage.discord.addBot({ username: 'helper', guilds: [guild] });
  await stage.addAgent({
    name: 'Helper',
    token: bot.token,
    ...(typeof agent === 'function' ? agent(general) : agent),
  });
  const host = await stage.start();
  await stage.untilAgent('Helper', 'ready');
  return { ...stage, host, guild, general, ada, bot };
}

/** That a message is not answered shows when a later one is. */
const LATER = 'later';

describe('answers', () => {
  it.each(['text', 'thread', 'forum post', 'voice'])('in a %s channel', async (kind) => {
    const { guild, general, ada, bot } = await setStageWithBot();
    const channel = {
      text: general,
      thread: general.addThread('aside'),
      'forum post': guild.addForum('questions').addPost('how?', { author: ada, content: 'I wonder' }),
      voice: guild.addVoiceChannel('stage'),
    }[kind];
    if (channel === undefined) throw new Error(kind);
    expect((await bot.reply(ada.say(channel, `${bot.mention} here`))).content).toBe('here');
  });

  it('a mention of its own managed role, but not of another', async () => {
    const { guild, general, ada, bot } = await setStageWithBot();
    const other = guild.addRole({ name: 'crew', mentionable: true });
    ada.say(general, `<@&${other.id}> not for the bot`);
    const answer = await bot.reply(ada.say(general, `<@&${bot.managedRole(guild).id}> ${LATER}`));
    expect(answer.content).toBe(LATER);
    expect(bot.sent.length).toBe(1);
  });

  it('a reply to one of its messages, with and without a ping', async () => {
    const { general, ada, bot } = await setStageWithBot();
    const answer = await bot.reply(ada.say(general, `${bot.mention} first`));
    const quiet = await bot.reply(ada.say(general, 'quiet', { replyTo: answer, ping: false }));
    expect(quiet.content).toBe('quiet');
    expect((await bot.reply(ada.say(general, 'loud', { replyTo: quiet }))).content).toBe('loud');
  });

  it('to a thread when its parent is whitelisted', async () => {
    const { general, guild, ada, bot } = await setStageWithBot(({ id }) => ({ channelWhitelist: [id] }));
    const elsewhere = guild.addTextChannel('elsewhere');
    ada.say(elsewhere, `${bot.mention} not here`);
    expect((await bot.reply(ada.say(general.addThread('aside'), `${bot.mention} ${LATER}`))).content).toBe(
      LATER,
    );
    expect(bot.sent.length).toBe(1);
  });

  it('@everyone only when a setting turns it on', async () => {
    const on = await setStageWithBot({ respondToEveryone: true });
    expect((await on.bot.reply(on.ada.say(on.general, '@everyone hello'))).content).toBe('@everyone hello');
    const off = await setStageWithBot();
    off.ada.say(off.general, '@everyone hello');
    await off.bot.reply(off.ada.say(off.general, `${off.bot.mention} ${LATER}`));
    expect(off.bot.sent.length).toBe(1);
  });
});

describe('passes over', () => {
  it('other bots, webhooks and itself', async () => {
    const { discord, guild, general, ada, bot, host } = await setStageWithBot({
      respondWithoutMention: true,
    });
    const stranger = discord.addBot({ username: 'stranger', guilds: [guild] });
    stranger.say(general, `${bot.mention} from a bot`);
    guild.addWebhook(general).say(`${bot.mention} from a webhook`);
    await bot.reply(ada.say(general, LATER));
    await bot.reply(ada.say(general, LATER));
    expect(bot.sent.length).toBe(2);
    await expect
      .poll(() => host.handler.passes.map(({ reason }) => reason))
      .toEqual(['other-bot', 'webhook', 'own-message', 'own-message']);
  });

  it('messages that are not for it, with a reason that can be seen', async () => {
    const { general, ada, bot, host } = await setStageWithBot();
    const said = ada.say(general, 'just talking');
    await bot.reply(ada.say(general, `${bot.mention} ${LATER}`));
    expect(host.handler.passes).toContainEqual(
      expect.objectContaining({ messageId: said.id, reason: 'not-addressed' }),
    );
  });
});

it('does not answer direct messages where the agent must not', async () => {
  const { general, ada, bot, logger } = await setStageWithBot({ respondToDm: false });
  const said = ada.dm(bot, 'psst');
  await bot.reply(ada.say(general, `${bot.mention} ${LATER}`));
  expect(bot.sent.length).toBe(1);
  expect(logger.lines).toContainEqual(
    expect.objectContaining({
      text: 'message not answered',
      agent: 'Helper',
      message: said.id,
      reason: 'dm-disabled',
    }),
  );
});

it('gives the agent the text without its own mention, and other mentions as names', async () => {
  const { discord, guild, general, ada, bot } = await setStageWithBot();
  const bob = discord.addUser({ username: 'bob', displayName: 'Bob' });
  guild.addMember(bob, { nick: 'Bobby' });
  const crew = guild.addRole({ name: 'crew' });
  const said = ada.say(
    general,
    `hey ${bot.mention}, tell ${bob.mention} and <@&${crew.id}> in ${general.mention}:\n    indented  text stays`,
  );
  expect((await bot.reply(said)).content).toBe(
    'hey, tell @Bobby and @crew in #general:\n    indented  text stays',
  );
});

it('does not tell the name of a channel in another guild', async () => {
  const { discord, general, ada, bot } = await setStageWithBot();
  const secret = discord.addGuild({ name: 'Elsewhere' });
  const hidden = secret.addTextChannel('layoffs-2027');
  secret.addBot(bot);
  const answer = await bot.reply(ada.say(general, `${bot.mention} what is ${hidden.mention}?`));
  expect(answer.content).toBe('what is #unknown-channel?');
});

it('pings nobody but the author, whatever the text says', async () => {
  const stage = await setStageWithBot();
  const bob = stage.discord.addUser({ username: 'bob' });
  const role = stage.guild.addRole({ name: 'crew', mentionable: true });
  // A prefix reaches Discord as it is: real mentions, as a model could write them.
  const config = { prefix: `@everyone @here ${bob.mention} <@&${role.id}> ` };
  await stage.editAgent('Helper', { config });
  await expect
    .poll(() => stage.logger.lines.some(({ text }) => text.startsWith('settings changed')))
    .toBe(true);
  const answer = await stage.bot.reply(stage.ada.say(stage.general, `${stage.bot.mention} hello`));
  expect(answer.content).toContain(bob.mention);
  expect(answer.pinged).toEqual({ users: [stage.ada.id], roles: [], everyone: false });
});

it('refuses, with a reason, what Discord does not let it read', async () => {
  const stage = await setStageWithBot();
  stage.bot.allowIdentifies(2);
  stage.bot.setMessageContent('off');
  stage.bot.invalidateSession({ resumable: false });
  await stage.discord.until(() => stage.bot.identifies === 2 && stage.bot.connected === 1, 'the identify');
  const answer = await stage.bot.reply(stage.ada.say(stage.general, `${stage.bot.mention} hello`));
  const quiet = stage.ada.say(stage.general, 'a reply that does not ping', { replyTo: answer, ping: false });
  await stage.bot.reply(stage.ada.say(stage.general, `${stage.bot.mention} ${LATER}`));
  expect(stage.bot.sent.length).toBe(2);
  expect(stage.logger.lines).toContainEqual(
    expect.objectContaining({ message: quiet.id, reason: 'no-message-content' }),
  );
});

it('delivers a long answer in pieces: the first replies, the others follow in order, code fences stay whole', async () => {
  const code = `\`\`\`ts\n${Array.from({ length: 20 }, (_, n) => `const line${String(n)} = 1;`).join('\n')}\n\`\`\``;
  const { general, ada, bot } = await setStageWithBot({ config: { suffix: `\n\n${code}` } });
  const text = Array.from({ length: 9 }, (_, n) => `${String(n)} ${'word '.repeat(40)}`.trim()).join('\n\n');
  const pieces = await bot.replies(ada.say(general, `${bot.mention} ${text}`), 2);
  expect(pieces.map(({ content }) => content)).toEqual([text, code]);
  expect(pieces.map(({ reference }) => reference !== undefined)).toEqual([true, false]);
});

it('keeps to a shorter limit when a setting says so', async () => {
  const { general, ada, bot } = await setStageWithBot({}, { DISCORD_MAX_MESSAGE_LENGTH: '100' });
  const words = Array.from({ length: 100 }, (_, n) => `word${String(n)}`).join(' ');
  const said = ada.say(general, `${bot.mention} ${words}`);
  const pieces = await bot.replies(said, 7);
  expect(pieces.every(({ content }) => content.length <= 100)).toBe(true);
  await expect.poll(() => bot.sent.map(({ content }) => content).join(' ')).toBe(words);
  expect(bot.sent.filter((message) => message.reference !== undefined).length).toBe(1);
});

it('answers the messages of one user in order, and users beside one another', async () => {
  const { discord, general, ada, bot } = await setStageWithBot();
  const bob = discord.addUser({ username: 'bob' });
  const slow = discord.slowRequests({
    bot,
    method: 'POST',
    route: /messages$/,
    ms: Number.POSITIVE_INFINITY,
    times: 1,
  });
  const first = ada.say(general, `${bot.mention} one`);
  await discord.until(() => slow.hits === 1, 'the first answer to be under way');
  const second = ada.say(general, `${bot.mention} two`);
  const direct = bob.dm(bot, 'I do not wait for Ada');
  await bot.reply(direct);
  slow.lift();
  await bot.reply(first);
  await bot.reply(second);
  expect(bot.sent.map(({ content }) => content)).toEqual(['I do not wait for Ada', 'one', 'two']);
});

it('refuses what one user piles up, with a reason, while others are answered', async () => {
  const { discord, general, ada, bot, logger } = await setStageWithBot();
  const bob = discord.addUser({ username: 'bob' });
  const slow = discord.slowRequests({
    bot,
    method: 'POST',
    route: /messages$/,
    ms: Number.POSITIVE_INFINITY,
    times: 1,
  });
  ada.say(general, `${bot.mention} first`);
  await discord.until(() => slow.hits === 1, 'the first answer to be under way');
  for (let n = 0; n < 30; n++) ada.say(general, `${bot.mention} ${String(n)}`);
  await bot.reply(bob.dm(bot, 'hello'));
  slow.lift();
  const refused = (): number => logger.lines.filter(({ reason }) => reason === 'too-many-waiting').length;
  await expect.poll(refused).toBe(10);
  await discord.until(() => bot.sent.length === 22, 'the rest to be answered');
});

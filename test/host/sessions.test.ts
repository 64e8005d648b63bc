import Sqlite from 'libsql';
import { expect, it } from 'vitest';
import { setStage } from '../support/run-host.ts';

async function setStageWithBots(count: number) {
  const stage = await setStage();
  const guild = stage.discord.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const ada = stage.discord.addUser({ username: 'ada' });
  const bots = Array.from({ length: count }, (_, n) =>
    stage.discord.addBot({ username: `bot-${String(n)}`, guilds: [guild] }),
  );
  for (const bot of bots) await stage.addAgent({ name: bot.username, token: bot.token });
  const allReady = (): Promise<unknown> =>
    Promise.all(bots.map((bot) => stage.untilAgent(bot.username, 'ready')));
  const [first] = bots;
  if (first === undefined) throw new Error('no bots');
  return { ...stage, guild, general, ada, bots, first, allReady };
}

it('resumes all bots after a restart of the host, identifies none, and answers what was said meanwhile', async () => {
  const stage = await setStageWithBots(5);
  const before = await stage.start();
  await stage.allReady();
  for (const bot of stage.bots) await bot.reply(stage.ada.say(stage.general, `${bot.mention} before`));
  await before.stop();
  expect(stage.bots.map((bot) => bot.connected)).toEqual([0, 0, 0, 0, 0]);

  const meanwhile = stage.bots.map((bot) => ({
    bot,
    said: stage.ada.say(stage.general, `${bot.mention} meanwhile`),
  }));
  await stage.start();
  for (const { bot, said } of meanwhile) expect((await bot.reply(said)).content).toBe('meanwhile');
  expect(stage.bots.map(({ identifies, resumes }) => ({ identifies, resumes }))).toEqual(
    stage.bots.map(() => ({ identifies: 1, resumes: 1 })),
  );
  // The state that the stopped host left is replaced.
  await stage.allReady();
});

/** Where a bot asks which slash commands it has. */
const COMMANDS_ROUTE = '/applications/:application/commands';

it('asks nothing of Discord but the resume, and which commands it has, when it comes back', async () => {
  const stage = await setStageWithBots(1);
  const before = await stage.start();
  await stage.allReady();
  await stage.discord.until(() => stage.first.commands.size === 3, 'the commands');
  await before.stop();
  const asked = stage.first.requests.length;
  await stage.start();
  await stage.discord.until(() => stage.first.resumes === 1, 'the resume');
  await stage.discord.until(() => stage.first.requests.length > asked, 'the question about the commands');
  const answer = await stage.first.reply(stage.ada.say(stage.general, `${stage.first.mention} still here?`));
  expect(answer.content).toBe('still here?');
  const questions = stage.first.requests.slice(asked).filter(({ method }) => method === 'GET');
  expect(questions.map(({ route }) => route).sort()).toEqual([
    COMMANDS_ROUTE,
    '/channels/:channel',
    '/guilds/:guild',
  ]);
});

it('knows threads, roles and channels after a resume, though Discord does not tell of guilds again', async () => {
  const stage = await setStageWithBots(1);
  const thread = stage.general.addThread('aside');
  const role = stage.guild.addRole({ name: 'crew', mentionable: true });
  await stage.editAgent('bot-0', { channelWhitelist: [stage.general.id] });
  const before = await stage.start();
  await stage.allReady();
  await before.stop();
  await stage.start();
  const said = stage.ada.say(
    thread,
    `<@&${stage.first.managedRole(stage.guild).id}> see ${stage.general.mention} with <@&${role.id}>`,
  );
  expect((await stage.first.reply(said)).content).toBe('see #general with @crew');
});

it('identifies when the session has expired meanwhile', async () => {
  const stage = await setStageWithBots(1);
  stage.first.allowIdentifies(2);
  const before = await stage.start();
  await stage.allReady();
  await before.stop();
  stage.first.expireSession();
  await stage.start();
  await stage.discord.until(
    () => stage.first.identifies === 2 && stage.first.connected === 1,
    'the identify',
  );
  const said = stage.ada.say(stage.general, `${stage.first.mention} hello`);
  expect((await stage.first.reply(said)).content).toBe('hello');
});

it('keeps the sessions of two bots apart: none resumes the other', async () => {
  const stage = await setStageWithBots(2);
  const before = await stage.start();
  await stage.allReady();
  await before.stop();
  const sessions = await Promise.all(
    stage.bots.map(async (bot) => stage.database.sessions.load((await stage.agent(bot.username)).id)),
  );
  const ids = sessions.flat().map(({ sessionId }) => sessionId);
  expect(new Set(ids).size).toBe(2);
  await stage.start();
  await stage.discord.until(() => stage.bots.every((bot) => bot.resumes === 1), 'both to resume');
});

it('takes up everything once that came around a restart', async () => {
  const stage = await setStageWithBots(1);
  const before = await stage.start();
  await stage.allReady();
  const said = Array.from({ length: 30 }, (_, n) => {
    const user = stage.discord.addUser({ username: `user-${String(n)}` });
    return user.say(stage.general, `${stage.first.mention} number ${String(n)}`);
  });
  await before.stop();
  await stage.start();
  for (const message of said) await stage.first.reply(message);
  expect(stage.first.sent.length).toBe(30);
});

it('asks once for what it must know after a resume, however many channels a user names', async () => {
  const stage = await setStageWithBots(1);
  const elsewhere = stage.discord.addGuild({ name: 'Elsewhere' });
  const foreign = Array.from({ length: 60 }, (_, n) => elsewhere.addTextChannel(`secret-${String(n)}`));
  const before = await stage.start();
  await stage.allReady();
  await before.stop();
  await stage.start();
  await stage.discord.until(() => stage.first.resumes === 1, 'the resume');
  const asked = stage.first.requests.length;
  const said = stage.ada.say(
    stage.general,
    `${stage.first.mention} ${foreign.map(({ mention }) => mention).join(' ')}`,
  );
  expect((await stage.first.reply(said)).content).toMatch(/^(#unknown-channel ?){60}$/);
  const questions = stage.first.requests
    .slice(asked)
    .filter(({ method, route }) => method === 'GET' && route !== COMMANDS_ROUTE);
  expect(questions.map(({ route }) => route).sort()).toEqual([
    '/channels/:channel',
    '/guilds/:guild',
    '/guilds/:guild/channels',
  ]);
});

it('answers in a thread after a resume though Discord is ill when it is asked about the thread', async () => {
  const stage = await setStageWithBots(1);
  const thread = stage.general.addThread('aside');
  await stage.editAgent('bot-0', { channelWhitelist: [stage.general.id] });
  const before = await stage.start();
  await stage.allReady();
  await before.stop();
  await stage.start();
  await stage.discord.until(() => stage.first.resumes === 1, 'the resume');
  const ill = stage.discord.failRequests({ method: 'GET', route: /^\/channels/, status: 503, times: 1 });
  const said = stage.ada.say(thread, `${stage.first.mention} still here`);
  expect((await stage.first.reply(said)).content).toBe('still here');
  expect(ill.hits).toBe(1);
});

it('answers what could not be recorded once it can be', async () => {
  const stage = await setStageWithBots(1);
  await stage.start();
  await stage.allReady();
  const file = (stage.env['DATABASE_URL'] ?? '').slice('file:'.length);
  const sql = (statement: string): void => {
    const database = new Sqlite(file);
    database.exec(statement);
    database.close();
  };
  sql('ALTER TABLE exchanges RENAME TO away');
  const said = stage.ada.say(stage.general, `${stage.first.mention} do not lose me`);
  await expect
    .poll(() =>
      stage.logger.lines.some(({ text, message }) => text.includes('could not take') && message === said.id),
    )
    .toBe(true);
  sql('ALTER TABLE away RENAME TO exchanges');
  expect((await stage.first.reply(said)).content).toBe('do not lose me');
  expect(stage.first.identifies).toBe(1);
});

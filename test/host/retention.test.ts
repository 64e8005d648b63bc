import { expect, it } from 'vitest';
import { setStage } from '../support/run-host.ts';
import { setLlmStage } from '../support/run-llm-host.ts';
import { fillWithOldExchanges } from '../support/user-rows.ts';

/** A sweep at once, and again at once. */
const EAGER = { first: 1, interval: 1, pause: 1 };

it('deletes what is old while messages are answered, and disturbs no answer', async () => {
  const stage = await setStage();
  const guild = stage.discord.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const bot = stage.discord.addBot({ username: 'helper', guilds: [guild] });
  await stage.addAgent({ name: 'Helper', token: bot.token });
  const { id } = await stage.agent('Helper');
  fillWithOldExchanges(stage, id, 20_000);
  const count = (): unknown =>
    stage.rows("SELECT COUNT(*) AS n FROM exchanges WHERE question = 'old'")[0]?.['n'];
  expect(count()).toBe(20_000);
  await stage.start({ sweep: EAGER });
  await stage.untilAgent('Helper', 'ready');
  const users = Array.from({ length: 5 }, (_, n) => stage.discord.addUser({ username: `user-${n}` }));
  for (let round = 0; round < 10; round++) {
    const questions = users.map((user) => user.say(general, `${bot.mention} round ${round}`));
    for (const question of questions) expect((await bot.reply(question)).content).toContain(`round ${round}`);
  }
  await expect.poll(count, { timeout: 20_000 }).toBe(0);
  await expect.poll(() => stage.rows("SELECT state FROM exchanges WHERE state <> 'delivered'")).toEqual([]);
  expect(stage.rows('SELECT COUNT(*) AS n FROM exchanges')).toEqual([{ n: 50 }]);
});

it('stops with the host in the middle of a sweep', async () => {
  const stage = await setStage();
  await stage.addAgent({ name: 'Helper' });
  fillWithOldExchanges(stage, (await stage.agent('Helper')).id, 2_000);
  const host = await stage.start({ sweep: { first: 1, interval: 1, pause: 3_600_000 } });
  const count = (): number => Number(stage.rows('SELECT COUNT(*) AS n FROM exchanges')[0]?.['n']);
  await expect.poll(count).toBe(1_500);
  await host.stop();
  expect(count()).toBe(1_500);
});

it('keeps to RETENTION_EXCHANGES as it is set now', async () => {
  const stage = await setStage({}, { RETENTION_EXCHANGES: '0' });
  await stage.addAgent({ name: 'Helper' });
  fillWithOldExchanges(stage, (await stage.agent('Helper')).id, 10);
  await stage.start({ sweep: EAGER });
  expect(stage.rows('SELECT COUNT(*) AS n FROM exchanges')).toEqual([{ n: 10 }]);
  await stage.database.settings.set('RETENTION_EXCHANGES', '90');
  await expect.poll(() => stage.rows('SELECT COUNT(*) AS n FROM exchanges')).toEqual([{ n: 0 }]);
});

it('erases a user while the host answers them: nothing comes back, and they are welcome afterwards', async () => {
  const stage = await setLlmStage();
  const { ada, database } = stage;
  const states = () => stage.rows('SELECT state, reason FROM exchanges ORDER BY id');
  await stage.answer('remember that I like tea');
  await expect.poll(states).toMatchObject([{ state: 'delivered' }]);
  expect(await database.erasures.left(ada.id)).toMatchObject({ turns: 1, exchanges: 1, calls: 1 });
  const held = Promise.withResolvers<string>();
  const asked = stage.llm.requests.length;
  stage.llm.replyOnce(() => held.promise);
  stage.ask('what do I like?');
  await stage.llm.until(() => stage.llm.requests.length > asked, 'the model to be asked');
  const { erasure } = await database.erasures.erase(ada.id);
  expect(erasure?.counts).toMatchObject({ exchanges: 2, ended: 1, turns: 1 });
  held.resolve('tea');
  await stage.answer('hello again');
  const erased = { state: 'failed', reason: 'erased' };
  await expect.poll(states).toMatchObject([{ state: 'delivered' }, erased, { state: 'delivered' }]);
  await expect.poll(() => database.erasures.left(ada.id)).toMatchObject({ turns: 1, exchanges: 1, calls: 1 });
});

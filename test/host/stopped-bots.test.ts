import { expect, it } from 'vitest';
import { describeOnEachDatabase } from '../support/each-database.ts';
import { preparedLlmStage, setLlmStage } from '../support/run-llm-host.ts';

describeOnEachDatabase('a bot that is stopped and started again during an answer', (makeDatabase) => {
  it('answers all the same, however often: that was no death of the process', async () => {
    const { url } = await makeDatabase();
    const stage = await setLlmStage({ env: { DATABASE_URL: url } });
    const { llm, bot, database } = stage;
    bot.allowIdentifies(5);
    const silence = llm.hangRequests({
      when: ({ messages }) => messages.at(-1)?.text.includes('hello?') ?? false,
    });
    const question = stage.ask('hello?');
    for (let stops = 1; stops <= 4; stops++) {
      await expect.poll(() => silence.hits, { timeout: 10_000 }).toBe(stops);
      await stage.editAgent('Helper', { enabled: false });
      await expect
        .poll(async () => (await database.leases.list()).map(({ isLive }) => isLive), { timeout: 10_000 })
        .toEqual([false]);
      const [exchange] = await database.exchangeLog.list({ limit: 1 });
      expect(exchange).toMatchObject({ state: 'admitted', attempts: 0 });
      if (stops === 4) {
        silence.lift();
        llm.reply('Here I am.');
      }
      await stage.editAgent('Helper', { enabled: true });
    }
    expect((await stage.ended(question)).content).toBe('Here I am.');
    expect(question.repliesOf(bot)).toHaveLength(1);
    expect((await stage.exchangeOf(question)).state).toBe('delivered');
  });
});

it('an answer is not put back twice when its host is stopped at that time: earlier deaths still count', async () => {
  const stage = await preparedLlmStage();
  const host = await stage.start();
  await stage.untilAgent('Helper', 'ready');
  const slow = stage.discord.slowRequests({ method: 'POST', route: /\/messages$/, ms: 2_000 });
  stage.ask('hello?');
  await expect.poll(() => slow.hits).toBe(1);
  stage.exec('UPDATE exchanges SET attempts = 3');
  const attempts = () => stage.rows('SELECT attempts FROM exchanges')[0]?.['attempts'];
  const bot = host.pool.bots.get((await stage.agent('Helper')).id);
  if (bot === undefined) throw new Error('there is no bot');
  await host.handler.stop(0);
  await expect.poll(attempts).toBe(2);
  host.handler.abandon(bot.lease);
  await host.stop();
  expect(attempts()).toBe(2);
});

import { expect, it } from 'vitest';
import type { LogLevel } from '../../src/observability/logger.ts';
import { setStage, type Stage } from '../support/run-host.ts';
import { setLlmStage } from '../support/run-llm-host.ts';

/** Resolves once the host has told of this many changes. */
const untilTold = (stage: Stage, changes: number) =>
  expect
    .poll(() => stage.logger.lines.filter(({ text }) => text === 'a setting has changed').length, {
      interval: 5,
    })
    .toBe(changes);

it('changes the level of the log without a restart, and logs what changed', async () => {
  const stage = await setStage();
  const levels: LogLevel[] = [];
  await stage.start({ setLogLevel: (level) => levels.push(level) });
  await stage.database.settings.set('LOG_LEVEL', 'debug');
  await untilTold(stage, 1);
  await stage.database.settings.unset('LOG_LEVEL');
  await untilTold(stage, 2);
  expect(levels).toEqual(['debug', 'info']);
  expect(stage.logger.lines.filter(({ setting }) => setting === 'LOG_LEVEL')).toMatchObject([
    { level: 'info', from: 'info', to: 'debug', source: 'database' },
    { level: 'info', from: 'debug', to: 'info', source: 'default' },
  ]);
});

it('changes the levels of areas without a restart', async () => {
  const stage = await setStage({}, { LOG_LEVELS: 'http=error' });
  const levels: unknown[] = [];
  await stage.start({ setLogLevel: (level, areas) => levels.push([level, areas]) });
  await stage.database.settings.set('LOG_LEVELS', 'discord=debug');
  await untilTold(stage, 1);
  await stage.database.settings.unset('LOG_LEVELS');
  await untilTold(stage, 2);
  expect(levels).toEqual([
    ['info', { discord: 'debug' }],
    ['info', { http: 'error' }],
  ]);
});

it('has stored settings in force from the start', async () => {
  const stage = await setStage();
  await stage.database.settings.set('LOG_LEVEL', 'error');
  await stage.database.settings.set('MAX_CONCURRENT_BOTS', '1');
  const levels: LogLevel[] = [];
  const host = await stage.start({ setLogLevel: (level) => levels.push(level) });
  expect(levels).toEqual(['error']);
  expect(host.pool.maxBots).toBe(1);
});

it('polls as often as is stored, whatever the environment says', async () => {
  const stage = await setStage({}, { DISCORD_NEW_AGENT_POLL_INTERVAL: '3600' });
  await stage.database.settings.set('DISCORD_NEW_AGENT_POLL_INTERVAL', '0.02');
  await stage.start();
  await stage.database.settings.set('DISCORD_NEW_AGENT_POLL_INTERVAL', '0.03');
  await untilTold(stage, 2);
  await stage.addAgent({ name: 'Late' });
  await stage.untilAgent('Late', 'off-discord');
});

it('runs as many bots as is set, without a restart of the others', async () => {
  const stage = await setStage({}, { MAX_CONCURRENT_BOTS: '1' });
  const guild = stage.discord.addGuild({ name: 'Green Room' });
  const bots = ['first', 'second', 'third'].map((username) => {
    const bot = stage.discord.addBot({ username, guilds: [guild] });
    bot.allowIdentifies(username === 'first' ? 1 : 2);
    return bot;
  });
  for (const bot of bots) await stage.addAgent({ name: bot.username, token: bot.token });
  await stage.start();
  await stage.untilAgent('first', 'ready');
  await stage.untilAgent('second', 'left-out');
  await stage.database.settings.set('MAX_CONCURRENT_BOTS', '3');
  await stage.untilAgent('second', 'ready');
  await stage.untilAgent('third', 'ready');
  await stage.database.settings.set('MAX_CONCURRENT_BOTS', '2');
  const { status } = await stage.untilAgent('third', 'left-out');
  expect(status.reason).toContain('all 2 places are taken');
  await expect.poll(() => bots.map(({ connected }) => connected)).toEqual([1, 1, 0]);
  expect(bots[0]?.identifies).toBe(1);
});

it("keeps to the host's budget as it is set now, with the agents that run already", async () => {
  const stage = await setLlmStage();
  expect(await stage.answer('one')).not.toMatch(/may spend/);
  await stage.database.settings.set('BUDGET_TOKENS_PER_DAY', '1');
  await untilTold(stage, 1);
  const requests = stage.llm.requests.length;
  expect(await stage.answer('two')).toMatch(/may spend/);
  expect(stage.llm.requests.length).toBe(requests);
  await stage.database.settings.unset('BUDGET_TOKENS_PER_DAY');
  await untilTold(stage, 2);
  await stage.answer('three');
  expect(stage.llm.requests.length).toBe(requests + 1);
});

it('gives what is in flight as long as SHUTDOWN_TIMEOUT is set to now', async () => {
  const stage = await setStage({}, { SHUTDOWN_TIMEOUT: '3600' });
  const guild = stage.discord.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const bot = stage.discord.addBot({ username: 'helper', guilds: [guild] });
  await stage.addAgent({ name: 'Helper', token: bot.token });
  const host = await stage.start();
  await stage.untilAgent('Helper', 'ready');
  await stage.database.settings.set('SHUTDOWN_TIMEOUT', '0.05');
  await untilTold(stage, 1);
  const slow = stage.discord.slowRequests({ method: 'POST', route: /messages$/, ms: Infinity });
  stage.discord.addUser({ username: 'ada' }).say(general, `${bot.mention} never there`);
  await stage.discord.until(() => slow.hits === 1, 'the answer to be under way');
  await host.stop();
  expect(stage.logger.lines.map(({ text }) => text)).toContain(
    'abandoned answers that were not finished in time',
  );
});

it('goes on with what was in force when a stored value is wrong, and says so', async () => {
  const stage = await setStage();
  const host = await stage.start();
  await stage.database.settings.set('MAX_CONCURRENT_BOTS', 'many');
  await expect
    .poll(() => stage.logger.lines.find(({ level }) => level === 'warn')?.text)
    .toContain('unset MAX_CONCURRENT_BOTS');
  expect(host.pool.maxBots).toBe(50);
});

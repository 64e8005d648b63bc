import { expect, it } from 'vitest';
import { setStage, type Stage } from '../support/run-host.ts';
import { runProcess, type RunningProcess } from '../support/run-process.ts';

const MAIN = 'src/main.ts';
/** Two processes start and end here. */
const PATIENCE = 120_000;

/** A host with one bot that is connected. */
async function runHost(preload: readonly string[] = []) {
  const stage = await setStage();
  const guild = stage.discord.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const ada = stage.discord.addUser({ username: 'ada' });
  const bot = stage.discord.addBot({ username: 'parrot', guilds: [guild] });
  await stage.addAgent({ name: 'parrot', token: bot.token });
  const host = runProcess(MAIN, { ...stage.env, SHUTDOWN_TIMEOUT: '1' }, [], preload);
  await host.until(/the host is running/, 60_000);
  await bot.ready();
  return { stage, host, bot, general, ada };
}

function lastLine({ output }: RunningProcess): string {
  return output().trim().split('\n').at(-1) ?? '';
}

function incidentsOf(stage: Stage): unknown[] {
  return stage.rows('SELECT component, reason, action, ended_at IS NOT NULL AS ended FROM incidents');
}

it(
  'stops with 78 and says what to do when the tables of its journal are gone',
  async () => {
    const { stage, host, bot, general, ada } = await runHost();
    expect((await bot.reply(ada.say(general, `${bot.mention} hello`))).content).toBe('hello');
    stage.exec('ALTER TABLE exchanges RENAME TO elsewhere');
    ada.say(general, `${bot.mention} hello`);
    expect(await host.ended).toBe(78);
    expect(lastLine(host)).toMatch(
      /the host has stopped: database: a table that the journal needs is gone.*Restore the database/,
    );
    expect(bot.connected).toBe(0);
    expect(incidentsOf(stage)).toContainEqual({
      component: 'database',
      reason: 'schema-gone',
      action: 'stop',
      ended: 1,
    });
  },
  PATIENCE,
);

it(
  'goes on through errors that nobody takes care of, and stops with 70 in a storm of them',
  async () => {
    const { stage, host, bot, general, ada } = await runHost(['./test/support/uncaught-errors.ts']);
    host.child.kill('SIGUSR2');
    await host.until(/an error that nobody took care of/);
    expect((await bot.reply(ada.say(general, `${bot.mention} still there?`))).content).toBe('still there?');
    host.child.kill('SIGHUP');
    expect(await host.ended).toBe(70);
    expect(lastLine(host)).toMatch(/the host has stopped: process: .*report the errors above/);
    expect(incidentsOf(stage)).toMatchObject([{ reason: 'uncaught' }, { reason: 'storm' }]);
  },
  PATIENCE,
);

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import type { HostOptions } from '../../src/host/host-options.ts';
import { describeOnEachDatabase } from '../support/each-database.ts';
import { setStage } from '../support/run-host.ts';
import type { TestDatabase } from '../support/test-database.ts';

/** Looks that are frequent enough for a test. */
const LEASES = { ttl: 60_000, lookInterval: 20 } as const;

async function setStageForTwo(database: TestDatabase, count: number, env: Record<string, string> = {}) {
  // Nothing may depend on the polls: they can be a day apart.
  const stage = await setStage(
    {},
    { DATABASE_URL: database.url, DISCORD_NEW_AGENT_POLL_INTERVAL: '86400', ...env },
  );
  const guild = stage.discord.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const ada = stage.discord.addUser({ username: 'ada' });
  const bots = Array.from({ length: count }, (_, n) =>
    stage.discord.addBot({ username: `bot-${String(n)}`, guilds: [guild] }),
  );
  for (const bot of bots) await stage.addAgent({ name: bot.username, token: bot.token });
  const [first] = bots;
  if (first === undefined) throw new Error('no bots');
  /** Resolves once all run and can be resumed by another process. */
  const allReady = async (): Promise<void> => {
    for (const bot of bots) {
      await bot.ready();
      const { id } = await stage.agent(bot.username);
      await expect.poll(async () => (await stage.database.sessions.load(id)).length).toBe(1);
    }
  };
  /** Starts a host with a folder of its own, as on another machine. */
  const startElsewhere = (name: string, options: Partial<HostOptions> = {}) =>
    stage.start({
      config: loadConfig({
        ...stage.env,
        HOST_ID_FILE: path.join(path.dirname(stage.env['SECRET_KEY_FILE'] ?? ''), name, 'host.id'),
      }),
      leases: LEASES,
      ...options,
    });
  const identifies = () => bots.map((bot) => bot.identifies);
  const standBys = () => stage.logger.lines.filter(({ text }) => text.includes('run by another host'));
  return { ...stage, general, ada, bots, first, allReady, startElsewhere, identifies, standBys };
}

describeOnEachDatabase('two hosts', (makeDatabase) => {
  it('run each bot on one of them, and on the other once the first is stopped: at once, in the same session', async () => {
    const stage = await setStageForTwo(await makeDatabase(), 3);
    const before = await stage.startElsewhere('one');
    await stage.allReady();
    await stage.startElsewhere('two');
    expect(stage.standBys()).toHaveLength(1);
    expect(stage.identifies()).toEqual([1, 1, 1]);
    await before.stop();
    await stage.discord.until(() => stage.bots.every((bot) => bot.resumes === 1), 'the resumes');
    const said = stage.ada.say(stage.general, `${stage.first.mention} still there?`);
    expect((await stage.first.reply(said)).content).toBe('still there?');
    expect(stage.identifies()).toEqual([1, 1, 1]);
    expect(stage.bots.map((bot) => bot.connected)).toEqual([1, 1, 1]);
  });

  it('say nothing false of bots that the other one runs, also when they stop', async () => {
    const stage = await setStageForTwo(await makeDatabase(), 1);
    await stage.startElsewhere('one');
    await stage.untilAgent('bot-0', 'ready');
    const second = await stage.startElsewhere('two');
    await second.stop();
    expect((await stage.agent('bot-0')).status.state).toBe('ready');
  });

  it('are host and stand-by from the same folder too', async () => {
    const stage = await setStageForTwo(await makeDatabase(), 1);
    const before = await stage.start({ leases: LEASES });
    await stage.allReady();
    await stage.start({ leases: LEASES });
    await before.stop();
    await stage.discord.until(() => stage.first.resumes === 1, 'the resume');
    expect(stage.identifies()).toEqual([1]);
  });

  it('are one and the same when the second is started after the first was stopped', async () => {
    const stage = await setStageForTwo(await makeDatabase(), 1);
    const before = await stage.start({ leases: LEASES });
    await stage.allReady();
    const hostId = async () => (await stage.query('SELECT host_id FROM bot_leases'))[0]?.['host_id'];
    const first = await hostId();
    await before.stop();
    await stage.start({ leases: LEASES });
    await stage.discord.until(() => stage.first.resumes === 1, 'the resume');
    expect(await hostId()).toBe(first);
  });

  it('start each bot once when they begin at the same instant, and share them by places', async () => {
    const stage = await setStageForTwo(await makeDatabase(), 8, { MAX_CONCURRENT_BOTS: '4' });
    const hosts = await Promise.all([stage.startElsewhere('one'), stage.startElsewhere('two')]);
    await stage.allReady();
    expect(hosts.map(({ pool }) => pool.bots.size)).toEqual([4, 4]);
    expect(stage.identifies()).toEqual(stage.bots.map(() => 1));
  });

  it('end a bot at once whose lease another host took, and leave session and state to that one', async () => {
    const stage = await setStageForTwo(await makeDatabase(), 1);
    const robbed = await stage.startElsewhere('one', { leases: { ...LEASES, renewInterval: 20 } });
    await stage.untilAgent('bot-0', 'ready');
    await expect
      .poll(async () => (await stage.database.sessions.load((await stage.agent('bot-0')).id)).length)
      .toBe(1);
    // As after a pause that was longer than the lease: another host was quicker.
    await stage.query(
      "UPDATE bot_leases SET process_id = 'another', host_name = 'elsewhere', fence = fence + 1",
    );
    const sessions = await stage.database.sessions.load((await stage.agent('bot-0')).id);
    await expect.poll(() => robbed.pool.bots.size).toBe(0);
    await stage.discord.until(() => stage.first.connected === 0, 'the end of the connection');
    await robbed.stop();
    expect(await stage.database.sessions.load((await stage.agent('bot-0')).id)).toEqual(sessions);
    expect((await stage.agent('bot-0')).status.state).toBe('ready');
  });

  it('do not start with a file as HOST_ID_FILE that holds something else, and leave that as it is', async () => {
    const stage = await setStageForTwo(await makeDatabase(), 1);
    const file = stage.env['SECRET_KEY_FILE'] ?? '';
    const key = await readFile(file, 'utf8');
    const config = loadConfig({ ...stage.env, HOST_ID_FILE: file });
    await expect(stage.start({ config })).rejects.toThrow('HOST_ID_FILE');
    expect(await readFile(file, 'utf8')).toBe(key);
  });
});

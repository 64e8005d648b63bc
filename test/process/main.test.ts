import { spawn } from 'node:child_process';
import { access, readdir, rm, stat } from 'node:fs/promises';
import { expect, it, onTestFinished } from 'vitest';
import { setStage } from '../support/run-host.ts';
import { follow, ROOT, runProcess } from '../support/run-process.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const MAIN = 'src/main.ts';
const RUNNING = /the host is running/;

async function setStageWithBots(count: number) {
  const stage = await setStage();
  const guild = stage.discord.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const ada = stage.discord.addUser({ username: 'ada' });
  const bots = Array.from({ length: count }, (_, n) =>
    stage.discord.addBot({ username: `bot-${String(n)}`, guilds: [guild] }),
  );
  for (const bot of bots) await stage.addAgent({ name: bot.username, token: bot.token });
  const [first] = bots;
  if (first === undefined) throw new Error('no bots');
  return { ...stage, general, ada, bots, first };
}

it('stays up on an empty table, says how to make an agent, and ends with 0 at SIGTERM', async () => {
  const directory = await temporaryDirectory();
  const env = { DATABASE_URL: `file:${directory}/troupe.db`, SECRET_KEY_FILE: `${directory}/secret.key` };
  const host = runProcess(MAIN, env);
  await host.until(RUNNING);
  expect(host.output()).toContain('npm run agents:load -- agents.example.yaml');
  host.child.kill('SIGTERM');
  expect(await host.ended).toBe(0);
});

it.skipIf(process.platform === 'win32')(
  'stops in order when npm is ended that started it, though npm tells nobody',
  async () => {
    const directory = await temporaryDirectory();
    const npm = spawn('npm', ['start'], {
      cwd: ROOT,
      env: {
        PATH: process.env['PATH'] ?? '',
        npm_config_update_notifier: 'false',
        DATABASE_URL: `file:${directory}/troupe.db`,
        SECRET_KEY_FILE: `${directory}/secret.key`,
        HTTP_PORT: '0',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that nothing of it outlives the test.
      detached: true,
    });
    onTestFinished(() => {
      try {
        process.kill(-(npm.pid ?? 0), 'SIGKILL');
      } catch {
        // As it should be: nothing of it is left.
      }
    });
    const host = follow(npm);
    await host.until(RUNNING);
    npm.kill('SIGTERM');
    // Its output ends with the last process that holds it.
    await host.ended;
    expect(host.output()).toContain('npm is gone: stopping');
    expect(host.output()).toContain('the host has stopped');
  },
);

it('shows the code for the first admin also where the log does not say so much', async () => {
  const directory = await temporaryDirectory();
  const host = runProcess(MAIN, {
    DATABASE_URL: `file:${directory}/troupe.db`,
    SECRET_KEY_FILE: `${directory}/secret.key`,
    HTTP_PORT: '0',
    LOG_LEVEL: 'warn',
  });
  await host.until(
    /nobody can log in yet: open http:\/\/127\.0\.0\.1:\d+ within 30 minutes, type \w{5}-\w{5}/,
  );
});

it.skipIf(process.platform === 'win32')(
  'makes its folder and everything in it for its owner alone',
  async () => {
    const data = `${await temporaryDirectory()}/data`;
    const host = runProcess(MAIN, {
      DATABASE_URL: `file:${data}/troupe.db`,
      SECRET_KEY_FILE: `${data}/secret.key`,
    });
    await host.until(RUNNING);
    const files = (await readdir(data)).map((name) => `${data}/${name}`);
    expect(files.length).toBeGreaterThanOrEqual(2);
    for (const file of [data, ...files]) expect((await stat(file)).mode & 0o077, file).toBe(0);
  },
);

it('ends with 78 and names the variable, the value and what is allowed when a setting is wrong', async () => {
  const host = runProcess(MAIN, { MAX_CONCURRENT_BOTS: 'many', LOG_FORMAT: 'xml' });
  expect(await host.ended).toBe(78);
  expect(host.output()).toMatch(/MAX_CONCURRENT_BOTS: "many" .*allowed: /);
  expect(host.output()).toMatch(/LOG_FORMAT: "xml" .*allowed: .*json/);
});

it('ends with 78, in words, when the key to stored tokens is lost, and makes no other', async () => {
  const stage = await setStageWithBots(1);
  const key = stage.env['SECRET_KEY_FILE'] ?? '';
  await rm(key);
  const host = runProcess(MAIN, stage.env);
  expect(await host.ended).toBe(78);
  expect(host.output()).toContain('Restore the file (or set SECRET_KEY)');
  await expect(access(key)).rejects.toThrow();
});

it('ends with 78, in words, when the key is another than the one that the tokens were stored under', async () => {
  const stage = await setStageWithBots(1);
  const host = runProcess(MAIN, { ...stage.env, SECRET_KEY: Buffer.alloc(32, 9).toString('base64') });
  expect(await host.ended).toBe(78);
  expect(host.output()).toMatch(/SECRET_KEY/);
});

it('ends with 78, in words, when a newer version has migrated the database', async () => {
  const stage = await setStage();
  stage.exec(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
     VALUES ('x', 'x', '29990101000000_from_the_future', 1, 1)`,
  );
  const host = runProcess(MAIN, stage.env);
  expect(await host.ended).toBe(78);
  expect(host.output()).toContain('29990101000000_from_the_future');
});

it('ends with 2 when it is given words that it does not take', async () => {
  const host = runProcess(MAIN, {}, ['--bogus']);
  expect(await host.ended).toBe(2);
});

it('tells what it does with --help', async () => {
  const host = runProcess(MAIN, {}, ['--help']);
  expect(await host.ended).toBe(0);
  expect(host.output()).toContain('npm run agents:load');
  expect(host.output()).toContain('2 wrong usage');
});

it.each(['SIGTERM', 'SIGINT'] as const)(
  'finishes the answer in flight at %s, closes every gateway and ends with 0',
  async (signal) => {
    const stage = await setStageWithBots(3);
    const host = runProcess(MAIN, stage.env);
    await Promise.all(stage.bots.map((bot) => bot.ready()));
    const slow = stage.discord.slowRequests({
      method: 'POST',
      route: /messages$/,
      ms: Number.POSITIVE_INFINITY,
    });
    const said = stage.ada.say(stage.general, `${stage.first.mention} nearly there`);
    await stage.discord.until(() => slow.hits === 1, 'the answer to be under way');
    host.child.kill(signal);
    await host.until(/stopping/);
    slow.lift();
    expect((await stage.first.reply(said)).content).toBe('nearly there');
    expect(await host.ended).toBe(0);
    expect(stage.bots.map((bot) => bot.connected)).toEqual([0, 0, 0]);
    expect((await stage.agent('bot-0')).status.state).toBe('stopped');
  },
);

it('abandons what is not finished within SHUTDOWN_TIMEOUT, and still ends with 0', async () => {
  const stage = await setStageWithBots(1);
  const host = runProcess(MAIN, { ...stage.env, SHUTDOWN_TIMEOUT: '0.2' });
  await stage.first.ready();
  const slow = stage.discord.slowRequests({
    method: 'POST',
    route: /messages$/,
    ms: Number.POSITIVE_INFINITY,
  });
  stage.ada.say(stage.general, `${stage.first.mention} never there`);
  await stage.discord.until(() => slow.hits === 1, 'the answer to be under way');
  host.child.kill('SIGTERM');
  expect(await host.ended).toBe(0);
  expect(host.output()).toContain('abandoned answers');
});

it('ends at once at a second signal', async () => {
  const stage = await setStageWithBots(1);
  const host = runProcess(MAIN, { ...stage.env, SHUTDOWN_TIMEOUT: '3600' });
  await stage.first.ready();
  const slow = stage.discord.slowRequests({
    method: 'POST',
    route: /messages$/,
    ms: Number.POSITIVE_INFINITY,
  });
  stage.ada.say(stage.general, `${stage.first.mention} never there`);
  await stage.discord.until(() => slow.hits === 1, 'the answer to be under way');
  host.child.kill('SIGTERM');
  await host.until(/stopping/);
  host.child.kill('SIGTERM');
  expect(await host.ended).toBe(1);
});

it('resumes fifty bots after SIGKILL, spends no identify, and answers a mention sent while it was down', async () => {
  const stage = await setStageWithBots(50);
  const before = runProcess(MAIN, stage.env);
  await Promise.all(stage.bots.map((bot) => bot.ready()));
  const answered = await Promise.all(
    stage.bots.map((bot) => bot.reply(stage.ada.say(stage.general, `${bot.mention} before`))),
  );
  expect(answered.length).toBe(50);
  // What is not on record yet when it dies costs an identify: the first record is a second away at most.
  for (const bot of stage.bots) {
    const { id } = await stage.agent(bot.username);
    await expect
      .poll(async () => (await stage.database.sessions.load(id)).length, { timeout: 5_000 })
      .toBe(1);
  }
  before.child.kill('SIGKILL');
  expect(await before.ended).toBe('SIGKILL');

  const meanwhile = stage.bots.map((bot) => ({
    bot,
    said: stage.ada.say(stage.general, `${bot.mention} meanwhile`),
  }));
  runProcess(MAIN, stage.env);
  for (const { bot, said } of meanwhile) expect((await bot.reply(said, 15_000)).content).toBe('meanwhile');
  expect(stage.bots.map(({ identifies, resumes }) => ({ identifies, resumes }))).toEqual(
    stage.bots.map(() => ({ identifies: 1, resumes: 1 })),
  );
  expect(stage.bots.map(({ sent }) => sent.length)).toEqual(stage.bots.map(() => 2));
});

it('writes no token to its log', async () => {
  const stage = await setStageWithBots(1);
  const host = runProcess(MAIN, { ...stage.env, LOG_LEVEL: 'debug' });
  await stage.first.ready();
  const token = stage.first.resetToken();
  await host.until(/does not accept the token/);
  await stage.editAgent('bot-0', { token });
  stage.first.allowIdentifies(2);
  await stage.first.ready();
  host.child.kill('SIGTERM');
  await host.ended;
  expect(host.output()).not.toContain(token);
  expect(host.output()).not.toContain(token.split('.')[2]);
});

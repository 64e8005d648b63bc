import { randomBytes } from 'node:crypto';
import { copyFile, rename, rm, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import type { HostOptions } from '../../src/host/host-options.ts';
import { setStage } from '../support/run-host.ts';

const QUICK: Partial<HostOptions> = { promiseInterval: 20 };

async function startWithBot(options: Partial<HostOptions> = {}) {
  const stage = await setStage();
  const guild = stage.discord.addGuild({ name: 'Green Room' });
  const bot = stage.discord.addBot({ username: 'parrot', guilds: [guild] });
  await stage.addAgent({ name: 'parrot', token: bot.token });
  const host = await stage.start({ ...QUICK, ...options });
  await bot.ready();
  const key = stage.env['SECRET_KEY_FILE'] ?? '';
  const database = (stage.env['DATABASE_URL'] ?? '').slice('file:'.length);
  const open = async () =>
    (await stage.database.incidents.list({ isOpen: true, limit: 10 })).map((one) => one.reason);
  return { stage, host, bot, key, database, open };
}

it('fails when a newer version has changed the tables under it', async () => {
  const { stage, host } = await startWithBot();
  stage.exec(
    "INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count) VALUES ('x', 'x', '20991231000000_later', 1, 1, 1)",
  );
  const { message, remedy, exitCode } = await host.failed;
  expect(message).toContain('20991231000000_later');
  expect(remedy).toBe('Run the newer version of Troupe.');
  expect(exitCode).toBe(78);
});

it('fails when the table of its journal is gone, also while nobody writes', async () => {
  const { stage, host } = await startWithBot();
  stage.exec('ALTER TABLE exchanges RENAME TO elsewhere');
  expect((await host.failed).message).toBe('database: the table exchanges is gone');
});

it('fails when its database file is replaced under it', async () => {
  const { host, database } = await startWithBot();
  await copyFile(database, `${database}.copy`);
  await rename(`${database}.copy`, database);
  const { message, exitCode } = await host.failed;
  expect(message).toContain(database);
  expect(exitCode).toBe(70);
});

it('fails when another key is put under it that opens nothing', async () => {
  const { host, key } = await startWithBot();
  await writeFile(key, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
  const { message, exitCode } = await host.failed;
  expect(message).toContain(key);
  expect(exitCode).toBe(78);
});

it('fails when a copy of its machine takes a bot under the same id', async () => {
  const { stage, host } = await startWithBot({ leases: { renewInterval: 20 } });
  // What the copy writes: the same process to all appearance, under a later fence.
  stage.exec('UPDATE bot_leases SET fence = fence + 1');
  const { message, exitCode } = await host.failed;
  expect(message).toMatch(/^leases: it holds the lease of agent /);
  expect(exitCode).toBe(70);
});

it('goes on with the key in memory when the file is gone, says so, and takes note when it is back', async () => {
  const { host, key, bot, open } = await startWithBot();
  await rename(key, `${key}.away`);
  await expect.poll(open, { timeout: 20_000 }).toContain('key-gone');
  expect(bot.connected).toBe(1);
  await rename(`${key}.away`, key);
  await expect.poll(open, { timeout: 20_000 }).not.toContain('key-gone');
  await rm(`${key}.away`, { force: true });
  await expect(Promise.race([host.failed, Promise.resolve('goes on')])).resolves.toBe('goes on');
});

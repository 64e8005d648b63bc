import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import type { AgentChange } from '../../src/agents/agent-store.ts';
import { SecretBox } from '../../src/database/secret-box.ts';
import { setStage } from '../support/run-host.ts';
import { runProcess } from '../support/run-process.ts';
import { testDatabase } from '../support/test-database.ts';

const COMMAND = 'scripts/manage-secrets.ts';
const AGENTS = 200;
const RUNS = 20;

const create = (name: string, token: string, config = {}): AgentChange => ({
  kind: 'create',
  definition: agentDefinitionSchema.parse({ name, config }),
  token,
});

it('loses nothing when it is killed, wherever that is, and ends well when it is run again', async () => {
  const database = await testDatabase();
  const keyFile = path.join(database.directory, 'secret.key');
  const start = () => database.open({ secretKey: { file: keyFile } });
  const host = await start();
  const names = Array.from({ length: AGENTS }, (_, index) => `agent ${index}`);
  await host.agents.apply(
    names.map((name) => create(name, `token of ${name}`, { api_key: `key of ${name}` })),
  );
  await host.close();

  const rotate = () =>
    runProcess(COMMAND, { DATABASE_URL: `file:${database.file}`, SECRET_KEY_FILE: keyFile }, ['rotate']);
  /** How many tokens are under the new key of a rotation under way; undefined when none is. */
  const progress = (): number | undefined => {
    const [fresh = '', old] = readFileSync(keyFile, 'utf8').trim().split('\n');
    if (old === undefined) return undefined;
    const { keyId } = new SecretBox(Buffer.from(fresh, 'base64'));
    const [row] = database.raw(`SELECT count(*) AS n FROM agents WHERE discord_token LIKE 'v1.${keyId}.%'`);
    return Number(row?.['n']);
  };
  const checkAll = async (): Promise<void> => {
    const opened = await start();
    const { agents } = opened;
    for (const agent of await agents.list()) {
      expect(agents.openToken(agent)).toBe(`token of ${agent.name}`);
      expect(agents.openConfig(agent)).toEqual({ api_key: `key of ${agent.name}` });
    }
    for (const twin of ['agent 0', 'agent 100', 'agent 199']) {
      await expect(agents.apply([create('twin', `token of ${twin}`)])).rejects.toThrow(
        /already another agent's/,
      );
    }
    await opened.close();
  };

  let killed = 0;
  for (let run = 0; run < RUNS; run++) {
    const rotation = rotate();
    const { child } = rotation;
    // Every part of the way has its turn: the new key in the file and nothing under it yet, to everything under it.
    const enough = (run * 70) % AGENTS;
    while (child.exitCode === null && (progress() ?? -1) < enough) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    child.kill('SIGKILL');
    const end = await rotation.ended;
    expect([0, 'SIGKILL'], rotation.output()).toContain(end);
    if (end === 'SIGKILL') killed++;
    await checkAll();
  }
  expect(killed).toBeGreaterThan(0);

  const last = rotate();
  expect(await last.ended, last.output()).toBe(0);
  await checkAll();
  expect(readFileSync(keyFile, 'utf8')).toMatch(/^\S{44}\n$/);
  expect(existsSync(`${keyFile}.new`)).toBe(false);
  expect((await readdir(database.directory)).filter((name) => !name.startsWith('troupe.db'))).toEqual([
    'secret.key',
  ]);
}, 120_000);

it('disturbs no running host: its bots stay connected, and it goes on with what comes under the new key', async () => {
  const stage = await setStage();
  const { discord, env } = stage;
  const guild = discord.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const ada = discord.addUser({ username: 'ada' });
  const [first, second] = ['first', 'second'].map((username) =>
    discord.addBot({ username, guilds: [guild] }),
  );
  if (first === undefined || second === undefined) throw new Error('no bots');
  await stage.addAgent({ name: 'First', token: first.token, config: {} });
  await stage.start();
  await first.ready();

  const [before] = stage.rows('SELECT discord_token FROM agents');
  const rotation = runProcess(COMMAND, env, ['rotate']);
  expect(await rotation.ended, rotation.output()).toBe(0);
  expect(stage.rows('SELECT discord_token FROM agents')).not.toEqual([before]);
  // Only a poll after the rotation finds it; its token is under the new key.
  await stage.addAgent({ name: 'Second', token: second.token });
  await stage.untilAgent('Second', 'ready');

  // One identify each is all that the stand-in allows.
  expect([first.connected, second.connected]).toEqual([1, 1]);
  expect((await first.reply(ada.say(general, `${first.mention} still there?`))).content).toBe('still there?');
});

it('prints no key and no token', async () => {
  const database = await testDatabase();
  const keyFile = path.join(database.directory, 'secret.key');
  const { agents } = await database.open({ secretKey: { file: keyFile } });
  await agents.apply([create('a', 'the-very-secret-token')]);
  const env = { DATABASE_URL: `file:${database.file}`, SECRET_KEY_FILE: keyFile };
  const keys = [readFileSync(keyFile, 'utf8').trim()];
  for (const args of [['status'], ['rotate'], ['rotate', '--json'], ['status', '--json']]) {
    const command = runProcess(COMMAND, env, args);
    expect(await command.ended, command.output()).toBe(0);
    keys.push(readFileSync(keyFile, 'utf8').trim());
    expect(command.output()).not.toContain('very-secret');
    for (const key of keys) expect(command.output()).not.toContain(key.slice(0, 20));
  }
  expect(new Set(keys).size).toBe(3);
});

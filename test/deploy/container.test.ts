import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, it } from 'vitest';
import { healthCommand, startCommand } from '../support/deploy/dockerfile.ts';
import { layContainer } from '../support/deploy/lay-container.ts';
import { packageImports } from '../support/deploy/package-imports.ts';
import { setStage } from '../support/run-host.ts';
import { ROOT } from '../support/run-process.ts';

/** Not installed in the image, or taken out of it again: they serve the install alone. */
const ONLY_TO_INSTALL = ['prisma', 'node'];
/** Not for the container: the first runs at its install, the second plays a demo that is not in it. */
const NOT_IN_A_CONTAINER = ['scripts/generate.ts', 'scripts/demo.ts'];

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

it.skipIf(process.platform === 'win32')(
  'runs from what the image holds, read-only and not as root: answers, is healthy, ends with 0 at SIGTERM',
  async ({ skip }) => {
    const container = await layContainer();
    if (container.trouble !== undefined) skip(container.trouble);
    const before = await container.files();
    const stage = await setStage();
    const guild = stage.discord.addGuild({ name: 'Green Room' });
    const general = guild.addTextChannel('general');
    const ada = stage.discord.addUser({ username: 'ada' });
    const bot = stage.discord.addBot({ username: 'parrot', guilds: [guild] });
    const env = {
      // What a container has of its own, this machine shares.
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: String(await freePort()),
      DISCORD_API_URL: stage.discord.apiUrl,
      DISCORD_NEW_AGENT_POLL_INTERVAL: '0.05',
      PARROT_TOKEN: bot.token,
      LOG_TO_FILE: 'true',
    };

    const host = container.run(startCommand, env);
    await host.until(/"text":"the host is running"/);
    const load = ['node', '--import', './scripts/preload.js', 'scripts/load-agents.ts'];
    const loaded = container.run([...load, 'agents.example.yaml', '--offline', '--yes'], env);
    expect(await loaded.ended, loaded.output()).toBe(0);
    await bot.ready(15_000);
    expect((await bot.reply(ada.say(general, `${bot.mention} hello`), 15_000)).content).toContain('hello');

    const health = container.run(healthCommand, env);
    expect(await health.ended, health.output()).toBe(0);

    host.child.kill('SIGTERM');
    expect(await host.ended).toBe(0);
    const dead = container.run(healthCommand, env);
    expect(await dead.ended).toBe(1);

    expect(await container.files()).toEqual(before);
    expect(await readdir(container.volumes.data)).toEqual(
      expect.arrayContaining(['host.id', 'secret.key', 'troupe.db']),
    );
    expect(await readdir(container.volumes.logs)).toEqual(['troupe.log']);
  },
  60_000,
);

it('imports nothing at run time that is installed for development or taken out of the image', async () => {
  const manifest = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const there = Object.keys(manifest.dependencies).filter((name) => !ONLY_TO_INSTALL.includes(name));
  const imports = [...packageImports('src'), ...packageImports('scripts')];
  expect(imports.length).toBeGreaterThan(15);
  const missing = imports.filter(
    ([name, file]) => !there.includes(name) && !NOT_IN_A_CONTAINER.includes(file),
  );
  expect(missing).toEqual([]);
});

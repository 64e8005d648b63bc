import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { openProxy } from '../support/cut-off-proxy.ts';
import { TESTED_DATABASES } from '../support/each-database.ts';
import { setStage } from '../support/run-host.ts';

const postgresql = TESTED_DATABASES.find(({ provider }) => provider === 'postgresql');

describe.skipIf(postgresql?.isThere !== true)('a database that says nothing any more, on PostgreSQL', () => {
  it('holds up no stop for longer than the host was told to wait', async () => {
    const place = new URL(String((await postgresql?.make())?.url));
    const proxy = await openProxy({ host: place.hostname, port: Number(place.port) });
    const direct = place.href;
    const stage = await setStage({}, { DATABASE_URL: direct, SHUTDOWN_TIMEOUT: '1' });
    const guild = stage.discord.addGuild({ name: 'Green Room' });
    const bot = stage.discord.addBot({ username: 'parrot', guilds: [guild] });
    await stage.addAgent({ name: 'Parrot', token: bot.token });
    place.hostname = '127.0.0.1';
    place.port = String(proxy.port);
    const env = { ...stage.env, DATABASE_URL: place.href };
    const host = await stage.start({ config: loadConfig(env), env, stopGrace: 1_000 });
    await bot.ready();
    proxy.silence();
    await expect
      .poll(async () => (await fetch(`${String(host.healthUrl)}/readiness`)).status, { timeout: 30_000 })
      .toBe(503);
    // A statement is given a minute: the runner's own time would be over.
    await host.stop();
    expect(stage.logger.lines.at(-1)?.text).toContain('stops without waiting any longer');
  }, 40_000);
});

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { runProcess } from '../support/run-process.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

async function setUp(text: string) {
  const directory = await temporaryDirectory();
  const folder = path.join(directory, 'config');
  await mkdir(folder);
  const file = path.join(folder, 'production.yaml');
  await writeFile(file, text);
  const env = {
    NODE_ENV: 'production',
    CONFIG_DIR: folder,
    DATABASE_URL: `file:${directory}/troupe.db`,
    SECRET_KEY_FILE: `${directory}/secret.key`,
  };
  return { file, env };
}

it.each(['src/main.ts', 'scripts/show-config.ts', 'scripts/show-usage.ts'])(
  '%s ends with 78 and names the place when the settings file is wrong',
  async (program) => {
    const { file, env } = await setUp('log_level: info\nmax_concurrent_bots: many\nlog_fromat: json\n');
    const run = runProcess(program, env);
    expect(await run.ended).toBe(78);
    expect(run.output()).toContain(
      `${file}:2:22: MAX_CONCURRENT_BOTS: "many" is not a whole number in range`,
    );
    expect(run.output()).toContain(
      `${file}:3:1: there is no setting "log_fromat"; did you mean "log_format"?`,
    );
  },
);

it('the host takes what the settings file says, and a level that is changed while it runs', async () => {
  const { env } = await setUp('log: { level: warn }\ndiscord_new_agent_poll_interval: 0.02\n');
  const host = runProcess('src/main.ts', env);
  await host.until(/DISCORD_NEW_AGENT_POLL_INTERVAL is under 0\.5 s/);
  const set = runProcess('scripts/show-config.ts', env, ['set', 'LOG_LEVEL', 'info']);
  expect(await set.ended).toBe(0);
  const raised = runProcess('scripts/show-config.ts', env, ['set', 'SHUTDOWN_TIMEOUT', '5']);
  expect(await raised.ended).toBe(0);
  await host.until(/a setting has changed setting=SHUTDOWN_TIMEOUT from=30 to=5 source=database/);
  expect(host.output()).not.toContain('the host is running');
  host.child.kill('SIGTERM');
  expect(await host.ended).toBe(0);
});

import { expect, it } from 'vitest';
import { setStage } from '../support/run-host.ts';
import { runProcess } from '../support/run-process.ts';

it('runs by itself, and ends with 1 when something is wrong', async () => {
  const stage = await setStage();
  const guild = stage.discord.addGuild({ name: 'Green Room' });
  const bot = stage.discord.addBot({ username: 'helper', guilds: [guild] });
  await stage.addAgent({ name: 'Helper', token: bot.token });
  const well = runProcess('scripts/doctor.ts', stage.env);
  expect(await well.ended).toBe(0);
  expect(well.output()).toContain('Agent Helper');
  bot.revokeToken();
  const ill = runProcess('scripts/doctor.ts', stage.env, ['--json']);
  expect(await ill.ended).toBe(1);
  expect(JSON.parse(ill.output())).toMatchObject({ ok: false });
});

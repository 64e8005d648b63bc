import { expect, it } from 'vitest';
import { openApi } from '../support/api-stage.ts';
import { setStage } from '../support/run-host.ts';

it('is shut in a host for as long as nobody can log in, while probes answer', async () => {
  const stage = await setStage();
  const { healthUrl } = await stage.start();
  for (const path of ['/api/agents', '/api/docs', '/api/events', '/api/nothing']) {
    const { status, headers } = await fetch(`${String(healthUrl)}${path}`, {
      headers: { authorization: 'Bearer admin' },
    });
    expect([path, status]).toEqual([path, 401]);
    expect(headers.get('content-type')).toContain('application/problem+json');
  }
  expect((await fetch(`${String(healthUrl)}/readiness`)).status).toBe(200);
});

it('shows where a bot stands in this process, and which host runs it', async () => {
  const stage = await setStage();
  const bot = stage.discord.addBot({ username: 'Parrot' });
  await stage.addAgent({ name: 'Parrot', token: bot.token });
  const host = await stage.start();
  await stage.untilAgent('Parrot', 'ready');
  const { call } = await openApi({ database: stage.database, parts: { bots: () => host.pool.bots } });
  const seen = await call('GET', '/api/agents?name=parrot', { as: 'viewer' });
  expect(seen.body).toMatchObject({
    items: [{ state: 'ready', here: true, host: expect.any(String) as string, bot_username: 'Parrot' }],
  });
  const elsewhere = await openApi({ database: stage.database });
  expect((await elsewhere.call('GET', '/api/agents')).body).toMatchObject({
    items: [{ state: 'ready', here: false }],
  });
  await host.stop();
  expect((await elsewhere.call('GET', '/api/agents')).body).toMatchObject({
    items: [{ state: 'stopped', host: null }],
  });
});

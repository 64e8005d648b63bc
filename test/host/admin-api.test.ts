import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { expect, it } from 'vitest';
import { hashToken, makeToken } from '../../src/access/access-token.ts';
import { adminParts } from '../../src/host/admin-parts.ts';
import { createAgentTools } from '../../src/host/agent-tools.ts';
import { loadConfig } from '../../src/config/config.ts';
import { HostEvents } from '../../src/events/host-events.ts';
import { createRedactor } from '../../src/observability/redactor.ts';
import { createBackground } from '../../src/util/background.ts';
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
  // The table is behind: what the bot itself says counts.
  stage.exec("UPDATE agents SET state = 'starting'");
  expect((await call('GET', '/api/agents')).body).toMatchObject({ items: [{ state: 'ready' }] });
  stage.exec("UPDATE agents SET state = 'ready'");
  const elsewhere = await openApi({ database: stage.database });
  expect((await elsewhere.call('GET', '/api/agents')).body).toMatchObject({
    items: [{ state: 'ready', here: false }],
  });
  await host.stop();
  expect((await elsewhere.call('GET', '/api/agents')).body).toMatchObject({
    items: [{ state: 'stopped', host: null }],
  });
});

it('asks Discord about an agent as its bot would, and puts what it writes on record', async () => {
  const stage = await setStage();
  const bot = stage.discord.addBot({ username: 'Parrot' });
  await stage.addAgent({ name: 'Parrot', token: bot.token });
  await stage.addAgent({ name: 'Stray', token: `${bot.token.slice(0, -6)}nobody` });
  const { env, database, logger } = stage;
  const config = loadConfig(env);
  const background = createBackground({ concurrency: 1, backlog: 1, onError: () => undefined });
  const redactor = createRedactor();
  const agentTools = createAgentTools({ config, env, database, background, logger, redactor });
  const events = new HostEvents({ now: () => new Date() });
  const pool = { bots: new Map() };
  const parts = adminParts({
    ...{ config, env, database, pool, agentTools, events, logger, redactor },
    hostBudget: () => undefined,
    capacity: () => {
      throw new Error('nobody asks');
    },
  });
  const { call } = await openApi({ database, parts });
  const path = async (name: string): Promise<string> => `/api/agents/${(await stage.agent(name)).id}`;
  const well = await call('POST', `${await path('Parrot')}/test`);
  expect(well.body).toMatchObject({
    ok: true,
    checks: expect.arrayContaining([
      { name: 'token', status: 'ok', message: expect.stringContaining('Parrot') as string },
    ]) as unknown,
  });
  const stray = await call('POST', `${await path('Stray')}/test`);
  expect(stray.body).toMatchObject({ ok: false });
  expect(stray.text).not.toContain('nobody');
  expect((await call('POST', `${await path('Parrot')}/disable`)).status).toBe(200);
  expect(await database.auditLog.list({ limit: 1 })).toMatchObject([
    { action: 'agent.disable', actor: { kind: 'api-token', name: 'operator' } },
  ]);
});

it('finishes the change that it is at when it is told to stop', async () => {
  const stage = await setStage();
  const host = await stage.start();
  const { adminUsers, apiTokens } = stage.database;
  const { id: adminUserId } = await adminUsers.create({ name: 'Ada', role: 'admin', passwordHash: 'none' });
  const token = makeToken('api-token');
  const made = { name: 'ci', tokenHash: hashToken(token), scopes: [], expiresAt: undefined };
  await apiTokens.create({ ...made, adminUserId, role: 'admin' });
  const request = httpRequest(`${String(host.healthUrl)}/api/agents`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      expect: '100-continue',
    },
  });
  request.flushHeaders();
  // It has been taken in.
  await once(request, 'continue');
  const stopping = host.stop();
  await expect.poll(async () => (await fetch(`${String(host.healthUrl)}/api/agents`)).status).toBe(503);
  request.end('{"name":"Parrot"}');
  const [{ statusCode }] = (await once(request, 'response')) as [IncomingMessage];
  expect(statusCode).toBe(201);
  await stopping;
  expect((await stage.agent('Parrot')).name).toBe('Parrot');
});

import { expect, it } from 'vitest';
import { PASSWORD, startAdmin } from '../../support/admin-app.ts';

const wrong = (name: string) => ({ json: { name, password: 'a wrong password' } });

it('no body of a stranger costs much, or is answered at length', async () => {
  const { ask } = await startAdmin();
  const keys = Array.from({ length: 6_000 }, (_, n) => [`${String(n)}${'x'.repeat(2)}`, 1]);
  const { status, body, json } = await ask('POST', '/api/session', { json: Object.fromEntries(keys) });
  expect(status).toBe(400);
  expect(body.length).toBeLessThan(20_000);
  expect((json['errors'] as { message: string }[]).at(-1)?.message).toMatch(/^and \d+ more$/);
  const large = Object.fromEntries([['x'.repeat(30_000), 1]]);
  expect((await ask('POST', '/api/session', { json: large })).body.length).toBeLessThan(2_000);
  const tooLarge = { name: 'a', password: 'x'.repeat(70_000) };
  expect((await ask('POST', '/api/session', { json: tooLarge })).status).toBe(413);
});

it('of many guesses at once no more are looked at than one after the other', async () => {
  const { ask, login, database } = await startAdmin();
  await login('Ada', 'admin');
  await database.adminSessions.revokeAll((await database.adminUsers.find('Ada'))?.id ?? '');
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => ask('POST', '/api/session', wrong('Ada'))),
  );
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 401)).toHaveLength(5);
  expect(new Set(statuses)).toEqual(new Set([401, 429]));
});

it('a name that somebody has locks as one that nobody has', async () => {
  const { ask, login, database } = await startAdmin();
  await login('Ada', 'admin');
  await database.adminSessions.revokeAll((await database.adminUsers.find('Ada'))?.id ?? '');
  const told: Record<string, unknown[]> = { Ada: [], Zed: [] };
  for (let count = 0; count < 7; count++) {
    for (const [name, list] of Object.entries(told)) {
      const { status, json } = await ask('POST', '/api/session', wrong(name));
      list.push(status, String(json['detail']).replace(/\d+/, 'N'));
    }
  }
  expect(told['Ada']).toEqual(told['Zed']);
  expect(told['Ada']).toContain(429);
});

it('a login that is under way with the old password is none once there is a new one', async () => {
  const { ask, login, database } = await startAdmin();
  const own = await login('Ada', 'admin');
  const { id = '' } = (await database.adminUsers.find('Ada')) ?? {};
  const old = { json: { name: 'Ada', password: PASSWORD } };
  const [change, ...logins] = await Promise.all([
    ask('PUT', '/api/session/password', {
      headers: own,
      json: { current: PASSWORD, password: 'another horse battery' },
    }),
    ...Array.from({ length: 12 }, () => ask('POST', '/api/session', old)),
  ]);
  expect(change.status).toBe(204);
  expect(logins.map(({ status }) => status)).not.toContain(500);
  expect(await database.adminSessions.list(id)).toHaveLength(1);
  expect((await ask('POST', '/api/session', old)).status).toBe(401);
});

it('all the addresses of one IPv6 network count as one, and shut out nobody else', async () => {
  const { ask, login } = await startAdmin({ http: { trustedProxies: ['127.0.0.1'] } });
  await login('Ada', 'admin');
  const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
  const statuses: number[] = [];
  for (let count = 0; count < 22; count++) {
    const options = { ...wrong(`name ${String(count)}`), ...from(`2001:db8:1:2::${String(count)}`) };
    statuses.push((await ask('POST', '/api/session', options)).status);
  }
  expect(statuses.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 401));
  expect(statuses.slice(20)).toEqual([429, 429]);
  const right = { json: { name: 'Ada', password: PASSWORD } };
  expect((await ask('POST', '/api/session', { ...right, ...from('2001:db8:1:3::1') })).status).toBe(200);
});

it('an API token lets nobody in, makes no other, and sees no sessions, whatever its role and scopes', async () => {
  const { ask, login, database } = await startAdmin();
  const own = await login('Ada', 'admin');
  const { id = '' } = (await database.adminUsers.find('Ada')) ?? {};
  const made = await ask('POST', '/api/tokens', {
    headers: own,
    json: { name: 'ci', role: 'admin', expires_in_days: 1 },
  });
  const headers = { authorization: `Bearer ${String(made.json['token'])}` };
  const person = { name: 'Mallory', role: 'admin', password: PASSWORD };
  for (const [method, path, json] of [
    ['POST', '/api/access/users', person],
    ['PATCH', `/api/access/users/${id}`, { role: 'admin' }],
    ['PUT', `/api/access/users/${id}/password`, { password: 'another horse battery' }],
    ['POST', '/api/tokens', { name: 'more', role: 'viewer' }],
    ['GET', '/api/tokens', undefined],
    ['GET', '/api/sessions', undefined],
  ] as const) {
    const { status } = await ask(method, path, { headers, json });
    expect([method, path, status]).toEqual([method, path, 403]);
  }
  const who = await ask('GET', '/api/session', { headers });
  expect(who.json).toMatchObject({ kind: 'api-token', expires_at: made.json['expires_at'] });
  expect(await database.adminUsers.list()).toHaveLength(1);
});

it('a NUL is refused where no id can have one, and a login with one is wrong', async () => {
  const { ask, login } = await startAdmin();
  const headers = await login('Ada', 'admin');
  for (const path of ['/api/commands/%00', '/api/exchanges?agent_id=%00', '/api/audit?action=%00']) {
    const { status, json } = await ask('GET', path, { headers });
    expect([path, status, String(json['detail'])]).toEqual([path, 400, expect.stringContaining('NUL')]);
  }
  expect((await ask('GET', '/api/audit?since=0000-01-01T00:00:00Z', { headers })).status).toBe(400);
  expect((await ask('POST', '/api/session', wrong('a\0b'))).status).toBe(401);
  expect((await ask('POST', '/login', { form: { name: 'a\0b', password: 'x' } })).status).toBe(401);
});

it('the login of a proxy in front is not taken for one of ours', async () => {
  const { ask, login } = await startAdmin();
  const headers = { ...(await login('Ada', 'admin')), authorization: 'Basic YTpi' };
  expect((await ask('GET', '/api/agents', { headers })).status).toBe(200);
});

it('a proxy that nobody trusts is told of once, and believed nothing', async () => {
  const { ask, logger, login } = await startAdmin();
  const headers = { ...(await login('Ada', 'admin')), 'x-forwarded-for': '192.0.2.7' };
  for (let count = 0; count < 2; count++) await ask('GET', '/api/session', { headers });
  expect(logger.lines.filter(({ text }) => text.includes('HTTP_TRUSTED_PROXIES'))).toMatchObject([
    { level: 'warn', proxy: '127.0.0.1' },
  ]);
});

it.each([
  ['192.0.2.7:4711', '192.0.2.7'],
  ['[2001:db8::1]:4711', '2001:db8::1'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
])('a trusted proxy may write %s', async (written, address) => {
  const { ask, login, database } = await startAdmin({ http: { trustedProxies: ['127.0.0.1'] } });
  await login('Ada', 'admin');
  const json = { name: 'Ada', password: PASSWORD };
  await ask('POST', '/api/session', { json, headers: { 'x-forwarded-for': written } });
  expect((await database.adminSessions.list())[0]?.address).toBe(address);
});

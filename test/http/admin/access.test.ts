import { describe, expect, it } from 'vitest';
import { createPasswords } from '../../../src/access/password.ts';
import { PASSWORD, startAdmin } from '../../support/admin-app.ts';
import { testDatabase } from '../../support/test-database.ts';

const FIRST = { name: 'Ada', password: PASSWORD, again: PASSWORD };

describe('before there is an admin', () => {
  it('answers 401 under /api, says why, and serves the page to make one', async () => {
    const { ask } = await startAdmin();
    for (const [method, path] of [
      ['GET', '/api/session'],
      ['GET', '/api/access/users'],
      ['GET', '/api/nothing-there'],
      ['POST', '/api/access/users'],
      ['GET', '/%61pi/nothing-there'],
    ] as const) {
      const { status, headers, json } = await ask(method, path, method === 'POST' ? { json: {} } : {});
      expect([path, status]).toEqual([path, 401]);
      expect(headers['content-type']).toContain('application/problem+json');
      expect(headers['www-authenticate']).toContain('Bearer');
      expect(json['detail']).toContain('there is no admin yet');
    }
    const login = await ask('POST', '/api/session', { json: { name: 'a', password: 'b' } });
    expect(login).toMatchObject({ status: 401 });
    const page = await ask('GET', '/');
    expect(page.status).toBe(200);
    expect(page.body).toContain('Make the first admin');
    expect((await ask('GET', '/assets/admin.css')).status).toBe(200);
  });

  it('makes the first admin for whoever types the code, once', async () => {
    const { ask, code, database } = await startAdmin();
    const wrong = await ask('POST', '/first-run', { form: { ...FIRST, code: 'AAAAA-AAAAA' } });
    expect(wrong.status).toBe(403);
    expect(wrong.body).toContain('not the code');
    const short = await ask('POST', '/first-run', {
      form: { ...FIRST, code: code(), password: 'short', again: 'short' },
    });
    expect(short.body).toContain('12 characters');
    const typed = code().toLowerCase().replace('-', ' ');
    const made = await ask('POST', '/first-run', { form: { ...FIRST, code: typed } });
    expect([made.status, made.headers.location]).toEqual([303, '/']);
    const cookie = made.headers['set-cookie']?.[0] ?? '';
    expect(cookie).toMatch(/^troupe_session=troupe_session_[\w-]{43};.* HttpOnly; SameSite=Strict$/);
    const page = await ask('GET', '/', { headers: { cookie: cookie.split(';')[0] ?? '' } });
    expect(page.body).toContain('You are <strong>Ada</strong>, admin');
    const again = await ask('POST', '/first-run', { form: { ...FIRST, name: 'Eve', code: code() } });
    expect(again.status).toBe(403);
    expect((await database.adminUsers.list()).map(({ name, role }) => [name, role])).toEqual([
      ['Ada', 'admin'],
    ]);
    expect((await database.auditLog.list({ limit: 9 })).map(({ action }) => action)).toEqual([
      'session.open',
      'admin-user.create',
    ]);
  });

  it('looks at no code of an address that guessed too often, nor at one that is too old', async () => {
    let now = Date.now();
    const { ask, code } = await startAdmin({ now: () => now });
    const old = code();
    now += 31 * 60_000;
    expect((await ask('POST', '/first-run', { form: { ...FIRST, code: old } })).status).toBe(403);
    await ask('GET', '/');
    expect(code()).not.toBe(old);
    for (let guess = 0; guess < 4; guess++)
      await ask('POST', '/first-run', { form: { ...FIRST, code: 'X' } });
    const refused = await ask('POST', '/first-run', { form: { ...FIRST, code: code() } });
    expect([refused.status, Number(refused.headers['retry-after'])]).toEqual([429, 60]);
    now += 60_000;
    expect((await ask('POST', '/first-run', { form: { ...FIRST, code: code() } })).status).toBe(303);
  });
});

describe('a login', () => {
  it('is refused for a wrong password and an unknown name in the same words', async () => {
    const { ask, login } = await startAdmin();
    await login('Ada', 'admin');
    const answers = await Promise.all(
      ['Ada', 'Eve'].map((name) =>
        ask('POST', '/api/session', { json: { name, password: 'wrong password' } }),
      ),
    );
    expect(answers.map(({ status, json }) => [status, json['detail']])).toEqual([
      [401, 'the name or the password is wrong'],
      [401, 'the name or the password is wrong'],
    ]);
    expect((await ask('POST', '/login', { form: { name: '<b>', password: 'x' } })).body).toContain(
      'value="&#60;b&#62;"',
    );
  });

  it('renews the hash of a password that was made at another cost', async () => {
    const { database, login } = await startAdmin();
    await login('Ada', 'admin');
    const hash = (await database.adminUsers.find('ada'))?.passwordHash ?? '';
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await createPasswords().matches(PASSWORD, hash)).toBe(true);
  });

  it('is locked for a name after five wrong passwords, also in the next process, until somebody unlocks it', async () => {
    const database = await (await testDatabase()).open();
    const { ask, login } = await startAdmin({ database });
    await login('Ada', 'admin');
    await database.adminSessions.revokeAll((await database.adminUsers.find('Ada'))?.id ?? '');
    for (let count = 0; count < 5; count++) {
      await ask('POST', '/api/session', { json: { name: 'ADA', password: 'wrong' } });
    }
    const next = await startAdmin({ database });
    const right = { json: { name: 'Ada', password: PASSWORD } };
    const locked = await next.ask('POST', '/api/session', right);
    expect(locked.status).toBe(429);
    expect(Number(locked.headers['retry-after'])).toBeGreaterThan(0);
    await database.adminUsers.unlock((await database.adminUsers.find('Ada'))?.id ?? '');
    expect((await next.ask('POST', '/api/session', right)).status).toBe(200);
  });

  it('is not locked where the same person is logged in already', async () => {
    const { ask, login, database } = await startAdmin();
    await login('Ada', 'admin');
    const { id = '' } = (await database.adminUsers.find('Ada')) ?? {};
    await database.adminUsers.takeTry(id, () => 60_000, false);
    expect((await ask('POST', '/api/session', { json: { name: 'Ada', password: PASSWORD } })).status).toBe(
      200,
    );
  });

  it('ends by logging out, and when it is revoked', async () => {
    const { ask, login } = await startAdmin();
    const [one, two] = [await login('Ada', 'admin'), await login('Bob', 'viewer')];
    expect((await ask('DELETE', '/api/session', { headers: one })).status).toBe(204);
    expect((await ask('GET', '/api/session', { headers: one })).status).toBe(401);
    const sessions = (await ask('GET', '/api/sessions', { headers: two })).json['items'] as { id: string }[];
    expect(sessions).toHaveLength(1);
    await ask('DELETE', `/api/sessions/${sessions[0]?.id ?? ''}`, { headers: two });
    expect((await ask('GET', '/api/session', { headers: two })).status).toBe(401);
  });
});

describe('a page of a stranger', () => {
  it('gets nothing under a name of its own', async () => {
    const { ask, login, host } = await startAdmin({ http: { allowedHosts: ['troupe.example.com'] } });
    const { cookie = '' } = await login('Ada', 'admin');
    const port = host.split(':')[1] ?? '';
    for (const [name, status] of [
      [`evil.example:${port}`, 421],
      [`127.0.0.1.evil.example:${port}`, 421],
      [`localhost:${port}`, 200],
      [`[::1]:${port}`, 200],
      ['troupe.example.com', 200],
    ] as const) {
      const answer = await ask('GET', '/api/session', { headers: { cookie, host: name } });
      expect([name, answer.status]).toEqual([name, status]);
    }
    const { json } = await ask('GET', '/', { headers: { host: 'evil.example' } });
    expect(json['detail']).toContain('HTTP_ALLOWED_HOSTS');
    expect((await ask('GET', '/liveness', { headers: { host: 'evil.example' } })).status).toBe(200);
  });

  it('changes nothing with the cookie of somebody who is logged in', async () => {
    const { ask, login, host } = await startAdmin();
    const own = await login('Ada', 'admin');
    const csrf = own['x-csrf-token'] ?? '';
    const { cookie = '' } = own;
    const json = { name: 'Eve', role: 'admin', password: PASSWORD };
    const post = (headers: Record<string, string>) =>
      ask('POST', '/api/access/users', { headers: { cookie, ...headers }, json });
    expect((await post({})).status).toBe(403);
    expect((await post({ 'x-csrf-token': `${csrf}x` })).status).toBe(403);
    expect((await post({ 'x-csrf-token': csrf, origin: 'http://evil.example' })).status).toBe(403);
    expect((await post({ 'x-csrf-token': csrf, origin: 'null' })).status).toBe(403);
    expect((await post({ 'x-csrf-token': csrf, origin: `https://${host}` })).status).toBe(403);
    expect((await post({ 'x-csrf-token': csrf, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await post({ 'x-csrf-token': csrf, 'sec-fetch-site': 'same-site' })).status).toBe(403);
    const form = await ask('POST', '/api/access/users', {
      headers: { cookie, 'x-csrf-token': csrf },
      form: { name: 'Eve' },
    });
    expect(form.status).toBe(415);
    expect((await ask('POST', '/logout', { headers: { cookie }, form: {} })).status).toBe(403);
    expect(
      (await ask('POST', '/login', { headers: { origin: 'http://evil.example' }, form: {} })).status,
    ).toBe(403);
    expect(
      (await post({ 'x-csrf-token': csrf, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }))
        .status,
    ).toBe(201);
  });

  it('finds a policy that lets it embed nothing, and no token in any address', async () => {
    const { ask } = await startAdmin();
    for (const path of ['/', '/api/session', '/nothing']) {
      const { headers } = await ask('GET', path);
      expect(headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
      expect(headers['content-security-policy']).not.toContain('unsafe');
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      });
      expect(headers).not.toHaveProperty('strict-transport-security');
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    }
    expect((await ask('GET', '/')).body).not.toMatch(/<script|<style| style=| on\w+=/);
  });
});

describe('behind a proxy', () => {
  it('knows https and the address from a trusted one, and from nobody else', async () => {
    const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9, 192.0.2.7' };
    const untrusted = await startAdmin();
    const form = (code: string) => ({ headers: forwarded, form: { ...FIRST, code } });
    const plain = await untrusted.ask('POST', '/first-run', form(untrusted.code()));
    expect(plain.headers['set-cookie']?.[0]).not.toContain('Secure');
    const trusted = await startAdmin({ http: { trustedProxies: ['127.0.0.0/8'] } });
    const secure = await trusted.ask('POST', '/first-run', {
      ...form(trusted.code()),
      headers: { ...forwarded, origin: `https://${trusted.host}` },
    });
    expect(secure.headers['set-cookie']?.[0]).toMatch(/^__Host-troupe_session=.*Path=\/; .*Secure/);
    expect(secure.headers['strict-transport-security']).toBe('max-age=31536000');
    expect((await trusted.database.adminSessions.list())[0]?.address).toBe('192.0.2.7');
    expect((await untrusted.database.adminSessions.list())[0]?.address).toBe('127.0.0.1');
  });
});

describe('roles and tokens', () => {
  const ROUTES = [
    ['GET', '/api/session', 'somebody'],
    ['GET', '/api/sessions', 'somebody'],
    ['GET', '/api/tokens', 'somebody'],
    ['GET', '/api/access/users', 'admin'],
    ['POST', '/api/access/users', 'admin'],
    ['PATCH', '/api/access/users/x', 'admin'],
    ['PUT', '/api/access/users/x/password', 'admin'],
    ['POST', '/api/access/users/x/unlock', 'admin'],
    ['DELETE', '/api/access/users/x', 'admin'],
    ['GET', '/api/access/sessions', 'admin'],
    ['DELETE', '/api/access/sessions/x', 'admin'],
    ['GET', '/api/access/tokens', 'admin'],
    ['DELETE', '/api/access/tokens/x', 'admin'],
  ] as const;

  it('answer nobody whom they should not', async () => {
    const { ask, login } = await startAdmin();
    const logins = {
      admin: await login('Ada', 'admin'),
      operator: await login('Olga', 'operator'),
      viewer: await login('Vic', 'viewer'),
    };
    for (const [method, path, needs] of ROUTES) {
      const json = method === 'GET' || method === 'DELETE' ? undefined : {};
      expect((await ask(method, path, { json })).status).toBe(401);
      for (const [role, headers] of Object.entries(logins)) {
        const { status } = await ask(method, path, { headers, json });
        const isRefused = needs === 'admin' && role !== 'admin';
        expect([method, path, role, status === 403]).toEqual([method, path, role, isRefused]);
        expect(status).not.toBe(401);
        expect(status).toBeLessThan(500);
      }
    }
  });

  it('a token is shown once, may no more than its owner now, only in its scopes, and until it is revoked', async () => {
    const { ask, login, database } = await startAdmin({
      more: [
        (app) => {
          app.get(
            '/api/for-operators',
            { config: { needs: { role: 'operator', scope: 'agents' } } },
            () => ({}),
          );
        },
      ],
    });
    await login('Ada', 'admin');
    const owner = await login('Olga', 'operator');
    const make = (json: object) => ask('POST', '/api/tokens', { headers: owner, json });
    expect((await make({ name: 'ci', role: 'admin' })).status).toBe(403);
    const made = await make({ name: 'ci', role: 'operator', scopes: ['agents'] });
    expect(made.status).toBe(201);
    const { token, id } = made.json as { token: string; id: string };
    expect(token).toMatch(/^troupe_pat_[\w-]{43}$/);
    const bearer = { authorization: `Bearer ${token}` };
    expect((await ask('GET', '/api/for-operators', { headers: bearer })).status).toBe(200);
    expect((await ask('GET', '/api/session', { headers: bearer })).json).toMatchObject({
      kind: 'api-token',
      name: 'ci (Olga)',
      role: 'operator',
      csrf_token: null,
    });
    // No other token, no password, nobody's sessions.
    expect(
      (await ask('POST', '/api/tokens', { headers: bearer, json: { name: 'x', role: 'viewer' } })).status,
    ).toBe(403);
    expect((await ask('DELETE', '/api/sessions', { headers: bearer })).status).toBe(403);
    const other = await make({ name: 'usage', role: 'operator', scopes: ['usage'] });
    const elsewhere = { authorization: `Bearer ${String(other.json['token'])}` };
    expect((await ask('GET', '/api/for-operators', { headers: elsewhere })).status).toBe(403);
    const list = await ask('GET', '/api/tokens', { headers: owner });
    expect(list.body).not.toContain(token);
    const user = await database.adminUsers.find('Olga');
    await database.adminUsers.setRole(user?.id ?? '', 'viewer');
    expect((await ask('GET', '/api/for-operators', { headers: bearer })).status).toBe(403);
    await database.adminUsers.setRole(user?.id ?? '', 'operator');
    expect((await ask('DELETE', `/api/tokens/${id}`, { headers: owner })).status).toBe(204);
    expect((await ask('GET', '/api/for-operators', { headers: bearer })).status).toBe(401);
  });

  it('changes by the API are on record in the name of who made them', async () => {
    const { ask, login, database } = await startAdmin();
    const headers = await login('Ada', 'admin');
    const json = { name: 'Bob', role: 'viewer', password: PASSWORD };
    const { id } = (await ask('POST', '/api/access/users', { headers, json })).json as { id: string };
    await ask('PATCH', `/api/access/users/${id}`, { headers, json: { role: 'operator' } });
    await ask('PUT', `/api/access/users/${id}/password`, { headers, json: { password: `${PASSWORD}!` } });
    await ask('DELETE', `/api/access/users/${id}`, { headers });
    const entries = await database.auditLog.list({ limit: 4 });
    expect(entries.map(({ action, actor, subject }) => [action, actor.kind, actor.name, subject.id])).toEqual(
      [
        ['admin-user.delete', 'admin-user', 'Ada', id],
        ['admin-user.password', 'admin-user', 'Ada', id],
        ['admin-user.role', 'admin-user', 'Ada', id],
        ['admin-user.create', 'admin-user', 'Ada', id],
      ],
    );
    expect(await database.auditLog.verify()).toMatchObject({ isWhole: true });
  });
});

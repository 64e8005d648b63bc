import { expect, it } from 'vitest';
import {
  type Principal,
  type Requirement,
  isAllowed,
  SCOPES,
  type Scope,
} from '../../../src/access/principal.ts';
import { hashToken, makeToken } from '../../../src/access/access-token.ts';
import type { Database } from '../../../src/database/open-database.ts';
import { startAdmin } from '../../support/admin-app.ts';
import { openApi } from '../../support/api-stage.ts';
import type { Caller } from '../../support/fake-guard.ts';

/**
 * What each route needs, whatever its code says: `role:scope`, `somebody` for any login, `nobody` for none. A new route has
 * to be added.
 */
const NEEDS: Readonly<Record<string, string>> = {
  'GET /api/agents': 'viewer:agents',
  'POST /api/agents': 'operator:agents',
  'GET /api/agents/:id': 'viewer:agents',
  'PATCH /api/agents/:id': 'operator:agents',
  'DELETE /api/agents/:id': 'operator:agents',
  'POST /api/agents/:id/enable': 'operator:agents',
  'POST /api/agents/:id/disable': 'operator:agents',
  'POST /api/agents/:id/test': 'operator:agents',
  'POST /api/agents/:id/reload': 'operator:commands',
  'POST /api/agents/:id/restart': 'operator:commands',
  'POST /api/agents/:id/pause': 'operator:commands',
  'POST /api/agents/:id/resume': 'operator:commands',
  'GET /api/commands': 'viewer:commands',
  'POST /api/commands': 'operator:commands',
  'GET /api/commands/:id': 'viewer:commands',
  'GET /api/exchanges': 'viewer:exchanges',
  'GET /api/exchanges/:id': 'viewer:exchanges',
  'POST /api/exchanges/:id/replay': 'operator:exchanges',
  'POST /api/exchanges/:id/drop': 'operator:exchanges',
  'POST /api/exchanges/replay': 'operator:exchanges',
  'POST /api/exchanges/drop': 'operator:exchanges',
  'GET /api/memory': 'operator:memory',
  'GET /api/memory/export': 'operator:memory',
  'DELETE /api/memory': 'operator:memory',
  'GET /api/users/:id': 'operator:memory',
  'DELETE /api/users/:id': 'operator:memory',
  'GET /api/users/:id/export': 'operator:memory',
  'GET /api/users/:id/erasures': 'operator:memory',
  'GET /api/usage': 'viewer:usage',
  'GET /api/usage/budgets': 'viewer:usage',
  'GET /api/settings': 'viewer:settings',
  'GET /api/settings/:name': 'viewer:settings',
  'PUT /api/settings/:name': 'operator:settings',
  'DELETE /api/settings/:name': 'operator:settings',
  'GET /api/incidents': 'viewer:incidents',
  'GET /api/capacity': 'viewer:agents',
  'GET /api/audit': 'admin:audit',
  'GET /api/audit/verify': 'admin:audit',
  'GET /api/events': 'viewer:events',
  'GET /': 'nobody',
  'GET /login': 'nobody',
  'POST /login': 'nobody',
  'POST /logout': 'somebody',
  'POST /first-run': 'nobody',
  'GET /assets/admin.css': 'nobody',
  'GET /api/session': 'somebody',
  'POST /api/session': 'nobody',
  'DELETE /api/session': 'somebody',
  'PUT /api/session/password': 'somebody',
  'GET /api/sessions': 'somebody',
  'DELETE /api/sessions': 'somebody',
  'DELETE /api/sessions/:id': 'somebody',
  'GET /api/tokens': 'somebody',
  'POST /api/tokens': 'somebody',
  'DELETE /api/tokens/:id': 'somebody',
  'GET /api/access/tokens': 'admin:access',
  'DELETE /api/access/tokens/:id': 'admin:access',
  'GET /api/access/users': 'admin:access',
  'POST /api/access/users': 'admin:access',
  'PATCH /api/access/users/:id': 'admin:access',
  'PUT /api/access/users/:id/password': 'admin:access',
  'POST /api/access/users/:id/unlock': 'admin:access',
  'DELETE /api/access/users/:id': 'admin:access',
  'GET /api/access/sessions': 'admin:access',
  'DELETE /api/access/sessions/:id': 'admin:access',
  'GET /api/docs': 'viewer:any',
  'GET /api/docs/': 'viewer:any',
  'GET /api/docs/json': 'viewer:any',
  'GET /api/docs/yaml': 'viewer:any',
  'GET /api/docs/openapi.json': 'viewer:any',
  'GET /api/docs/static/*': 'viewer:any',
  'GET /api/docs/static/index.html': 'viewer:any',
  'GET /api/docs/static/swagger-initializer.js': 'viewer:any',
};

const CALLERS: readonly (Caller | undefined)[] = [undefined, 'viewer', 'operator', 'admin'];

/** Ends a request that would stream. */
async function statusOf(url: string, method: string, headers: Record<string, string>): Promise<number> {
  const stop = new AbortController();
  const response = await fetch(url, { method, headers, redirect: 'manual', signal: stop.signal });
  stop.abort();
  return response.status;
}

/** Real API tokens, one for each caller, of an admin who may do everything. */
function tokensIn(database: Database): (caller: Caller | undefined) => Promise<Record<string, string>> {
  const owner = database.adminUsers.create({ name: 'Ada', role: 'admin', passwordHash: 'none' });
  const tokens = new Map<Caller, Promise<string>>();
  const make = async (caller: Caller): Promise<string> => {
    const token = makeToken('api-token');
    const { role, scopes } = principalOf(caller);
    const made = { name: caller, tokenHash: hashToken(token), role, scopes, expiresAt: undefined };
    await database.apiTokens.create({ ...made, adminUserId: (await owner).id });
    return token;
  };
  return async (caller) => {
    if (caller === undefined) return {};
    const token = tokens.get(caller) ?? make(caller);
    tokens.set(caller, token);
    return { authorization: `Bearer ${await token}` };
  };
}

function needsOf(method: string, url: string): Requirement | 'somebody' | 'nobody' {
  const key = `${method === 'HEAD' ? 'GET' : method} ${url}`;
  const [role, scope] = NEEDS[key]?.split(':') ?? [];
  if (role === 'somebody' || role === 'nobody') return role;
  if (role === undefined) throw new Error(`the table does not say who may call ${key}`);
  return { role, scope } as Requirement;
}

function callersOf(needs: Requirement | 'somebody' | 'nobody'): readonly (Caller | undefined)[] {
  if (typeof needs === 'string') return CALLERS;
  const { role, scope } = needs;
  const other: Scope = SCOPES.find((one) => one !== scope) ?? 'agents';
  return [...CALLERS, `admin:${other}`, ...(scope === 'any' ? [] : ([`${role}:${scope}`] as const))];
}

function principalOf(caller: Caller): Principal {
  const [role, scope] = caller.split(':') as [Principal['role'], Scope | undefined];
  return { kind: 'api-token', id: '', name: '', role, scopes: scope === undefined ? [] : [scope] };
}

it(
  'answers nobody whom a route does not answer, on every route that there is',
  { timeout: 60_000 },
  async () => {
    const routes: { method: string; url: string; needs: unknown }[] = [];
    const { url: base, database, ask } = await startAdmin({ onRoute: (route) => routes.push(route) });
    const headersOf = tokensIn(database);
    await ask('GET', '/api/agents');
    const seen = new Set<string>();
    for (const { method, url } of routes) {
      const needs = needsOf(method, url);
      seen.add(`${method === 'HEAD' ? 'GET' : method} ${url}`);
      const path = url.replace(':id', '7').replace(':name', 'LOG_LEVEL').replace('*', 'swagger-ui.css');
      for (const caller of callersOf(needs)) {
        const status = await statusOf(`${base}${path}`, method, await headersOf(caller));
        const told = `${method} ${url} as ${caller ?? 'nobody'}: ${status}`;
        // What it answers is between it and who asks: a token may do less than a person.
        if (needs === 'nobody') expect(told).not.toMatch(/: 5\d\d$/);
        else if (caller === undefined) expect(told).toBe(`${method} ${url} as nobody: 401`);
        else if (needs === 'somebody') expect(told).not.toMatch(/: (?:401|5\d\d)$/);
        else if (!isAllowed(principalOf(caller), needs)) expect(told).toMatch(/: 403$/);
        else expect(told).not.toMatch(/: (?:401|403|5\d\d)$/);
      }
    }
    expect(Object.keys(NEEDS).filter((key) => !seen.has(key))).toEqual([]);
  },
);

it('says of each route in its code what the table says', async () => {
  const { routes, call } = await openApi();
  await call('GET', '/api/agents');
  for (const { method, url, needs } of routes) {
    expect([method, url, needs]).toEqual([method, url, needsOf(method, url)]);
  }
});

it('knows which methods a path has, and tells strangers nothing of it', async () => {
  const { call } = await openApi();
  const wrong = await call('PUT', '/api/agents/7');
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'DELETE, GET, HEAD, OPTIONS, PATCH']);
  const options = await call('OPTIONS', '/api/agents');
  expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS, POST']);
  expect((await call('HEAD', '/api/agents')).status).toBe(200);
  expect((await call('GET', '/api/nothing')).status).toBe(404);
});

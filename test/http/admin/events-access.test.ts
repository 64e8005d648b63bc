import { expect, it } from 'vitest';
import { hashToken, makeToken } from '../../../src/access/access-token.ts';
import type { Database } from '../../../src/database/open-database.ts';
import { type AdminStage, startAdmin } from '../../support/admin-app.ts';
import { listen } from '../../support/event-reader.ts';
import { testDatabase } from '../../support/test-database.ts';

const BRISK = { streams: { heartbeat: 5 } };

/** Somebody with a session and an API token, by the headers that they come with. */
async function somebody({ database, login }: AdminStage) {
  const session = await login('Ada', 'admin');
  const adminUserId = String((await database.adminUsers.find('Ada'))?.id);
  const token = makeToken('api-token');
  const made = { name: 'ci', tokenHash: hashToken(token), scopes: [], expiresAt: undefined };
  await database.apiTokens.create({ ...made, adminUserId, role: 'viewer' });
  await login('Bob', 'admin');
  return { adminUserId, session, token: { authorization: `Bearer ${token}` } };
}

it.each<{
  what: string;
  by: 'session' | 'token';
  end: (database: Database, adminUserId: string) => Promise<unknown>;
}>([
  {
    what: 'their session is revoked',
    by: 'session',
    end: (database, id) => database.adminSessions.revokeAll(id),
  },
  {
    what: 'their password is replaced',
    by: 'session',
    end: (database, id) => database.adminUsers.setPassword(id, 'another'),
  },
  { what: 'they are deleted', by: 'session', end: (database, id) => database.adminUsers.delete(id) },
  {
    what: 'their token is revoked',
    by: 'token',
    end: async ({ apiTokens }) => apiTokens.revoke(String((await apiTokens.list())[0]?.id)),
  },
  {
    what: 'the owner of the token is deleted',
    by: 'token',
    end: (database, id) => database.adminUsers.delete(id),
  },
])('ends the events of somebody once $what, and says why', async ({ by, end }) => {
  const stage = await startAdmin(BRISK);
  const who = await somebody(stage);
  const { event, next, status } = await listen(stage, '', who[by]);
  expect(status).toBe(200);
  await end(stage.database, who.adminUserId);
  expect(await event()).toEqual({ event: 'end', data: '{"reason":"you may not listen any more"}' });
  expect(await next()).toBeUndefined();
  expect((await listen(stage, '', who[by])).status).toBe(401);
});

it('ends the events of a token that has expired', async () => {
  const test = await testDatabase();
  const stage = await startAdmin({ ...BRISK, database: await test.open() });
  const { token } = await somebody(stage);
  const { event } = await listen(stage, '', token);
  test.raw('UPDATE api_tokens SET expires_at = 1');
  expect(await event()).toMatchObject({ event: 'end', data: expect.stringContaining('any more') as string });
});

it('goes on while whoever listens may, also while the database is away', async () => {
  const away = new Error('the database is away');
  const database = await (await testDatabase()).open();
  const stage = await startAdmin({ ...BRISK, database, parts: { isOutage: (error) => error === away } });
  const { token } = await somebody(stage);
  const { next, event } = await listen(stage, '', token);
  const { apiTokens } = database;
  const find = apiTokens.find.bind(apiTokens);
  const asked = Promise.withResolvers<undefined>();
  apiTokens.find = () => {
    asked.resolve(undefined);
    return Promise.reject(away);
  };
  await asked.promise;
  for (let beats = 0; beats < 3; beats++) expect(await next()).not.toContain('end');
  apiTokens.find = find;
  await apiTokens.revoke(String((await apiTokens.list())[0]?.id));
  expect(await event()).toMatchObject({ event: 'end' });
});

it('ends the events of somebody who cannot be recognised over a defect', async () => {
  const stage = await startAdmin(BRISK);
  const { token } = await somebody(stage);
  const { event } = await listen(stage, '', token);
  stage.database.apiTokens.find = () => Promise.reject(new TypeError('a defect'));
  expect(await event()).toMatchObject({
    event: 'end',
    data: expect.stringContaining('cannot be found out') as string,
  });
});

it('counts the sessions and tokens of one person together', async () => {
  const stage = await startAdmin({ streams: { mostOfOne: 2 } });
  const { session, token } = await somebody(stage);
  await listen(stage, '', session);
  await listen(stage, '', token);
  expect((await listen(stage, '', token)).status).toBe(429);
});

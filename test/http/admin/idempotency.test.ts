import { describe, expect, it } from 'vitest';
import { PASSWORD, startAdmin } from '../../support/admin-app.ts';
import { openApi } from '../../support/api-stage.ts';
import { testDatabase } from '../../support/test-database.ts';

describe('an Idempotency-Key', () => {
  const headers = { 'idempotency-key': 'key-1' };

  it('has one agent made by two hosts that are asked at once, and the answer repeated', async () => {
    const shared = await testDatabase();
    const [one, two] = [
      await openApi({ database: await shared.open() }),
      await openApi({ database: await shared.open() }),
    ];
    const body = { name: 'Parrot' };
    const answers = await Promise.all(
      [one, two, one, two].map(({ call }) => call('POST', '/api/agents', { headers, body })),
    );
    expect(await one.database.agents.list()).toHaveLength(1);
    for (const { status } of answers) expect([201, 409]).toContain(status);
    expect(answers.some(({ status }) => status === 201)).toBe(true);
    const again = await two.call('POST', '/api/agents', { headers, body });
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
    expect(again.body['id']).toBe(answers.find(({ status }) => status === 201)?.body['id']);
    expect(again.headers.get('location')).toBe(`/api/agents/${String(again.body['id'])}`);
  });

  it('is refused with another request, is another’s of another caller, and is free after a failure or a day', async () => {
    let now = new Date('2026-11-30T10:00:00Z');
    const { call } = await openApi({ database: await (await testDatabase()).open({ now: () => now }) });
    const wrong = await call('POST', '/api/agents', { headers, body: { name: 'A', type: 'ehco' } });
    expect(wrong.status).toBe(422);
    expect((await call('POST', '/api/agents', { headers, body: { name: 'A' } })).status).toBe(201);
    const other = await call('POST', '/api/agents', { headers, body: { name: 'B' } });
    expect([other.status, other.body['detail']]).toEqual([422, expect.stringContaining('another request')]);
    expect((await call('POST', '/api/agents', { as: 'admin', headers, body: { name: 'B' } })).status).toBe(
      201,
    );
    now = new Date('2026-12-01T10:00:01Z');
    expect((await call('POST', '/api/agents', { headers, body: { name: 'C' } })).status).toBe(201);
  });

  it('says that nobody knows when the first request was never answered', async () => {
    const { call, database } = await openApi();
    database.idempotency.keep = () => Promise.resolve();
    expect((await call('POST', '/api/agents', { headers, body: { name: 'A' } })).status).toBe(201);
    expect((await call('POST', '/api/agents', { headers, body: { name: 'A' } })).status).toBe(409);
    expect(await database.agents.list()).toHaveLength(1);
  });

  it('makes no second agent where the first was made, and could not be read afterwards', async () => {
    const database = await (await testDatabase()).open();
    const table = database.agents;
    let isBroken = true;
    const agents = {
      list: () => (isBroken ? Promise.reject(new Error('cannot be read')) : table.list()),
      openConfig: table.openConfig.bind(table),
      openToken: table.openToken.bind(table),
    };
    const { call } = await openApi({ database, parts: { agents } });
    const ask = () => call('POST', '/api/agents', { headers, body: { name: 'A' } });
    expect((await ask()).status).toBe(500);
    isBroken = false;
    const again = await ask();
    expect([again.status, again.body['detail']]).toEqual([
      409,
      expect.stringContaining('see whether it was done'),
    ]);
    expect(await database.agents.list()).toHaveLength(1);
  });

  it('is refused where what is asked or answered is a secret, and nothing is made', async () => {
    const { ask, login, database } = await startAdmin();
    const own = { ...(await login('Ada', 'admin')), ...headers };
    for (const [path, json] of [
      ['/api/tokens', { name: 'ci', role: 'viewer' }],
      ['/api/access/users', { name: 'Eve', role: 'viewer', password: PASSWORD }],
      ['/api/session', { name: 'Ada', password: PASSWORD }],
    ] as const) {
      const answer = await ask('POST', path, { headers: own, json });
      expect([path, answer.status, answer.json['detail']]).toEqual([
        path,
        400,
        expect.stringContaining('takes no Idempotency-Key'),
      ]);
    }
    expect(await database.apiTokens.list()).toEqual([]);
    expect(await database.adminUsers.list()).toHaveLength(1);
    expect(await database.adminSessions.list()).toHaveLength(1);
  });

  it('has 1 to 190 visible characters', async () => {
    const { call } = await openApi();
    for (const key of ['two words', 'x'.repeat(191)]) {
      const { status, body } = await call('POST', '/api/agents', {
        headers: { 'idempotency-key': key },
        body: { name: 'A' },
      });
      expect([status, body['errors']]).toEqual([
        400,
        [{ path: 'header.idempotency-key', message: 'must have 1 to 190 visible characters' }],
      ]);
    }
  });
});

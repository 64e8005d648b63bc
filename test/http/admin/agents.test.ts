import { describe, expect, it } from 'vitest';
import { openApi } from '../../support/api-stage.ts';

const KEY = 'sk-test-1234567890abcdefghij';
const TOKEN = 'MTIzNDU2Nzg5MDEyMzQ1Njc4.Gabcde.abcdefghijklmnopqrstuvwxyz0123456789AB';

const LLM = {
  name: 'Helper',
  type: 'llm',
  discord_token: TOKEN,
  config: { provider: 'openai-compatible', base_url: 'http://one.test/v1', model: 'm', api_key: KEY },
};

describe('agents', () => {
  it('are made, read, changed, switched and deleted, each change on record as its caller’s', async () => {
    const { call, database, actors } = await openApi();
    const made = await call('POST', '/api/agents', { body: { name: 'Parrot', config: { prefix: '> ' } } });
    expect([made.status, made.body]).toMatchObject([
      201,
      { name: 'Parrot', type: 'echo', enabled: true, version: 1, has_token: false, here: false, host: null },
    ]);
    const path = String(made.headers.get('location'));
    expect(path).toBe(`/api/agents/${String(made.body['id'])}`);
    expect(made.headers.get('etag')).toBe('"1"');

    const changed = await call('PATCH', path, {
      headers: { 'if-match': '"1"' },
      body: { rate_limit: 5, config: { suffix: ' <' } },
    });
    expect([changed.status, changed.headers.get('etag'), changed.body]).toMatchObject([
      200,
      '"2"',
      { rate_limit: 5, config: { prefix: '> ', suffix: ' <' } },
    ]);
    expect((await call('POST', `${path}/disable`)).body).toMatchObject({ enabled: false, version: 3 });
    expect((await call('POST', `${path}/enable`)).body).toMatchObject({ enabled: true, version: 4 });
    const stale = { headers: { 'if-match': '"1"' } };
    expect((await call('POST', `${path}/disable`, stale)).status).toBe(412);
    // What changes nothing makes no new version, with which others would be refused.
    const same = { headers: { 'if-match': '"4"' }, body: { rate_limit: 5, config: {} } };
    expect((await call('PATCH', path, same)).body).toMatchObject({ version: 4 });
    const reset = { headers: { 'if-match': '*' }, body: { rate_limit: null } };
    expect((await call('PATCH', path, reset)).body).toMatchObject({ rate_limit: 0 });
    expect((await call('DELETE', path, { headers: { 'if-match': '"5"' } })).status).toBe(204);
    expect((await call('GET', path)).status).toBe(404);
    expect(await database.agents.list()).toEqual([]);
    expect(new Set(actors.map(({ name }) => name))).toEqual(new Set(['operator']));
    expect(actors).toHaveLength(6);
  });

  it('tells each thing that is wrong, where it is, and what was probably meant', async () => {
    const { call } = await openApi();
    const form = await call('POST', '/api/agents', {
      body: { name: 'A', respond_to_dms: true, rate_limit: 'x' },
    });
    expect(form.status).toBe(400);
    expect(form.headers.get('content-type')).toContain('application/problem+json');
    expect(form.body['errors']).toEqual([
      { path: 'rate_limit', message: 'must be a number' },
      { path: 'respond_to_dms', message: 'unknown key "respond_to_dms"; did you mean "respond_to_dm"?' },
    ]);
    const config = { provider: 'opnai', temperture: 1, tokens_range: { from: 9, until: 2, increment: 1 } };
    const typed = await call('POST', '/api/agents', { body: { name: 'A', type: 'llm', config } });
    expect(typed.status).toBe(422);
    expect(typed.body['errors']).toEqual(
      expect.arrayContaining([
        { path: 'config.provider', message: expect.stringContaining('did you mean "openai"?') as string },
        {
          path: 'config.temperture',
          message: expect.stringContaining('did you mean "temperature"?') as string,
        },
        { path: 'config.tokens_range.from', message: 'must not be above "until"' },
      ]),
    );
    const kind = await call('POST', '/api/agents', { body: { name: 'A', type: 'ehco' } });
    expect(kind.body['errors']).toEqual([
      { path: 'type', message: 'unknown agent type "ehco"; did you mean "echo"?' },
    ]);
  });

  it('shows no secret, and keeps the stored one when its masked form comes back', async () => {
    const { call, database } = await openApi();
    const made = await call('POST', '/api/agents', { body: LLM });
    const path = String(made.headers.get('location'));
    const seen = await call('GET', path);
    const list = await call('GET', '/api/agents');
    for (const { text } of [made, seen, list]) {
      expect(text).not.toContain(KEY);
      expect(text).not.toContain(TOKEN);
    }
    expect(seen.body).toMatchObject({ has_token: true, config: { api_key: '[redacted]' } });
    const config = { ...(seen.body['config'] as object), temperature: 1 };
    const changed = await call('PATCH', path, { headers: { 'if-match': '*' }, body: { config } });
    expect([changed.status, changed.body]).toMatchObject([200, { config: { temperature: 1 } }]);
    const [record] = await database.agents.list();
    if (record === undefined) throw new Error('it is gone');
    expect(database.agents.openConfig(record)).toMatchObject({ api_key: KEY, temperature: 1 });
    expect(database.agents.openToken(record)).toBe(TOKEN);
    await call('PATCH', path, { headers: { 'if-match': '*' }, body: { discord_token: null } });
    expect((await call('GET', path)).body).toMatchObject({ has_token: false });
  });

  it('sends a stored key nowhere else than before', async () => {
    const { call } = await openApi();
    const made = await call('POST', '/api/agents', { body: LLM });
    const path = String(made.headers.get('location'));
    const headers = { 'if-match': '*' };
    const evil = 'http://evil.test/v1';
    for (const config of [{ base_url: evil }, { base_url: evil, api_key: '[redacted]' }]) {
      const refused = await call('PATCH', path, { headers, body: { config } });
      expect([refused.status, refused.body['errors']]).toEqual([
        422,
        [{ path: 'config.api_key', message: expect.stringContaining('given again') as string }],
      ]);
    }
    const open = { base_url: evil, api_key: 'another-key-1' };
    expect((await call('PATCH', path, { headers, body: { config: open } })).status).toBe(200);
  });

  it('lets nobody but an admin have an agent use a variable of the host', async () => {
    const { call } = await openApi();
    const body = { ...LLM, config: { ...LLM.config, api_key: '${SECRET_KEY}' } };
    const refused = await call('POST', '/api/agents', { body });
    expect([refused.status, refused.body['detail']]).toEqual([
      403,
      expect.stringContaining('config.api_key'),
    ]);
    expect((await call('POST', '/api/agents', { as: 'admin', body })).body).toMatchObject({
      config: { api_key: '${SECRET_KEY}' },
    });
  });

  it('are listed page by page, each once, also while one of them goes', async () => {
    const { call } = await openApi();
    const ids: unknown[] = [];
    for (const name of ['A', 'B', 'C', 'D', 'E'])
      ids.push((await call('POST', '/api/agents', { body: { name } })).body['id']);
    const first = await call('GET', '/api/agents?limit=2');
    await call('DELETE', `/api/agents/${String(ids[1])}`, { headers: { 'if-match': '*' } });
    const second = await call('GET', `/api/agents?limit=2&cursor=${String(first.body['next_cursor'])}`);
    const third = await call('GET', `/api/agents?limit=2&cursor=${String(second.body['next_cursor'])}`);
    const names = [first, second, third].flatMap(({ body }) =>
      (body['items'] as { name: string }[]).map(({ name }) => name),
    );
    expect(names).toEqual(['A', 'B', 'C', 'D', 'E']);
    expect(third.body['next_cursor']).toBeNull();
    expect((await call('GET', '/api/agents?name=c')).body).toMatchObject({ items: [{ name: 'C' }] });
    for (const query of ['limit=0', 'limit=201', 'cursor=nonsense', 'nmae=c']) {
      expect((await call('GET', `/api/agents?${query}`)).status).toBe(400);
    }
  });
});

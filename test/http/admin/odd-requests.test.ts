import { describe, expect, it } from 'vitest';
import { startAdmin } from '../../support/admin-app.ts';

const ODD = [
  { what: 'no escape', path: '/api/%zz' },
  { what: 'half an escape', path: '/api/agents/%' },
  { what: 'what is no UTF-8', path: '/api/agents/%ff?a=%zz' },
  { what: 'no escape beside one', path: '/%61pi/%zz' },
  { what: 'an id of 5,000 characters', path: `/api/agents/${'a'.repeat(5_000)}` },
];

describe('an odd address', () => {
  it.each(ODD)('meets the guard like any other: with $what', async ({ path }) => {
    const { ask, login } = await startAdmin();
    const foreign = await ask('GET', path, { headers: { host: 'evil.example' } });
    const unknown = await ask('GET', path);
    const known = await ask('GET', path, { headers: await login('Ada', 'admin') });
    expect([foreign.status, unknown.status]).toEqual([421, path.startsWith('/api') ? 401 : 404]);
    expect([400, 404]).toContain(known.status);
    for (const { status, headers, json } of [foreign, unknown, known]) {
      expect(headers['content-type']).toContain('application/problem+json');
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
      expect(json).toMatchObject({ status, detail: expect.any(String) as string });
    }
  });

  it('does not make another address of one that can be read', async () => {
    const { ask, login } = await startAdmin();
    const headers = await login('Ada', 'admin');
    for (const path of [
      '/api/settings/LOG%5FLEVEL',
      '/api/settings?x=%zz',
      '/api/settings/LOG_LEVEL?x=100%',
    ]) {
      // A query that is not known is refused: the route was found.
      const { status } = await ask('GET', path, { headers });
      expect([path, status]).toEqual([path, path.includes('?') ? 400 : 200]);
    }
  });
});

it.each(['[', '{"a":'])('refuses a body of 150,000 levels of %s', async (open) => {
  const { ask, login } = await startAdmin();
  const headers = { ...(await login('Ada', 'admin')), 'content-type': 'application/json' };
  const nested = `${open.repeat(150_000)}1${(open === '[' ? ']' : '}').repeat(150_000)}`;
  const body = `{"name":"Parrot","config":{"deep":${nested}}}`;
  const answer = await ask('POST', '/api/agents', { headers, body });
  expect([answer.status, answer.json['detail']]).toEqual([400, expect.stringContaining('64 levels')]);
});

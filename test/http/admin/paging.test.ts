import { describe, expect, it } from 'vitest';
import type { UsageReports, UsageRow } from '../../../src/usage/usage-report.ts';
import { startAdmin } from '../../support/admin-app.ts';
import { openApi } from '../../support/api-stage.ts';

interface Page {
  readonly items: Record<string, unknown>[];
  readonly next_cursor: string | null;
}

/** Reads a list to its end, two at a time. */
async function readAll(
  ask: (query: string) => Promise<Record<string, unknown>>,
  between: () => Promise<void> | void = () => undefined,
): Promise<Page['items']> {
  const all: Page['items'] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = (await ask(`limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)) as unknown as Page;
    expect(page.items.length).toBeLessThanOrEqual(2);
    all.push(...page.items);
    cursor = page.next_cursor;
    await between();
  }
  return all;
}

const row = (key: string | undefined, nanoUsd: bigint): UsageRow => ({
  key,
  nanoUsd,
  calls: 1,
  inputTokens: 1n,
  cachedTokens: 0n,
  outputTokens: 1n,
  unpriced: 0,
  failures: 0,
  unsettled: 0,
});

describe('what calls cost, by user', () => {
  /** Each page that is read finds other costs than the one before. */
  function changing(): UsageReports {
    let round = 0n;
    return {
      report: () => {
        round += 1n;
        const keys = ['5', undefined, '3', '1', '4', '2'];
        const rows = keys.map((key, index) => row(key, ((BigInt(index) * 7n + round * 3n) % 11n) * 100n));
        return Promise.resolve(rows.toSorted((a, b) => Number(b.nanoUsd - a.nanoUsd)));
      },
      spending: () => Promise.resolve([]),
    };
  }

  it('is read to its end with nobody left out or twice, while costs change from page to page', async () => {
    const { call } = await openApi({ parts: { usageReports: changing() } });
    const all = await readAll(async (query) => (await call('GET', `/api/usage?by=user&${query}`)).body);
    expect(all.map((one) => one['user_id'])).toEqual([null, '1', '2', '3', '4', '5']);
  });

  it('is shown with the most expensive first to who asks for that, on one page', async () => {
    const { call } = await openApi({ parts: { usageReports: changing() } });
    const { body } = await call('GET', '/api/usage?by=user&sort=cost&limit=3');
    const costs = (body as unknown as Page).items.map((one) => Number(one['nano_usd']));
    expect([costs.length, costs, body['next_cursor']]).toEqual([3, costs.toSorted((a, b) => b - a), null]);
    expect((await call('GET', '/api/usage?sort=cost&cursor=PjE')).status).toBe(400);
  });
});

it('budgets are read to their end with none left out or twice, while money is spent', async () => {
  let round = 0;
  const { call } = await openApi({
    parts: {
      usageReports: {
        report: () => Promise.resolve([]),
        spending: async () => {
          round += 1;
          const agents = (await call('GET', '/api/agents')).body as unknown as Page;
          return ['1', '2', '3', '4', '5'].map((memberId, index) => ({
            kind: 'user' as const,
            agentId: String(agents.items[0]?.['id']),
            memberId,
            nanoUsd: BigInt((index * 3 + round * 2) % 5) * 100_000_000n,
            tokens: 1n,
          }));
        },
      },
    },
  });
  const config = { provider: 'openai', model: 'gpt-4o', budget: { per_user: { usd: 1 } } };
  expect((await call('POST', '/api/agents', { body: { name: 'Helper', type: 'llm', config } })).status).toBe(
    201,
  );
  const all = await readAll(async (query) => (await call('GET', `/api/usage/budgets?${query}`)).body);
  expect(all.map((one) => [one['budget'], one['user_id']])).toEqual([
    ['host', null],
    ...['1', '2', '3', '4', '5'].map((id) => ['user', id]),
  ]);
});

it('users, sessions and tokens are read page by page, each once, also while one of them goes', async () => {
  const { ask, login, database } = await startAdmin();
  const headers = await login('Ada', 'admin');
  for (const name of ['Bob', 'Cy', 'Di', 'Eve']) await login(name, 'viewer');
  for (const name of ['a', 'b', 'c'])
    await ask('POST', '/api/tokens', { headers, json: { name, role: 'viewer' } });
  const read = (path: string) =>
    readAll(async (query) => (await ask('GET', `${path}?${query}`, { headers })).json);
  const names = (items: Page['items'], key: string) => items.map((one) => one[key]);
  expect(names(await read('/api/access/users'), 'name')).toEqual(['Ada', 'Bob', 'Cy', 'Di', 'Eve']);
  expect(names(await read('/api/access/sessions'), 'user')).toEqual(['Eve', 'Di', 'Cy', 'Bob', 'Ada']);
  for (const path of ['/api/tokens', '/api/access/tokens'])
    expect(names(await read(path), 'name')).toEqual(['c', 'b', 'a']);
  expect(await read('/api/sessions')).toMatchObject([{ user: 'Ada', current: true }]);
  const gone = [...(await database.adminUsers.list())].slice(1, 2);
  const rest = await readAll(
    async (query) => (await ask('GET', `/api/access/users?${query}`, { headers })).json,
    async () => {
      for (const { id } of gone.splice(0)) await database.adminUsers.delete(id);
    },
  );
  expect(names(rest, 'name')).toEqual(['Ada', 'Bob', 'Cy', 'Di', 'Eve']);
  expect((await ask('GET', '/api/tokens?cursor=nonsense', { headers })).status).toBe(400);
});

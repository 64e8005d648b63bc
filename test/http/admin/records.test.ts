import { expect, it } from 'vitest';
import { agentDefinitionSchema } from '../../../src/agents/agent-definition.ts';
import { uuidV7 } from '../../../src/util/uuid-v7.ts';
import { openApi } from '../../support/api-stage.ts';
import { testDatabase } from '../../support/test-database.ts';

const USER = '81384788765712384';

/** An API over a database with an agent, and exchanges in these states, oldest first. */
async function withExchanges(...states: string[]) {
  const test = await testDatabase();
  const database = await test.open();
  const definition = agentDefinitionSchema.parse({ name: 'Helper' });
  await database.agents.apply([{ kind: 'create', definition, token: undefined }]);
  const [agent] = await database.agents.list();
  const agentId = String(agent?.id);
  const ids: string[] = [];
  for (const [index, state] of states.entries()) {
    const id = uuidV7(Date.now() + index);
    ids.push(id);
    const isOpen = state === 'dead-letter';
    test.raw(
      `INSERT INTO exchanges (id, agent_id, message_id, channel_id, user_id, state, reason, question, message, answer, admitted_at, finished_at)
       VALUES ('${id}', '${agentId}', '${index + 1}', '7', '${USER}', '${state}', 'mention', 'my words',
       ${isOpen ? "'{}'" : 'NULL'}, '{"pieces":["your answer"],"ending":"delivered"}', ${Date.now() + index}, ${isOpen ? 'NULL' : Date.now()})`,
    );
  }
  return { ...(await openApi({ database })), ids, agentId };
}

it('shows exchanges to those who look, and what was said to those who look after the bots', async () => {
  const { call, ids } = await withExchanges('delivered', 'failed', 'delivered');
  const seen = await call('GET', '/api/exchanges?limit=2', { as: 'viewer' });
  expect(seen.body).toMatchObject({
    items: [{ id: ids[2] }, { id: ids[1], state: 'failed', agent: 'Helper' }],
  });
  const rest = await call('GET', `/api/exchanges?limit=2&cursor=${String(seen.body['next_cursor'])}`, {
    as: 'viewer',
  });
  expect(rest.body).toMatchObject({ items: [{ id: ids[0] }], next_cursor: null });
  const one = await call('GET', `/api/exchanges/${String(ids[0])}`, { as: 'viewer' });
  for (const { text } of [seen, rest, one]) expect(text).not.toMatch(/my words|your answer/);
  expect((await call('GET', `/api/exchanges/${String(ids[0])}`)).body).toMatchObject({
    question: 'my words',
    answer: ['your answer'],
  });
  const failed = await call('GET', '/api/exchanges?state=failed&state=expired');
  expect(failed.body).toMatchObject({ items: [{ id: ids[1] }] });
  expect((await call('GET', '/api/exchanges?state=faild')).body).toMatchObject({
    status: 400,
    errors: [
      {
        path: 'query.state',
        message: expect.stringContaining('dead-letter, replay, delivered, failed') as string,
      },
    ],
  });
});

it('replays and drops dead letters, and nothing else', async () => {
  const { call, ids, actors } = await withExchanges('dead-letter', 'dead-letter', 'delivered');
  const [first, second, over] = ids.map((id) => `/api/exchanges/${id}`);
  expect((await call('POST', `${String(first)}/replay`)).body).toMatchObject({ state: 'replay' });
  expect((await call('POST', `${String(first)}/drop`)).status).toBe(409);
  expect((await call('POST', `${String(over)}/replay`)).status).toBe(409);
  expect((await call('POST', '/api/exchanges/drop')).body).toEqual({ dropped: 1, left: 0 });
  expect((await call('GET', String(second))).body).toMatchObject({ state: 'failed', reason: 'dropped' });
  expect((await call('GET', '/api/exchanges/ffffffff')).status).toBe(404);
  expect(actors.map(({ kind, name }) => [kind, name])).toEqual([
    ['api-token', 'operator'],
    ['api-token', 'operator'],
  ]);
});

it('shows, exports and forgets memories, and erases a user', async () => {
  const { call, database, agentId } = await withExchanges('delivered');
  const { memoryId } = await database.memory.recall({ agentId, userId: USER, scope: '' }, 5);
  await database.memory.remember(memoryId, {
    exchangeId: uuidV7(1),
    question: 'q',
    answer: 'a',
    at: new Date(0),
  });
  const query = `user_id=${USER}`;
  expect((await call('GET', `/api/memory?${query}`)).body).toMatchObject({
    items: [{ agent: 'Helper', scope: 'everywhere', turns: 1 }],
  });
  expect((await call('GET', `/api/memory/export?${query}`)).body).toMatchObject({
    user_id: USER,
    memories: [{ turns: [{ question: 'q', answer: 'a' }] }],
  });
  expect((await call('GET', `/api/users/${USER}/export`)).body).toMatchObject({
    exchanges: [{ question: 'my words' }],
  });
  expect((await call('DELETE', `/api/memory?${query}&scope=dm`)).body).toEqual({ memories: 0, turns: 0 });
  for (const [wrong, status] of [
    ['scope=bogus', 400],
    ['agent_id=nope', 400],
    [`agent_id=${uuidV7(2)}`, 422],
  ] as const) {
    expect([wrong, (await call('DELETE', `/api/memory?${query}&${wrong}`)).status]).toEqual([wrong, status]);
  }
  expect((await call('DELETE', `/api/memory?${query}`)).body).toMatchObject({ turns: 1 });
  expect((await call('DELETE', '/api/memory')).body).toMatchObject({
    errors: [{ path: 'query.user_id', message: 'is missing' }],
  });
  expect((await call('GET', `/api/users/${USER}`)).body).toMatchObject({
    agents: [{ agent: 'Helper', exchanges: 1 }],
  });
  expect((await call('DELETE', `/api/users/${USER}`)).body).toMatchObject({
    applied: true,
    erased: { exchanges: 1 },
  });
  expect((await call('GET', `/api/users/${USER}/erasures`)).body).toMatchObject({
    clean: true,
    erasures: [{}],
  });
});

it('tells what models cost, and what of the budgets is spent', async () => {
  const { call, database, agentId } = await withExchanges();
  for (const model of ['big', 'small']) {
    const subject = {
      agentId,
      userId: USER,
      guildId: undefined,
      exchangeId: undefined,
      purpose: 'answer',
    } as const;
    const most = { nanoUsd: 100, tokens: 10 };
    const booking = await database.usage.reserve({ subject, provider: 'openai', model, most }, [
      { kind: 'host' },
    ]);
    const tokens = { inputTokens: 3, cachedTokens: 0, outputTokens: 2, counted: true };
    await database.usage.settle(booking, { ...tokens, nanoUsd: 50, latencyMs: 1, outcome: 'complete' });
  }
  // What is settled is written behind.
  await expect
    .poll(async () => (await call('GET', '/api/usage', { as: 'viewer' })).body)
    .toMatchObject({
      items: [{ agent: 'Helper', calls: 2, nano_usd: '100', input_tokens: 6, unsettled_calls: 0 }],
    });
  const first = await call('GET', '/api/usage?by=model&limit=1');
  const second = await call('GET', `/api/usage?by=model&limit=1&cursor=${String(first.body['next_cursor'])}`);
  const models = [first, second].flatMap(({ body }) =>
    (body['items'] as { model: string }[]).map(({ model }) => model),
  );
  expect([models, second.body['next_cursor']]).toEqual([['big', 'small'], null]);
  expect((await call('GET', '/api/usage/budgets?limit=1')).body).toMatchObject({
    items: [{ budget: 'host', nano_usd: '100', limit_usd: 1 }],
    next_cursor: null,
  });
});

it('lists settings with their sources and no secret, and changes those that can change', async () => {
  const { call } = await openApi();
  const list = await call('GET', '/api/settings', { as: 'viewer' });
  expect(list.text).not.toContain('bm90IGEg');
  const settings = list.body['items'] as { name: string; value: unknown; source: string }[];
  const named = (name: string): unknown => settings.find((setting) => setting.name === name);
  expect(named('SECRET_KEY')).toMatchObject({ value: '[redacted]', secret: true });
  expect(named('LOG_LEVEL')).toMatchObject({ value: 'warn', source: 'environment', runtime: true });

  const set = await call('PUT', '/api/settings/log_level', { body: { value: 'debug' } });
  expect([set.status, set.body]).toMatchObject([
    200,
    { name: 'LOG_LEVEL', value: 'debug', source: 'database' },
  ]);
  const wrong = await call('PUT', '/api/settings/LOG_LEVEL', { body: { value: 'loud' } });
  expect([wrong.status, wrong.body['errors']]).toEqual([
    422,
    [{ path: 'value', message: expect.stringContaining('LOG_LEVEL: "loud"') as string }],
  ]);
  const fixed = await call('PUT', '/api/settings/HTTP_PORT', { body: { value: '1' } });
  expect([fixed.status, fixed.body['detail']]).toEqual([
    422,
    expect.stringContaining('cannot change while the host runs'),
  ]);
  const unknown = await call('GET', '/api/settings/LOG_LEVLE');
  expect([unknown.status, unknown.body['detail']]).toEqual([
    404,
    expect.stringContaining('did you mean LOG_LEVEL?'),
  ]);
  expect((await call('DELETE', '/api/settings/LOG_LEVEL')).body).toMatchObject({ source: 'environment' });
});

it('gives commands to bots, and tells what became of them', async () => {
  const { call, commands, agentId } = await withExchanges();
  const restart = await call('POST', `/api/agents/${agentId}/restart`);
  expect([restart.status, restart.body]).toMatchObject([
    202,
    { kind: 'restart', state: 'pending', agent_id: agentId },
  ]);
  const place = String(restart.headers.get('location'));
  const say = { kind: 'say', agent_id: agentId, channel_id: '7', text: 'Hello', expires_in: 60 };
  expect((await call('POST', '/api/commands', { body: say })).body).toMatchObject({
    kind: 'say',
    text: 'Hello',
  });
  expect(commands.map(({ order, requestedBy }) => [order, requestedBy])).toEqual([
    [{ kind: 'say', channelId: '7', text: 'Hello' }, 'operator'],
    [{ kind: 'restart' }, 'operator'],
  ]);
  expect((await call('GET', place, { as: 'viewer' })).body).toMatchObject({ kind: 'restart' });
  const first = await call('GET', '/api/commands?limit=1');
  const second = await call('GET', `/api/commands?limit=1&cursor=${String(first.body['next_cursor'])}`);
  expect(second.body).toMatchObject({ items: [{ kind: 'restart' }], next_cursor: null });
  const nobody = await call('POST', '/api/commands', { body: { ...say, agent_id: 'x' } });
  expect([nobody.status, nobody.body['errors']]).toMatchObject([422, [{ path: 'agent_id' }]]);
  for (const [body, message] of [
    [{ kind: 'say', agent_id: agentId }, 'is missing'],
    [{ agent_id: agentId }, 'is missing'],
    [{ kind: 'sya', agent_id: agentId }, 'did you mean "say"?'],
  ] as const) {
    const { status, body: answer } = await call('POST', '/api/commands', { body });
    expect([status, answer['detail']]).toEqual([400, expect.stringContaining(message)]);
  }
  const long = await call('POST', '/api/commands', { body: { ...say, text: 'x'.repeat(10_000) } });
  expect(long.status).toBe(202);
});

it('shows incidents and the audit log', async () => {
  const { call, incidents } = await openApi();
  const at = new Date(0);
  incidents.push({
    id: uuidV7(1),
    agentId: undefined,
    hostId: 'h',
    component: 'database',
    severity: 'transient',
    reason: 'unreachable',
    message: 'it does not answer',
    action: 'retry',
    attempts: 2,
    startedAt: at,
    lastAt: at,
    endedAt: undefined,
    helped: undefined,
  });
  expect((await call('GET', '/api/incidents?open=true', { as: 'viewer' })).body).toMatchObject({
    items: [{ component: 'database', action: 'retry', ended_at: null, helped: null }],
  });
  expect((await call('GET', '/api/audit', { as: 'admin' })).body).toEqual({ items: [], next_cursor: null });
  expect((await call('GET', '/api/audit/verify', { as: 'admin' })).body).toMatchObject({
    whole: true,
    entries: '0',
  });
});

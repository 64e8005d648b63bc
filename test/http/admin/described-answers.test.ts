import { expect, it } from 'vitest';
import { hashToken, makeToken } from '../../../src/access/access-token.ts';
import { uuidV7 } from '../../../src/util/uuid-v7.ts';
import { PASSWORD } from '../../support/admin-app.ts';
import { operationsOf, readDescription } from '../../support/api-description.ts';

const USER = '81384788765712384';

/** A request that succeeds: method, path, and what else there is to it. */
type Request = readonly [
  method: string,
  path: string,
  more?: { readonly json?: unknown; readonly headers?: Record<string, string> },
];

/** Everything that requests can be about. */
async function prepare({ database, test, ask, login, headers }: Awaited<ReturnType<typeof readDescription>>) {
  const made = await ask('POST', '/api/agents', { headers, json: { name: 'Helper' } });
  const agentId = String(made.json['id']);
  const deadLetters = ['a', 'b', 'c', 'd'].map((_, index) => {
    const id = uuidV7(Date.now() + index);
    test.raw(
      `INSERT INTO exchanges (id, agent_id, message_id, channel_id, user_id, state, reason, question, message, admitted_at)
       VALUES ('${id}', '${agentId}', '${index + 1}', '7', '${USER}', 'dead-letter', 'mention', '', '{}', ${Date.now()})`,
    );
    return id;
  });
  const command = await ask('POST', `/api/agents/${agentId}/restart`, { headers });
  const userId = (name: string) => database.adminUsers.find(name).then((user) => String(user?.id));
  await login('Bob', 'viewer');
  const [adaId, bobId] = [await userId('Ada'), await userId('Bob')];
  const token = { tokenHash: '', role: 'viewer', scopes: [], expiresAt: undefined } as const;
  const tokenOf = async (adminUserId: string) => {
    const tokenHash = hashToken(makeToken('api-token'));
    return (await database.apiTokens.create({ ...token, name: 'ci', tokenHash, adminUserId })).id;
  };
  const sessions = await database.adminSessions.list(bobId);
  await ask('POST', '/api/session', { json: { name: 'Ada', password: PASSWORD } });
  const own = await database.adminSessions.list(adaId);
  return {
    ...{ agentId, deadLetters, bobId },
    commandId: String(command.json['id']),
    ownTokenId: await tokenOf(adaId),
    tokenId: await tokenOf(bobId),
    sessionId: String(sessions[0]?.id),
    ownSessionId: String(own[0]?.id),
  };
}

/** One for each operation, in the order in which they are made. */
function requestsAbout(it: Awaited<ReturnType<typeof prepare>>): Readonly<Record<string, Request>> {
  const agent = `/api/agents/${it.agentId}`;
  const [replayed, dropped] = it.deadLetters.map((id) => `/api/exchanges/${id}`);
  const bob = `/api/access/users/${it.bobId}`;
  const json = (value: unknown) => ({ json: value });
  return {
    listAgents: ['GET', '/api/agents'],
    createAgent: ['POST', '/api/agents', json({ name: 'Parrot' })],
    getAgent: ['GET', agent],
    updateAgent: ['PATCH', agent, { json: { rate_limit: 1 }, headers: { 'if-match': '*' } }],
    enableAgent: ['POST', `${agent}/enable`],
    disableAgent: ['POST', `${agent}/disable`],
    testAgent: ['POST', `${agent}/test`],
    reloadAgent: ['POST', `${agent}/reload`],
    restartAgent: ['POST', `${agent}/restart`],
    pauseAgent: ['POST', `${agent}/pause`],
    resumeAgent: ['POST', `${agent}/resume`],
    listCommands: ['GET', '/api/commands'],
    sendCommand: ['POST', '/api/commands', json({ kind: 'restart', agent_id: it.agentId })],
    getCommand: ['GET', `/api/commands/${it.commandId}`],
    listExchanges: ['GET', '/api/exchanges'],
    getExchange: ['GET', String(replayed)],
    replayExchange: ['POST', `${String(replayed)}/replay`],
    dropExchange: ['POST', `${String(dropped)}/drop`],
    replayDeadLetters: ['POST', '/api/exchanges/replay'],
    dropDeadLetters: ['POST', '/api/exchanges/drop'],
    showMemory: ['GET', `/api/memory?user_id=${USER}`],
    exportMemory: ['GET', `/api/memory/export?user_id=${USER}`],
    forgetMemory: ['DELETE', `/api/memory?user_id=${USER}`],
    showUser: ['GET', `/api/users/${USER}`],
    exportUser: ['GET', `/api/users/${USER}/export`],
    eraseUser: ['DELETE', `/api/users/${USER}`],
    verifyErasure: ['GET', `/api/users/${USER}/erasures`],
    showUsage: ['GET', '/api/usage'],
    showBudgets: ['GET', '/api/usage/budgets'],
    listSettings: ['GET', '/api/settings'],
    getSetting: ['GET', '/api/settings/LOG_LEVEL'],
    setSetting: ['PUT', '/api/settings/LOG_LEVEL', json({ value: 'debug' })],
    unsetSetting: ['DELETE', '/api/settings/LOG_LEVEL'],
    listIncidents: ['GET', '/api/incidents'],
    getCapacity: ['GET', '/api/capacity'],
    listAudit: ['GET', '/api/audit'],
    verifyAudit: ['GET', '/api/audit/verify'],
    logIn: ['POST', '/api/session', json({ name: 'Ada', password: PASSWORD })],
    getSession: ['GET', '/api/session'],
    listOwnSessions: ['GET', '/api/sessions'],
    endOwnSession: ['DELETE', `/api/sessions/${it.ownSessionId}`],
    endOtherSessions: ['DELETE', '/api/sessions'],
    listOwnTokens: ['GET', '/api/tokens'],
    createToken: ['POST', '/api/tokens', json({ name: 'ci', role: 'viewer' })],
    endOwnToken: ['DELETE', `/api/tokens/${it.ownTokenId}`],
    listTokens: ['GET', '/api/access/tokens'],
    endToken: ['DELETE', `/api/access/tokens/${it.tokenId}`],
    listAdminUsers: ['GET', '/api/access/users'],
    createAdminUser: ['POST', '/api/access/users', json({ name: 'Eve', role: 'viewer', password: PASSWORD })],
    updateAdminUser: ['PATCH', bob, json({ role: 'operator' })],
    unlockAdminUser: ['POST', `${bob}/unlock`],
    listSessions: ['GET', '/api/access/sessions'],
    endSession: ['DELETE', `/api/access/sessions/${it.sessionId}`],
    setAdminUserPassword: ['PUT', `${bob}/password`, json({ password: `${PASSWORD}!` })],
    deleteAdminUser: ['DELETE', bob],
    deleteAgent: ['DELETE', agent, { headers: { 'if-match': '*' } }],
    changeOwnPassword: [
      'PUT',
      '/api/session/password',
      json({ current: PASSWORD, password: `${PASSWORD}!` }),
    ],
    logOut: ['DELETE', '/api/session'],
  };
}

it('answers each operation with the status and the type that are described, and a stranger with a problem', async () => {
  const stage = await readDescription();
  const { document, ask, headers } = stage;
  const requests = requestsAbout(await prepare(stage));
  const operations = new Map(operationsOf(document).map(([, one]) => [String(one.operationId), one]));
  // A stream does not end: what it answers has tests of its own.
  expect(Object.keys(requests).toSorted()).toEqual(
    [...operations.keys()].filter((id) => id !== 'streamEvents').toSorted(),
  );
  for (const [id, [method, path, { json, headers: more } = {}]] of Object.entries(requests)) {
    const { responses = {} } = operations.get(id) ?? {};
    const stranger = await ask(method, path, { json: id === 'logIn' ? { name: 'x', password: 'x' } : json });
    expect([id, stranger.status, stranger.headers['content-type']]).toEqual([
      id,
      401,
      `${String(Object.keys(responses['default']?.content ?? {})[0])}; charset=utf-8`,
    ]);
    const answer = await ask(method, path, { json, headers: { ...headers, ...more } });
    const described = Object.keys(responses).filter((status) => status !== 'default');
    expect([id, described, answer.body]).toEqual([id, [String(answer.status)], answer.body]);
    const types = Object.keys(responses[answer.status]?.content ?? {});
    expect([id, types]).toEqual([id, answer.status === 204 ? [] : ['application/json']]);
    if (answer.status !== 204) expect(answer.headers['content-type']).toMatch(/^application\/json/);
  }
});

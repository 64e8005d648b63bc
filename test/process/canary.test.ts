import { readdir, utimes } from 'node:fs/promises';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { hashToken, makeToken } from '../../src/access/access-token.ts';
import { tidyOldFiles } from '../../src/observability/old-log-files.ts';
import { canarySinks } from '../support/canary/canary-sinks.ts';
import { type EchoingProxy, startEchoingProxy } from '../support/canary/echoing-proxy.ts';
import { findLeaks, type Sink } from '../support/canary/find-leaks.ts';
import { canariesOf, PLANTED, plantedEnvironment } from '../support/canary/plant-secrets.ts';
import { TESTED_DATABASES } from '../support/each-database.ts';
import { startStandInLlm } from '../support/llm/stand-in-llm.ts';
import { startStandInCollector } from '../support/otel/stand-in-collector.ts';
import { setStage, type Stage } from '../support/run-host.ts';
import { runProcess } from '../support/run-process.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const MAIN = 'src/main.ts';

async function proxyTo(target?: string): Promise<EchoingProxy> {
  const proxy = await startEchoingProxy(target);
  onTestFinished(() => proxy.stop());
  return proxy;
}

/** A database with a password, where one is there that takes any. */
async function databaseUrl(): Promise<Record<string, string>> {
  const server = TESTED_DATABASES.find(({ provider, isThere }) => provider === 'postgresql' && isThere);
  if (server === undefined) return {};
  const url = new URL((await server.makeNew()).url);
  url.password = encodeURIComponent(PLANTED.databasePassword);
  return { DATABASE_URL: url.href };
}

/** A host with secrets in every place that takes one, behind servers that quote them in their errors. */
async function setCanaryStage() {
  const llm = await startStandInLlm();
  onTestFinished(() => llm.stop());
  const [agentsFile, models] = [await proxyTo(), await proxyTo(llm.anthropicUrl)];
  const collector = await startStandInCollector();
  const logs = await temporaryDirectory();
  const stage = await setStage(
    {},
    {
      ...plantedEnvironment(agentsFile.origin),
      ...(await databaseUrl()),
      OPENAI_BASE_URL: `${models.origin}/v1`,
      ANTHROPIC_BASE_URL: models.origin,
    },
  );
  const discord = await proxyTo(new URL(stage.discord.apiUrl).origin);
  const env = {
    ...stage.env,
    DISCORD_API_URL: stage.discord.apiUrl.replace(new URL(stage.discord.apiUrl).origin, discord.origin),
    LOG_LEVEL: 'debug',
    LOG_TO_FILE: 'true',
    LOG_FILE: path.join(logs, 'troupe.log'),
    LOG_FILE_MAX_SIZE: '2KB',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
  };
  return { ...stage, env, logs, llm, models, agentsFile, collector, proxy: discord };
}

/** Agents of every kind that keeps a secret, one of which works. */
async function addAgents(stage: Awaited<ReturnType<typeof setCanaryStage>>) {
  const { discord, proxy, models } = stage;
  const guild = discord.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const broken = guild.addTextChannel('broken');
  const ada = discord.addUser({ username: 'ada' });
  const [bot, revoked, refused, keyless] = ['helper', 'revoked', 'refused', 'keyless'].map((username) =>
    discord.addBot({ username, guilds: [guild] }),
  );
  if (bot === undefined || !revoked || !refused || !keyless) throw new Error('there are four');
  const fallbacks = [{ provider: 'anthropic', model: 'claude-haiku-4-5' }];
  const llm = { provider: 'openai', model: 'gpt-4o', system_prompt: PLANTED.prompt };
  const own = { ...llm, api_key: PLANTED.agentKey, fallbacks };
  await stage.addAgent({ name: 'Helper', type: 'llm', token: bot.token, config: own });
  await stage.addAgent({ name: 'Revoked', token: revoked.token });
  await stage.addAgent({ name: 'Refused', token: refused.token });
  const variable = { ...llm, api_key: '${CANARY_KEY}' };
  await stage.addAgent({ name: 'Keyless', type: 'llm', token: keyless.token, config: variable });
  revoked.revokeToken();
  proxy.echo(new RegExp(refused.token), 403);
  proxy.echo(new RegExp(`^POST .*/channels/${broken.id}/messages`), 400);
  models.echo(new RegExp(PLANTED.variableKey), 401);
  const tokens = { token: bot.token, revoked: revoked.token, refused: refused.token, keyless: keyless.token };
  return { bot, ada, general, broken, tokens };
}

/** What a host with wrong settings says, none of which takes a secret where it stands. */
async function complaintsAbout(stage: Stage): Promise<Sink[]> {
  const wrong = {
    DISCORD_API_URL: `https://me:${PLANTED.loginPassword}@discord.com/api`,
    DATABASE_URL: `postgresql://me:${encodeURIComponent(PLANTED.databasePassword)}@127.0.0.1:1/x`,
    OPENAI_BASE_URL: `https://llm.example.com/v1?key=${PLANTED.openaiKey}`,
    SECRET_KEY: `${PLANTED.secretKey}x`,
    AGENTS_FILE: `https://me:${PLANTED.loginPassword}@x/?token=${PLANTED.agentsFileToken}`,
  };
  const all = Object.entries(wrong).map(async ([name, value]) => {
    const process = runProcess(MAIN, { ...stage.env, [name]: value });
    expect(await process.ended).not.toBe(0);
    return { name: `a wrong ${name}`, read: process.output };
  });
  return Promise.all(all);
}

/** What the API shows of everything. */
const API = [
  '/api/agents',
  '/api/exchanges',
  '/api/usage?by=agent',
  '/api/settings',
  '/api/incidents',
  '/api/commands',
  '/api/audit',
  '/api/access/users',
  '/api/access/tokens',
  '/api/docs/openapi.json',
] as const;

/** An admin's API token. */
async function makeAdmin({ database }: Pick<Stage, 'database'>): Promise<string> {
  const token = makeToken('api-token');
  const { id: adminUserId } = await database.adminUsers.create({
    name: 'Ada',
    role: 'admin',
    passwordHash: 'none',
  });
  const made = { name: 'canary', tokenHash: hashToken(token), role: 'admin', scopes: [] } as const;
  await database.apiTokens.create({ ...made, adminUserId, expiresAt: undefined });
  return token;
}

it('lets no secret out: not into a log, a table, an answer, a message or the output of a command', async () => {
  const stage = await setCanaryStage();
  const { llm, models, proxy, agentsFile, collector, env, logs } = stage;
  const { bot, ada, general, broken, tokens } = await addAgents(stage);
  const host = runProcess(MAIN, { ...env, LOG_FORMAT: 'json' });
  await bot.ready(30_000);
  for (const name of ['Revoked', 'Keyless']) await stage.untilAgent(name, 'parked');
  await expect.poll(() => proxy.echoed, { timeout: 15_000 }).toBeGreaterThan(0);

  const { databasePassword, secretKey, openaiKey, agentKey, anthropicKey } = PLANTED;
  llm.reply(
    `I know ${[bot.token, databasePassword, secretKey, openaiKey, agentKey, anthropicKey].join(' and ')}`,
  );
  const words = `${bot.mention} remember ${PLANTED.userWords} and ${PLANTED.userPhrase}`;
  expect((await bot.reply(ada.say(general, words), 20_000)).content).toContain('[redacted]');
  await stage.exchangeOf(ada.say(broken, words));
  models.echo(/^POST/, 401);
  await bot.reply(ada.say(general, words), 20_000);

  const [, address = ''] = /"url":"(http:[^"]*)"/.exec(host.output()) ?? [];
  const ask = async (route: string, token: string): Promise<string> => {
    const answer = await fetch(address + route, { headers: { authorization: `Bearer ${token}` } });
    return JSON.stringify([[...answer.headers], await answer.text()]);
  };
  const open = ['/', '/liveness', '/readiness', '/metrics', `/x?token=${PLANTED.apiToken}`];
  const asked = await Promise.all(open.map((route) => ask(route, PLANTED.apiToken)));
  const adminToken = await makeAdmin(stage);
  const shown = Object.fromEntries(
    await Promise.all(API.map(async (route) => [route, await ask(route, adminToken)] as const)),
  );
  for (const answer of Object.values(shown)) expect(answer).not.toContain('"status":4');
  host.child.kill('SIGTERM');
  await host.ended;
  const again = runProcess(MAIN, { ...env, LOG_FORMAT: 'text' });
  await again.until(/the host is running/, 30_000);
  again.child.kill('SIGTERM');
  await again.ended;

  const files = (await readdir(logs)).map((name) => path.join(logs, name));
  for (const file of files) await utimes(file, new Date(0), new Date(0));
  await tidyOldFiles(env.LOG_FILE, { maxFiles: 0, compress: true });
  expect((await readdir(logs)).filter((name) => name.endsWith('.gz'))).not.toEqual([]);
  for (const { echoed } of [proxy, models, agentsFile]) expect(echoed).toBeGreaterThan(0);

  // Each start of a host, and the doctor, find out anew that it is revoked.
  onTestFinished(() => {
    for (const one of stage.discord.takeViolations()) expect(one).toMatch(/dead token \(revoked\)/);
  });
  const consoles = { 'the console, as JSON': host.output, 'the console, as text': again.output };
  const channels = [general, broken];
  const sinks = canarySinks({
    stage: { ...stage, env },
    logs,
    consoles,
    channels,
    answers: () => asked.join('\n'),
  });
  expect(collector.spans.length).toBeGreaterThan(0);
  const traces = { name: 'traces', read: () => collector.requests.map(({ body }) => body).join('\n') };
  const api = Object.entries(shown).map(([route, answer]) => ({ name: `GET ${route}`, read: () => answer }));
  expect(
    await findLeaks(canariesOf({ ...tokens, adminToken }), [
      ...sinks,
      traces,
      ...api,
      ...(await complaintsAbout(stage)),
    ]),
  ).toEqual([]);
}, 180_000);

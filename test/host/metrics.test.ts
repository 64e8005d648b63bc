import { expect, it } from 'vitest';
import { readSamples } from '../../src/observability/metrics/read-samples.ts';
import { scrapeOf, startBusyHost, sumOf } from '../support/busy-host.ts';
import { setStage } from '../support/run-host.ts';
import { HOST_KEY, preparedLlmStage } from '../support/run-llm-host.ts';

const POLL = { timeout: 20_000 };

it('tells what became of exchanges, what calls to models cost, and how bots came onto the gateway', async () => {
  const { stage, ...busy } = await startBusyHost();
  const text = await busy.scrape();
  const sum = (name: string, labels?: Record<string, string>) => sumOf(text, name, labels);

  const exchanges = readSamples(text).filter(
    ({ name, value }) => name === 'troupe_exchanges_total' && value > 0,
  );
  expect(exchanges.map(({ labels, value }) => ({ ...labels, value }))).toEqual(
    expect.arrayContaining([
      { agent: 'Helper', outcome: 'delivered', reason: '', value: 1 },
      { agent: 'Helper', outcome: 'failed', reason: 'model-bad-key', value: 1 },
      { agent: 'Parrot', outcome: 'delivered', reason: '', value: 1 },
      { agent: 'Parrot', outcome: 'ignored', reason: 'dm-disabled', value: 1 },
    ]),
  );
  expect(exchanges.length).toBe(4);
  // The failed answer waited, and has no other time.
  expect(sum('troupe_answer_duration_seconds_count', { phase: 'waiting' })).toBe(3);
  expect(sum('troupe_answer_duration_seconds_count', { phase: 'model' })).toBe(2);
  expect(sum('troupe_answer_duration_seconds_count', { phase: 'delivery' })).toBe(2);
  expect(sum('troupe_messages_total', { decision: 'refuse' })).toBe(1);

  // The check of the model, the answer, and the call that was refused.
  const model = { provider: 'openai', model: 'gpt-4o' };
  expect(sum('troupe_model_calls_total', { ...model, outcome: 'complete' })).toBe(2);
  expect(sum('troupe_provider_errors_total', { provider: 'openai', kind: 'bad-key' })).toBe(1);
  const [booked] = stage.rows(
    'SELECT SUM(input_tokens - cached_tokens) AS input, SUM(output_tokens) AS output, SUM(nano_usd) / 1e9 AS usd FROM model_calls',
  );
  const spent = { agent: 'Helper', ...model };
  expect(sum('troupe_model_tokens_total', { ...spent, type: 'input' })).toBe(booked?.['input']);
  expect(sum('troupe_model_tokens_total', { ...spent, type: 'output' })).toBe(booked?.['output']);
  expect(sum('troupe_model_cost_usd_total', spent)).toBeCloseTo(Number(booked?.['usd']), 9);

  expect(sum('troupe_bots', { state: 'ready' })).toBe(2);
  expect(sum('troupe_gateway_identifies_total', { agent: 'Parrot' })).toBe(1);
  expect(sum('troupe_gateway_resumes_total', { agent: 'Parrot' })).toBe(1);
  expect(sum('troupe_gateway_reconnects_total', { agent: 'Parrot' })).toBe(1);
  expect(sum('troupe_gateway_reconnects_total', { agent: 'Helper' })).toBe(0);
  // A round trip, not the time since the heartbeat before it.
  expect(sum('troupe_gateway_latency_seconds', { agent: 'Helper' })).toBeLessThan(30);
  expect(sum('troupe_discord_rate_limited_total', { scope: 'user' })).toBe(1);
  // A 429 that is a bot's own limit counts among the invalid ones.
  expect(sum('troupe_discord_invalid_requests')).toBe(1);
  expect(sum('troupe_database_up')).toBe(1);
});

it('shows at zero, once an agent is taken over, what will be counted of it', async () => {
  const stage = await preparedLlmStage();
  await stage.addAgent({ name: 'Parrot', enabled: false });
  const host = await stage.start();
  await stage.untilAgent('Helper', 'ready');
  const samples = readSamples(await scrapeOf(host));
  const zeros = samples.filter(({ value, labels }) => value === 0 && labels['agent'] !== undefined);
  const seriesOf = (agent: string) =>
    zeros
      .filter(({ labels }) => labels['agent'] === agent)
      .map(({ name, labels: { outcome, reason, model, type } }) =>
        [name.slice('troupe_'.length), outcome, reason, model, type].filter(Boolean).join(' '),
      );
  expect(seriesOf('Parrot')).toEqual([
    'exchanges_total delivered',
    'gateway_identifies_total',
    'gateway_resumes_total',
    'gateway_reconnects_total',
  ]);
  // Its model was asked for a word, and nothing was in the provider's cache.
  expect(seriesOf('Helper')).toEqual(
    expect.arrayContaining([
      'exchanges_total delivered',
      'exchanges_total failed model-bad-key',
      'exchanges_total failed model-overloaded',
      'gateway_reconnects_total',
      'model_tokens_total gpt-4o cached',
      'model_cost_usd_total gpt-4o cached',
    ]),
  );
  const refused = { provider: 'openai', kind: 'bad-key', value: 0 };
  const errors = samples.filter(({ name }) => name === 'troupe_provider_errors_total');
  expect(errors.map(({ labels, value }) => ({ ...labels, value }))).toContainEqual(refused);
});

it('tells of incidents as they begin, and of those that last', async () => {
  const { stage, ...busy } = await startBusyHost();
  const refused = { component: 'provider:openai', reason: 'bad-key', severity: 'persistent' };
  const before = await busy.scrape();
  expect(sumOf(before, 'troupe_incidents_total', refused)).toBe(1);
  expect(sumOf(before, 'troupe_incidents_open', refused)).toBe(1);
  stage.llm.reply('Yes.');
  await stage.answer('again?');
  const after = await busy.scrape();
  expect(sumOf(after, 'troupe_incidents_total', refused)).toBe(1);
  expect(sumOf(after, 'troupe_incidents_open', refused)).toBeUndefined();
});

it('names no user, message, channel or guild, and no token or key', async () => {
  const { stage, ...busy } = await startBusyHost();
  const text = await busy.scrape();
  const { ada, bot, guild, general } = stage;
  const ids = [ada, bot, guild, general, ...stage.discord.messages(general)].map(({ id }) => id);
  for (const secret of [...ids, bot.token, HOST_KEY, ada.username, 'hello'])
    expect(text).not.toContain(secret);
  expect(text).not.toMatch(/="\d{15,}"/);
});

it('forgets the series of agents that are deleted or get another name, and counts nothing more of them', async () => {
  const { stage, ...busy } = await startBusyHost();
  const agentsIn = (text: string) =>
    new Set(readSamples(text).flatMap(({ labels }) => labels['agent'] ?? []));
  expect(agentsIn(await busy.scrape())).toEqual(new Set(['Helper', 'Parrot']));
  await stage.removeAgent('Parrot');
  await stage.editAgent('Helper', { name: 'Servant' });
  await expect.poll(async () => agentsIn(await busy.scrape()), POLL).toEqual(new Set(['Servant']));
  await stage.answer('who are you?');
  const text = await busy.scrape();
  expect(agentsIn(text)).toEqual(new Set(['Servant']));
  expect(sumOf(text, 'troupe_exchanges_total', { agent: 'Servant' })).toBe(1);
});

it('shows a provider that is left alone, without its key', async () => {
  const stage = await preparedLlmStage();
  const host = await stage.start();
  await stage.untilAgent('Helper', 'ready');
  const closed = { provider: 'openai', state: 'closed' };
  expect(sumOf(await scrapeOf(host), 'troupe_provider_circuits', closed)).toBeUndefined();
  await stage.answer('hello');
  expect(sumOf(await scrapeOf(host), 'troupe_provider_circuits', closed)).toBe(1);
  stage.llm.failRequests({ status: 503 });
  for (let n = 0; n < 2; n++) await stage.answer('are you there?');
  const text = await scrapeOf(host);
  expect(sumOf(text, 'troupe_provider_circuits', { provider: 'openai', state: 'open' })).toBe(1);
  expect(sumOf(text, 'troupe_provider_circuits', closed)).toBe(0);
  expect(text).not.toContain(HOST_KEY);
});

it('says which bots are in trouble, and since when nothing was read', async () => {
  const stage = await setStage();
  const bot = stage.discord.addBot({ username: 'parrot' });
  await stage.addAgent({ name: 'Parrot', token: bot.token });
  bot.revokeToken();
  const host = await stage.start();
  await stage.untilAgent('Parrot', 'parked');
  const text = await scrapeOf(host);
  expect(sumOf(text, 'troupe_bot_state', { agent: 'Parrot', state: 'parked' })).toBe(1);
  expect(sumOf(text, 'troupe_bots', { state: 'parked' })).toBe(1);
  expect(sumOf(text, 'troupe_capacity_bots')).toBe(0);
  const synced = sumOf(text, 'troupe_scheduler_last_sync_timestamp_seconds') ?? 0;
  expect(synced).toBeGreaterThan(performance.timeOrigin / 1_000);
});

it('shows enabled agents that have no bot: no place is left, or their token cannot be opened', async () => {
  const stage = await setStage({}, { MAX_CONCURRENT_BOTS: '1' });
  for (const name of ['parrot', 'owl', 'crow']) {
    await stage.addAgent({ name, token: stage.discord.addBot({ username: name }).token });
  }
  stage.exec("UPDATE agents SET discord_token = 'not-encrypted' WHERE name = 'parrot'");
  const host = await stage.start();
  await Promise.all([stage.untilAgent('owl', 'ready'), stage.untilAgent('crow', 'left-out')]);
  const text = await scrapeOf(host);
  expect(sumOf(text, 'troupe_bot_state', { agent: 'parrot', state: 'parked' })).toBe(1);
  expect(sumOf(text, 'troupe_bot_state', { agent: 'crow', state: 'left-out' })).toBe(1);
  expect(sumOf(text, 'troupe_bot_state')).toBe(3);
  for (const state of ['ready', 'parked', 'left-out']) expect(sumOf(text, 'troupe_bots', { state })).toBe(1);
});

it('two hosts of one process count apart', async () => {
  const one = await setStage();
  const other = await setStage();
  const bot = one.discord.addBot({ username: 'parrot' });
  await one.addAgent({ name: 'Parrot', token: bot.token });
  const host = await one.start();
  const idle = await other.start();
  await one.untilAgent('Parrot', 'ready');
  expect(sumOf(await scrapeOf(host), 'troupe_bots', { state: 'ready' })).toBe(1);
  expect(sumOf(await scrapeOf(idle), 'troupe_bots', { state: 'ready' })).toBe(0);
  expect(host.capacity()).toMatchObject({ bots: 1, limit: 'max-concurrent-bots', more: 49, minutes: 0 });
});

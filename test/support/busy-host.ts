import { expect } from 'vitest';
import type { Host } from '../../src/host/host-options.ts';
import { readSamples, type Sample } from '../../src/observability/metrics/read-samples.ts';
import { type LlmStage, preparedLlmStage } from './run-llm-host.ts';

/** A host with an LLM bot and an echo bot that has seen a bit of everything. */
export interface BusyHost {
  readonly stage: LlmStage;
  readonly host: Host;
  /** What `GET /metrics` answers now. */
  readonly scrape: () => Promise<string>;
}

/** What a host serves at `/metrics`. */
export async function scrapeOf({ healthUrl }: Pick<Host, 'healthUrl'>): Promise<string> {
  const response = await fetch(`${String(healthUrl)}/metrics`);
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    expect.stringContaining('version=0.0.4'),
  ]);
  return response.text();
}

/** The sum of those samples of a metric that have these labels; undefined: there is none. */
export function sumOf(text: string, name: string, labels: Record<string, string> = {}): number | undefined {
  const found = readSamples(text).filter((sample) => sample.name === name && hasLabels(sample, labels));
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
}

function hasLabels(sample: Sample, labels: Record<string, string>): boolean {
  return Object.entries(labels).every(([label, value]) => sample.labels[label] === value);
}

/**
 * Starts one and has everything happen that has a metric: answers, failures and refusals, calls that fail, a 429, a lost
 * connection that is resumed, heartbeats.
 */
export async function startBusyHost(): Promise<BusyHost> {
  const stage = await preparedLlmStage();
  const parrot = stage.discord.addBot({ username: 'parrot', guilds: [stage.guild] });
  await stage.addAgent({ name: 'Parrot', token: parrot.token, respondToDm: false });
  const host = await stage.start({ patience: { probeInterval: 200 } });
  await Promise.all([stage.untilAgent('Helper', 'ready'), stage.untilAgent('Parrot', 'ready')]);
  const scrape = (): Promise<string> => scrapeOf(host);

  stage.llm.reply('Yes.');
  await stage.answer('hello');
  stage.llm.failRequests({ status: 401, times: 1 });
  await stage.answer('and now?');
  stage.discord.rateLimit({ bot: parrot, method: 'POST', route: /messages$/, retryAfter: 0.05, times: 1 });
  await parrot.reply(stage.ada.say(stage.general, `${parrot.mention} hello`));
  await stage.exchangeOf(stage.ada.dm(parrot, 'hello'));
  stage.ada.say(stage.general, 'nobody is meant');
  parrot.disconnect('abrupt');
  await expect.poll(async () => sumOf(await scrape(), 'troupe_gateway_resumes_total'), POLL).toBe(1);
  await expect
    .poll(async () => sumOf(await scrape(), 'troupe_gateway_latency_seconds', { agent: 'Helper' }), POLL)
    .toBeDefined();
  return { stage, host, scrape };
}

const POLL = { timeout: 20_000 };

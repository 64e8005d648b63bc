import { expect, it, onTestFinished, vi } from 'vitest';
import { type ProbeServerOptions, startProbeServer } from '../../src/http/probe-server.ts';
import { type HostFacts, readinessOf } from '../../src/http/readiness.ts';
import { collectingLogger } from '../support/collecting-logger.ts';

const WELL: HostFacts = { outage: undefined, waiting: 0, bots: 2, connected: 2 };
const outage = { since: new Date('2026-11-21T10:00:00Z') };

async function serve(facts: () => HostFacts, port = 0, metrics?: ProbeServerOptions['metrics']) {
  const logger = collectingLogger();
  const server = await startProbeServer({
    host: '127.0.0.1',
    port,
    facts,
    logger,
    ...(metrics !== undefined && { metrics }),
  });
  onTestFinished(() => server.stop());
  return { ...server, logger };
}

it.each([
  { what: 'all is well', facts: WELL, status: 200, message: 'OK' },
  { what: 'there are no bots', facts: { ...WELL, bots: 0, connected: 0 }, status: 200, message: 'OK' },
  {
    what: 'the database is away',
    facts: { ...WELL, outage },
    status: 503,
    message: /database.*2026-11-21T10/,
  },
  { what: 'no bot is connected', facts: { ...WELL, connected: 0 }, status: 503, message: /no bot/ },
  {
    what: 'both',
    facts: { ...WELL, outage, bots: 1, connected: 0 },
    status: 500,
    message: /database.*no bot/,
  },
])('readiness says so when $what', ({ facts, status, message }) => {
  const readiness = readinessOf(facts);
  expect(readiness.status).toBe(status);
  expect(readiness.body.message).toMatch(message);
});

it('is answered over HTTP with what is so now', async () => {
  let facts = WELL;
  const { url } = await serve(() => facts);
  const first = await fetch(`${String(url)}/readiness`);
  expect([first.status, await first.json()]).toEqual([
    200,
    { message: 'OK', bots: 2, connected: 2, waiting: 0 },
  ]);
  facts = { ...WELL, outage, waiting: 7 };
  const then = await fetch(`${String(url)}/readiness`);
  expect([then.status, await then.json()]).toMatchObject([503, { waiting: 7 }]);
  expect((await fetch(`${String(url)}/liveness`)).status).toBe(200);
});

it('answers nothing else', async () => {
  const { url } = await serve(() => WELL);
  expect((await fetch(`${String(url)}/`)).status).toBe(404);
  expect((await fetch(`${String(url)}/readiness`, { method: 'POST' })).status).toBe(405);
});

it('answers with metrics where there are some, and says no more than that they could not be read', async () => {
  const metrics = vi.fn(() => Promise.resolve({ contentType: 'text/plain; version=0.0.4', body: 'up 1\n' }));
  const { url } = await serve(() => WELL, 0, metrics);
  const response = await fetch(`${String(url)}/metrics`);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4']);
  expect(await response.text()).toBe('up 1\n');
  metrics.mockRejectedValueOnce(new TypeError('sk-secret'));
  const failed = await fetch(`${String(url)}/metrics`);
  expect([failed.status, await failed.text()]).toEqual([500, 'TypeError while metrics were read\n']);
  const { url: bare } = await serve(() => WELL);
  expect((await fetch(`${String(bare)}/metrics`)).status).toBe(404);
});

it('says which address is taken, and the host goes on without', async () => {
  const first = await serve(() => WELL);
  const { url, logger } = await serve(() => WELL, Number(new URL(String(first.url)).port));
  expect(url).toBeUndefined();
  expect(logger.lines).toMatchObject([{ level: 'warn', address: new URL(String(first.url)).host }]);
});

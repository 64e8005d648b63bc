import type { ServerResponse } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { startHttpServer } from '../../src/http/http-server.ts';
import { type LivenessFacts, livenessOf } from '../../src/http/liveness.ts';
import { type HostFacts, readinessOf } from '../../src/http/readiness.ts';
import { collectingLogger } from '../support/collecting-logger.ts';

const WELL: HostFacts = {
  hasStarted: true,
  outage: undefined,
  waiting: 0,
  bots: 2,
  parked: 1,
  connected: 2,
  circuits: 2,
  openCircuits: 1,
};
const outage = { since: new Date('2026-11-21T10:00:00Z') };

async function serve(facts: () => HostFacts, port = 0) {
  const logger = collectingLogger();
  const probes = {
    '/liveness': () => ({ status: 200, body: '{"message":"OK"}' }),
    '/readiness': () => {
      const { status, body } = readinessOf(facts());
      return { status, body: JSON.stringify(body) };
    },
  };
  const server = await startHttpServer({
    host: '127.0.0.1',
    port,
    site: { probes },
    logger,
    retryInterval: 10,
  });
  onTestFinished(() => server.stop());
  return { server, url: server.url, logger };
}

it.each([
  { what: 'all is well', facts: WELL, status: 200, message: 'OK' },
  {
    what: 'there are no bots',
    facts: { ...WELL, bots: 0, parked: 0, connected: 0 },
    status: 200,
    message: 'OK',
  },
  {
    what: 'the database is away',
    facts: { ...WELL, outage },
    status: 503,
    message: /database.*2026-11-21T10/,
  },
  { what: 'no bot is connected', facts: { ...WELL, connected: 0 }, status: 503, message: /no bot/ },
  {
    what: 'all bots are parked',
    facts: { ...WELL, bots: 0, connected: 0 },
    status: 503,
    message: 'no bot is connected',
  },
  { what: 'it has only just begun', facts: { ...WELL, hasStarted: false }, status: 503, message: 'starting' },
  {
    what: 'both',
    facts: { ...WELL, outage, bots: 1, connected: 0 },
    status: 500,
    message: /database.*no bot/,
  },
  {
    what: 'every provider keeps failing',
    facts: { ...WELL, openCircuits: 2 },
    status: 503,
    message: /provider/,
  },
  {
    what: 'the database is away and every provider keeps failing',
    facts: { ...WELL, outage, openCircuits: 2 },
    status: 503,
    message: /database.*provider/,
  },
])('readiness says so when $what', ({ facts, status, message }) => {
  const readiness = readinessOf(facts);
  expect(readiness.status).toBe(status);
  expect(readiness.body.message).toMatch(message);
});

const TURNING: LivenessFacts = {
  syncs: 3,
  syncingFor: undefined,
  idleFor: 5_000,
  interval: 10_000,
  isDatabaseAway: false,
};

it.each([
  { what: 'the scheduler has looked lately', facts: TURNING, status: 200 },
  { what: 'its first look is under way', facts: { ...TURNING, syncs: 0, syncingFor: 500 }, status: 202 },
  { what: 'a look does not end', facts: { ...TURNING, syncingFor: 61_000, idleFor: undefined }, status: 500 },
  { what: 'the first look does not end', facts: { ...TURNING, syncs: 0, syncingFor: 61_000 }, status: 500 },
  { what: 'no look comes any more', facts: { ...TURNING, idleFor: 61_000 }, status: 500 },
  { what: 'looks are far apart', facts: { ...TURNING, idleFor: 100_000, interval: 60_000 }, status: 200 },
  {
    what: 'a look waits for a database that is away',
    facts: { ...TURNING, syncingFor: 600_000, idleFor: undefined, isDatabaseAway: true },
    status: 200,
  },
])('liveness is $status when $what', ({ facts, status }) => {
  expect(livenessOf(facts).status).toBe(status);
});

it('is answered over HTTP with what is so now', async () => {
  let facts = WELL;
  const { url } = await serve(() => facts);
  const first = await fetch(`${String(url)}/readiness`);
  expect([first.status, await first.json()]).toEqual([
    200,
    { message: 'OK', bots: 2, parked: 1, connected: 2, waiting: 0, circuits: 2, open_circuits: 1 },
  ]);
  facts = { ...WELL, outage, waiting: 7 };
  const then = await fetch(`${String(url)}/readiness`);
  expect([then.status, await then.json()]).toMatchObject([503, { waiting: 7 }]);
  expect((await fetch(`${String(url)}/liveness`)).status).toBe(200);
});

it('answers nothing else', async () => {
  const { url } = await serve(() => WELL);
  expect((await fetch(`${String(url)}/`)).status).toBe(404);
  const written = await fetch(`${String(url)}/readiness`, { method: 'POST' });
  expect([written.status, written.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

it('says which address is taken, and listens there as soon as it is free', async () => {
  const first = await serve(() => WELL);
  const { host, port } = new URL(String(first.url));
  const { server, logger } = await serve(() => WELL, Number(port));
  expect(server.url).toBeUndefined();
  expect(logger.lines).toMatchObject([{ level: 'warn', address: host }]);
  await first.server.stop();
  expect(await server.listening).toBe(first.url);
  expect((await fetch(`${String(server.url)}/liveness`)).status).toBe(200);
});

it('serves what it is given from then on, once the app of before is closed', async () => {
  const logger = collectingLogger();
  const seen: string[] = [];
  const openApp = () =>
    Promise.resolve({
      handle: (_: unknown, response: { end: (text: string) => void }) => {
        response.end('the app');
      },
      close: () => Promise.resolve(seen.push('closed')).then(() => undefined),
    });
  const server = await startHttpServer({ host: '127.0.0.1', port: 0, site: { probes: {}, openApp }, logger });
  onTestFinished(() => server.stop());
  const ask = async () => {
    const response = await fetch(`${String(server.url)}/api`);
    return [response.status, await response.text()];
  };
  expect(await ask()).toEqual([200, 'the app']);
  await server.serve({ probes: {}, elsewhere: { status: 503, body: 'stopping' } });
  expect(seen).toEqual(['closed']);
  expect(await ask()).toEqual([503, 'stopping']);
});

/** A server with an app that answers when it is told to. */
async function serveSlowly(patience: number) {
  const logger = collectingLogger();
  const [asked, closed] = [Promise.withResolvers<ServerResponse>(), Promise.withResolvers<undefined>()];
  const openApp = () =>
    Promise.resolve({
      handle: (_: unknown, response: ServerResponse) => {
        asked.resolve(response);
      },
      close: () => {
        closed.resolve(undefined);
        return Promise.resolve();
      },
    });
  const site = { probes: {}, openApp };
  const server = await startHttpServer({ host: '127.0.0.1', port: 0, site, logger, patience });
  onTestFinished(() => server.stop());
  const answer = fetch(String(server.url));
  answer.catch(() => undefined);
  return { server, logger, answer, response: await asked.promise, closed: closed.promise };
}

it('has what it was asked answered before it goes on to serve something else, or to stop', async () => {
  const { server, answer, response, closed } = await serveSlowly(60_000);
  let isDone = false;
  const serving = server.serve({ probes: {}, elsewhere: { status: 503, body: 'stopping' } }).then(() => {
    isDone = true;
  });
  await closed;
  expect((await fetch(String(server.url))).status).toBe(503);
  expect(isDone).toBe(false);
  response.end('it is done');
  await serving;
  expect(await (await answer).text()).toBe('it is done');
});

it('cuts off what is not answered in time, and says so', async () => {
  const { server, logger, answer } = await serveSlowly(1);
  await server.serve({ probes: {} });
  await expect(answer).rejects.toThrow();
  expect(logger.lines.at(-1)).toMatchObject({ level: 'warn', requests: 1 });
});

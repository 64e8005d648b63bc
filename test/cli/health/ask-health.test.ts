import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { askHealth } from '../../../src/cli/health/ask-health.ts';
import { ConfigError } from '../../../src/errors.ts';
import { setStage } from '../../support/run-host.ts';

async function run(argv: readonly string[], readHttp: Parameters<typeof askHealth>[2], patience?: number) {
  const outcome = { code: -1, out: '', err: '' };
  const io = {
    stdout: { write: (text: string) => (outcome.out += text) },
    stderr: { write: (text: string) => (outcome.err += text) },
  };
  outcome.code = await askHealth(argv, io, readHttp, patience);
  return outcome;
}

/** A server that answers each path with this status, or not at all where it has none. */
async function serve(statuses: Record<string, number>, host = '127.0.0.1'): Promise<number> {
  const server = createServer(({ url = '' }, response) => {
    const status = statuses[url];
    if (status !== undefined) response.writeHead(status).end(`{"message":"${url}"}\n`);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
}

it('asks a running host and ends with 0 when it is well', async () => {
  const stage = await setStage();
  const host = await stage.start();
  const { port } = new URL(host.healthUrl ?? '');
  const { code, out } = await run([], () => ({ host: '127.0.0.1', port: Number(port) }));
  expect(code).toBe(0);
  expect(out).toMatch(/^liveness: 20\d \{"message":.*\}\nreadiness: 200 \{"message":"OK".*\}\n$/);
});

it.each([
  [202, 0],
  [500, 1],
  [503, 1],
  [302, 1],
])('takes liveness %i as exit code %i', async (status, code) => {
  const port = await serve({ '/liveness': status, '/readiness': 503 });
  const outcome = await run(['liveness'], () => ({ host: '127.0.0.1', port }));
  expect(outcome).toEqual({ code, out: `liveness: ${status} {"message":"/liveness"}\n`, err: '' });
});

it('ends with 1 when one of the two is not well', async () => {
  const port = await serve({ '/liveness': 200, '/readiness': 503 });
  expect((await run([], () => ({ host: '127.0.0.1', port }))).code).toBe(1);
});

it('asks this machine where a host listens on every address', async () => {
  const port = await serve({ '/liveness': 200 });
  expect((await run(['liveness'], () => ({ host: '0.0.0.0', port }))).code).toBe(0);
});

it('ends with 1, and does not wait for ever, when nothing answers', async () => {
  const port = await serve({});
  const silent = await run(['liveness'], () => ({ host: '127.0.0.1', port }), 50);
  expect(silent).toMatchObject({ code: 1, out: expect.stringContaining('no answer from') as string });
});

it('says what is wrong with a port that nobody knows, a setting or a word', async () => {
  const any = await run([], () => ({ host: '127.0.0.1', port: 0 }));
  expect(any).toMatchObject({ code: 1, err: expect.stringContaining('HTTP_PORT is 0') as string });
  const wrong = await run([], () => {
    throw new ConfigError('HTTP_PORT: "x" is not a number');
  });
  expect(wrong).toMatchObject({ code: 78, err: 'HTTP_PORT: "x" is not a number\n' });
  const word = await run(['health'], () => ({ host: '127.0.0.1', port: 1 }));
  expect(word).toMatchObject({ code: 2, err: expect.stringContaining('liveness, readiness') as string });
});

import { once } from 'node:events';
import { createServer, type Socket, type AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { startHost } from '../../src/host.ts';
import { createRedactor } from '../../src/observability/redactor.ts';
import { collectingLogger } from '../support/collecting-logger.ts';
import { preparedLlmStage } from '../support/run-llm-host.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** Status and message of a probe, or of anything else. */
async function ask(url: string | undefined, path: string): Promise<[number, string]> {
  const response = await fetch(`${String(url)}${path}`);
  return [response.status, ((await response.json()) as { message: string }).message];
}

it('is alive and not ready while its database does not answer at the start', async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  onTestFinished(() => void silent.close());
  const directory = await temporaryDirectory();
  const logger = collectingLogger();
  const env = {
    DATABASE_URL: `postgresql://nobody@127.0.0.1:${String(port)}/none`,
    SECRET_KEY_FILE: `${directory}/secret.key`,
    HTTP_PORT: '0',
  };
  const starting = startHost({ config: loadConfig(env), env, logger, redactor: createRedactor() });
  const failed = expect(starting).rejects.toThrow();
  await once(silent, 'connection');
  const url = String(logger.lines.find((line) => line['url'] !== undefined)?.['url']);
  expect(await ask(url, '/liveness')).toEqual([202, 'starting']);
  expect(await ask(url, '/readiness')).toEqual([503, 'starting']);
  expect(await ask(url, '/api/agents')).toEqual([503, 'starting']);
  expect((await fetch(`${url}/metrics`)).status).toBe(200);
  silent.close();
  for (const socket of sockets) socket.destroy();
  await failed;
  await expect(fetch(`${url}/liveness`)).rejects.toThrow();
});

it('is alive and not ready while it finishes what it was answering', async () => {
  const stage = await preparedLlmStage();
  const host = await stage.start();
  await stage.untilAgent('Helper', 'ready');
  const url = host.healthUrl;
  expect(await ask(url, '/liveness')).toEqual([200, 'OK']);
  expect(await ask(url, '/readiness')).toEqual([200, 'OK']);
  const [asked, held] = [Promise.withResolvers<undefined>(), Promise.withResolvers<string>()];
  stage.llm.reply(() => {
    asked.resolve(undefined);
    return held.promise;
  });
  const question = stage.ask('hello');
  await asked.promise;
  const stopping = host.stop();
  await expect.poll(() => ask(url, '/readiness')).toEqual([503, 'stopping']);
  expect(await ask(url, '/liveness')).toEqual([200, 'stopping']);
  expect(await ask(url, '/api/agents')).toEqual([503, 'stopping']);
  held.resolve('Yes.');
  await stopping;
  expect((await stage.ended(question)).content).toBe('Yes.');
  await expect(fetch(`${String(url)}/liveness`)).rejects.toThrow();
});

it.each([
  { what: 'was given another type', change: { type: 'echo', config: {} } },
  { what: 'was switched off', change: { enabled: false } },
] as const)('does not count the provider any more of an agent that $what', async ({ change }) => {
  const stage = await preparedLlmStage();
  const host = await stage.start();
  await stage.untilAgent('Helper', 'ready');
  stage.llm.failRequests({ status: 503 });
  for (let n = 0; n < 2; n++) await stage.answer('are you there?');
  const failing = 'every provider of language models keeps failing';
  expect(await ask(host.healthUrl, '/readiness')).toEqual([503, failing]);
  await stage.editAgent('Helper', change);
  await expect.poll(() => ask(host.healthUrl, '/readiness')).toEqual([200, 'OK']);
});

it('is not ready while all its bots are parked, and ready as soon as one is connected', async () => {
  const stage = await preparedLlmStage();
  stage.bot.resetToken();
  const host = await stage.start();
  await stage.untilAgent('Helper', 'parked');
  expect(await ask(host.healthUrl, '/readiness')).toEqual([503, 'no bot is connected']);
  const other = stage.discord.addBot({ username: 'parrot', guilds: [stage.guild] });
  await stage.addAgent({ name: 'Parrot', token: other.token });
  await expect.poll(() => ask(host.healthUrl, '/readiness')).toEqual([200, 'OK']);
});

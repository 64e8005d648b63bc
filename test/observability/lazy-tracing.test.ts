import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const run = promisify(execFile);

/** Starts and stops a host in a process of its own, and prints which packages of OpenTelemetry it has loaded. */
const PROGRAM = `
  import { registerHooks } from 'node:module';
  const loaded = new Set();
  registerHooks({ load(url, context, next) {
    const name = /node_modules\\/(@opentelemetry\\/[^/]+)\\//.exec(url)?.[1];
    if (name) loaded.add(name);
    return next(url, context);
  } });
  const { startHost } = await import('./src/host.ts');
  const { loadConfig } = await import('./src/config/config.ts');
  const { silentLogger: logger } = await import('./src/observability/logger.ts');
  const { createRedactor } = await import('./src/observability/redactor.ts');
  const [directory, endpoint] = process.argv.slice(-2);
  const config = loadConfig({
    DATABASE_URL: 'file:' + directory + '/troupe.db',
    SECRET_KEY_FILE: directory + '/secret.key',
    HTTP_PORT: '0',
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  });
  const host = await startHost({ config, logger, redactor: createRedactor() });
  await host.stop();
  console.log([...loaded].sort().join(' '));
`;

async function loadedWith(endpoint: string): Promise<string> {
  const directory = await temporaryDirectory();
  const args = ['--input-type=module', '--eval', PROGRAM, '--', directory, endpoint];
  return (await run(process.execPath, args)).stdout.trim();
}

it('a host without a collector has loaded nothing of OpenTelemetry', async () => {
  expect(await loadedWith('')).toBe('');
});

it('a host with a collector has', async () => {
  expect(await loadedWith('http://127.0.0.1:1')).toContain('@opentelemetry/sdk-trace-base');
});

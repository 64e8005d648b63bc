import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);

/** Opens models in a process of its own, and prints which of these packages it has loaded. */
const PROGRAM = `
  import { createRequire, registerHooks } from 'node:module';
  const loaded = [];
  registerHooks({ load(url, context, next) {
    const name = /node_modules\\/(openai|@anthropic-ai\\/sdk|cockatiel)\\//.exec(url)?.[1];
    if (name && !loaded.includes(name)) loaded.push(name);
    return next(url, context);
  } });
  const { createChatModels } = await import('./src/providers/open-chat-model.ts');
  const { silentLogger } = await import('./src/observability/logger.ts');
  const settings = { openai: { apiKey: 'k', baseUrl: 'http://127.0.0.1:1' }, anthropic: { apiKey: 'k', baseUrl: 'http://127.0.0.1:1' } };
  const models = createChatModels({ settings, logger: silentLogger, patience: { attempts: 1 } });
  const asked = process.argv.at(-1);
  for (const provider of ['openai', 'anthropic']) {
    const model = models.open({ provider });
    const request = { system: '', messages: [{ role: 'user', parts: [{ kind: 'text', text: 'Hi' }] }], maxTokens: 1, temperature: undefined };
    try { if (asked === provider) for await (const _ of model.stream(request, new AbortController().signal)); } catch {}
  }
  console.log(loaded.sort().join(' '));
`;

it.each([
  ['nobody', ''],
  ['openai', 'cockatiel openai'],
  ['anthropic', '@anthropic-ai/sdk cockatiel'],
])('a host whose agents have models, of which %s is asked, has loaded: %s', async (asked, expected) => {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', PROGRAM, '--', asked]);
  expect(stdout.trim()).toBe(expected);
});

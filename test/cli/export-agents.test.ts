import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import { exportAgents } from '../../src/cli/export-agents.ts';
import { ConfigError } from '../../src/errors.ts';
import { MemoryAgentStore } from '../support/memory-agent-store.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

let cwd: string;
let store: MemoryAgentStore;
beforeEach(async () => {
  cwd = await temporaryDirectory();
  store = new MemoryAgentStore();
  await store.apply(
    ['Ann', 'Bob'].map((name) => ({
      kind: 'create',
      definition: agentDefinitionSchema.parse({ name, config: { prefix: name } }),
      token: name === 'Ann' ? 'ann-secret' : undefined,
    })),
  );
});

async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const result = { code: -1, out: '', err: '' };
  let open = 0;
  const io = {
    stdout: { write: (text: string) => (result.out += text) },
    stderr: { write: (text: string) => (result.err += text) },
  };
  result.code = await exportAgents(argv, io, {
    cwd,
    openStore: () => {
      open++;
      return Promise.resolve({
        store,
        close: () => {
          open--;
          return Promise.resolve();
        },
      });
    },
  });
  expect(open, 'what was opened is closed').toBe(0);
  expect(result.out + result.err, 'no secret is shown').not.toMatch(/-secret/);
  return result;
}

const ANN = '  - name: Ann\n    discord_token: ${ANN_DISCORD_TOKEN}\n    config:\n      prefix: Ann\n';
const BOB = '  - name: Bob\n    config:\n      prefix: Bob\n';

describe('agents:export', () => {
  it('writes YAML to standard output, and what has to be set to standard error', async () => {
    expect(await run()).toEqual({
      code: 0,
      out:
        '# Agents of Troupe, as they are in its table. npm run agents:load loads them.\n\n' +
        '# Variables to set: a token when this is loaded, a key where the host runs.\n' +
        `#   ANN_DISCORD_TOKEN  discord_token of Ann\n\nagents:\n${ANN}${BOB}`,
      err: 'Variables to set: a token when this is loaded, a key where the host runs.\n  ANN_DISCORD_TOKEN  discord_token of Ann\n',
    });
  });

  it('writes a file, and replaces one only when it is told to', async () => {
    const file = path.join(cwd, 'a.yaml');
    expect(await run('a.yaml')).toMatchObject({
      code: 0,
      out: '',
      err: expect.stringMatching(/^a\.yaml: 2 agents\n/) as string,
    });
    expect(await readFile(file, 'utf8')).toContain(ANN + BOB);
    await writeFile(file, 'mine');
    expect(await run('a.yaml')).toMatchObject({
      code: 1,
      err: 'a.yaml is there already; nothing was written\nAdd --force to replace it, or name another file.\n',
    });
    expect(await readFile(file, 'utf8')).toBe('mine');
    expect((await run('a.yaml', '--force')).code).toBe(0);
    expect(await readFile(file, 'utf8')).toContain(ANN + BOB);
    expect(await run('none/a.yaml')).toMatchObject({ code: 1 });
  });

  it('writes only the agents that are named, whatever the case', async () => {
    expect((await run('--agent', 'BOB')).out).toContain(`\nagents:\n${BOB}`);
    expect((await run('--agent', 'bob', '--agent', 'ann')).out).toContain(ANN + BOB);
    expect(await run('--agent', 'Bbo')).toMatchObject({
      code: 1,
      err: 'there is no agent "Bbo"; did you mean "Bob"?\n',
    });
  });

  it('writes every setting with --all', async () => {
    expect((await run('--all', '--agent', 'Bob')).out).toContain('    rate_limit: 0\n');
  });

  it('writes JSON and nothing else on standard output with --json', async () => {
    expect(JSON.parse((await run('--json')).out)).toEqual({
      agents: [
        { name: 'Ann', discord_token: '${ANN_DISCORD_TOKEN}', config: { prefix: 'Ann' } },
        { name: 'Bob', config: { prefix: 'Bob' } },
      ],
    });
  });

  it('warns of what is too much for one file', async () => {
    const config = { system_prompt: 'x'.repeat(100_000) };
    await store.apply(
      Array.from({ length: 11 }, (_, n) => ({
        kind: 'create',
        definition: agentDefinitionSchema.parse({ name: `L${n}`, type: 'llm', config }),
        token: undefined,
      })),
    );
    expect((await run()).err).toContain('more than the 1 MiB that one file may have');
  });

  it('has exit codes for wrong usage and wrong settings', async () => {
    expect((await run('--forec')).code).toBe(2);
    expect((await run('--help')).out).toContain('npm run --silent agents:export > agents.yaml');
    const io = { stdout: { write: () => true }, stderr: { write: () => true } };
    const openStore = (): Promise<never> => Promise.reject(new ConfigError('no key'));
    expect(await exportAgents([], io, { cwd, openStore })).toBe(78);
  });
});

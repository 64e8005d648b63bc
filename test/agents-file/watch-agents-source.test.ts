import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import { watchAgentsSource, type AgentsSourceOptions } from '../../src/agents-file/watch-agents-source.ts';
import type { Repeating } from '../../src/util/repeat.ts';
import { collectingLogger, type CollectingLogger } from '../support/collecting-logger.ts';
import { MemoryAgentStore } from '../support/memory-agent-store.ts';
import { startStandInS3 } from '../support/s3/stand-in-s3.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

let cwd: string;
let store: MemoryAgentStore;
let logger: CollectingLogger;
beforeEach(async () => {
  cwd = await temporaryDirectory();
  store = new MemoryAgentStore();
  logger = collectingLogger();
});

const cast = (...names: string[]): string =>
  `agents: [${names.map((name) => `{ name: ${name} }`).join(', ')}]`;
const file = (text: string, name = 'a.yaml'): Promise<void> => writeFile(path.join(cwd, name), text);
const names = async (): Promise<string[]> => (await store.list()).map(({ name }) => name);
const becomes = (...expected: string[]): Promise<void> =>
  vi.waitFor(async () => {
    expect(await names()).toEqual(expected);
  }, 10_000);
const said = (level: string): unknown[] =>
  logger.lines.filter((line) => line.level === level).map(({ problem, error }) => problem ?? String(error));

/** Keeps the table in line until the test is over. An interval of hours: only what the file system tells counts. */
async function start(source: string, options: Partial<AgentsSourceOptions> = {}): Promise<Repeating> {
  const watch = await watchAgentsSource({
    source,
    cwd,
    env: {},
    store,
    logger,
    prune: true,
    interval: 9e6,
    pruneDelay: 1,
    ...options,
  });
  onTestFinished(() => watch.stop());
  return watch;
}

describe('a host with an agents file', () => {
  it('has its agents before anything else begins', async () => {
    await file(cast('Ann', 'Bob'));
    await start('a.yaml');
    expect(await names()).toEqual(['Ann', 'Bob']);
  });

  it('follows the file as it is written or replaced', async () => {
    await file(cast('Ann'));
    await start('a.yaml');
    await file(cast('Ann', 'Bob'));
    await becomes('Ann', 'Bob');
    await file(cast('Bob', 'Cat'), 'new');
    await rename(path.join(cwd, 'new'), path.join(cwd, 'a.yaml'));
    await becomes('Bob', 'Cat');
    await file(cast('Cat'));
    await becomes('Cat');
  });

  it('follows a folder that is mounted as Kubernetes does it', async () => {
    await mkdir(path.join(cwd, 'config/..1'), { recursive: true });
    await mkdir(path.join(cwd, 'config/..2'));
    await file(cast('Ann'), 'config/..1/a.yaml');
    await file(cast('Bob'), 'config/..2/a.yaml');
    await symlink('..1', path.join(cwd, 'config/..data'));
    await symlink('..data/a.yaml', path.join(cwd, 'config/a.yaml'));
    await start('config');
    expect(await names()).toEqual(['Ann']);
    await symlink('..2', path.join(cwd, 'config/..tmp'));
    await rename(path.join(cwd, 'config/..tmp'), path.join(cwd, 'config/..data'));
    await becomes('Bob');
  });

  it('finds what the file system does not tell at the next look', async () => {
    await start('later/a.yaml', { interval: 5 });
    await mkdir(path.join(cwd, 'later'));
    await file(cast('Ann'), 'later/a.yaml');
    await becomes('Ann');
  });

  it('follows an object in S3', async () => {
    const s3 = await startStandInS3({ 'team/a.yaml': cast('Ann') });
    await start('s3://team/a.yaml', { env: s3.env, interval: 5, prune: false });
    expect(await names()).toEqual(['Ann']);
    await vi.waitFor(() => {
      expect(s3.requests).toContain('GET /team/a.yaml 304');
    });
    s3.buckets.get('team')?.set('a.yaml', cast('Bob'));
    await becomes('Ann', 'Bob');
    expect(s3.requests.filter((request) => request.endsWith(' 200'))).toHaveLength(2);
  });

  it('starts all the same when the file is broken or gone, changes nothing, and says why', async () => {
    await file(cast('Ann'));
    await (await start('a.yaml')).stop();
    await file('agents:\n  - name: Ann\n    typ: echo\n    enabled: 5\n');
    await start('a.yaml');
    await rm(path.join(cwd, 'a.yaml'));
    await start('a.yaml');
    expect(await names()).toEqual(['Ann']);
    expect(said('error')).toEqual([
      'a.yaml:3:5: unknown key "typ"; did you mean "type"?',
      'a.yaml:4:14: enabled must be true or false',
      'InputError: a.yaml cannot be read: there is no such file or folder',
    ]);
  });

  it('keeps agents that are not in the file unless it is to prune', async () => {
    await file(cast('Ann'));
    await start('a.yaml', { prune: false });
    await file(cast('Bob'));
    await becomes('Ann', 'Bob');
  });

  it('removes nobody who comes back in time, creates at once, and names those that it removes', async () => {
    await file(cast('Ann', 'Bob'));
    await start('a.yaml', { pruneDelay: 9e6 });
    const bob = (await store.list())[1]?.id;
    await file(cast('Ann', 'Cat'));
    await becomes('Ann', 'Bob', 'Cat');
    await file(cast('Ann', 'Bob', 'Cat', 'Dan'));
    await becomes('Ann', 'Bob', 'Cat', 'Dan');
    expect((await store.list())[1]?.id).toBe(bob);
    expect(logger.lines.filter(({ agents }) => agents !== undefined)).toMatchObject([{ agents: 'Bob' }]);
    await start('a.yaml', { source: 'b.yaml' });
    await file(cast('Ann'), 'b.yaml');
    await becomes('Ann');
    expect(logger.lines.at(-1)).toMatchObject({ deleted: 'Bob, Cat, Dan' });
  });

  it('sees when a conflict with a stored agent is over', async () => {
    await store.apply([
      { kind: 'create', definition: agentDefinitionSchema.parse({ name: 'Old' }), token: 't' },
    ]);
    await file('agents: [{ name: Ann, discord_token: "t" }]');
    await start('a.yaml', { prune: false, interval: 5 });
    expect(await names()).toEqual(['Old']);
    await store.apply((await store.list()).map(({ id }) => ({ kind: 'delete', id })));
    await becomes('Ann');
    expect(said('error')).toHaveLength(1);
  });

  it('logs what is worth a look', async () => {
    await file('agents: [{ name: Ann, type: llm, discord_token: "${T}" }]');
    await start('a.yaml', { checkAgent: () => 'OPENAI_API_KEY is not set' });
    expect(said('warn')).toEqual([
      'a.yaml:1:49: T is not set: the agent stays off Discord until it is',
      'a.yaml:1:10: OPENAI_API_KEY is not set',
    ]);
  });

  it('writes nothing when the file says what is so', async () => {
    await file(cast('Ann'));
    await (await start('a.yaml')).stop();
    await start('a.yaml');
    expect(store.writes).toBe(1);
    expect(logger.lines.at(-1)?.text).toBe('the agents are in line with the agents file');
  });

  it('ends by its signal', async () => {
    await file(cast('Ann'));
    const stopping = new AbortController();
    await start('a.yaml', { interval: 5, signal: stopping.signal });
    stopping.abort();
    const other = new MemoryAgentStore();
    await start('a.yaml', { interval: 5, store: other });
    for (const name of ['Bob', 'Cat']) {
      await file(cast(name));
      await vi.waitFor(async () => {
        expect((await other.list()).map((agent) => agent.name)).toEqual([name]);
      });
    }
    expect(await names()).toEqual(['Ann']);
  });

  it('takes no source that cannot be watched', async () => {
    await expect(start('-')).rejects.toThrow('standard input cannot be watched');
    await expect(start('ftp://x/a')).rejects.toThrow('ftp: is not known as a source');
  });
});

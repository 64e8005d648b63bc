import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadAgents, type LoadAgentsDeps } from '../../src/cli/load-agents.ts';
import { ConfigError, TroupeError, UnavailableError } from '../../src/errors.ts';
import { MemoryAgentStore } from '../support/memory-agent-store.ts';
import { runProcess } from '../support/run-process.ts';
import { startStandInS3 } from '../support/s3/stand-in-s3.ts';
import { testDatabase } from '../support/test-database.ts';

const TWO_AGENTS = `agents:
  - name: Ann
    discord_token: \${ANN_TOKEN}
    config: { prefix: a }
  - name: Bob
    discord_token: \${BOB_TOKEN}
`;

let cwd: string;
let store: MemoryAgentStore;
let opened: number;
beforeEach(async () => {
  cwd = await mkdtemp(path.join(tmpdir(), 'troupe-load-'));
  store = new MemoryAgentStore();
  opened = 0;
});
afterEach(() => rm(cwd, { recursive: true }));

interface Outcome {
  code: number;
  out: string;
  err: string;
  questions: string[];
}

interface RunOptions extends Partial<LoadAgentsDeps> {
  /** Somebody at the terminal, and what they answer. */
  answer?: boolean;
  stdin?: string;
  /** What comes of it, as it comes. */
  outcome?: Outcome;
}

const noOutcome = (): Outcome => ({ code: -1, out: '', err: '', questions: [] });

async function run(
  argv: string[],
  { answer, stdin = '', outcome = noOutcome(), ...deps }: RunOptions = {},
): Promise<Outcome> {
  const isTTY = answer !== undefined;
  const io = {
    stdin: Object.assign(Readable.from([stdin]), { isTTY }),
    stdout: { write: (text: string) => (outcome.out += text) },
    stderr: { write: (text: string) => (outcome.err += text), isTTY },
  };
  let open = 0;
  outcome.code = await loadAgents(argv, io, {
    env: { ANN_TOKEN: 'ann-secret', BOB_TOKEN: 'bob-secret' },
    cwd,
    openStore: () => {
      opened++;
      open++;
      const close = (): Promise<void> => {
        open--;
        return Promise.resolve();
      };
      return Promise.resolve({ store, close });
    },
    confirm: (question) => {
      outcome.questions.push(question);
      return Promise.resolve(answer ?? false);
    },
    ...deps,
  });
  expect(open, 'what was opened is closed').toBe(0);
  expect(outcome.out + outcome.err, 'no secret is shown').not.toMatch(/-secret/);
  return outcome;
}

const file = (text: string, name = 'a.yaml'): Promise<void> => writeFile(path.join(cwd, name), text);
const names = async (): Promise<string[]> => (await store.list()).map(({ name }) => name);

describe('agents:load', () => {
  it('creates agents, and says what was done and what comes next', async () => {
    await file(TWO_AGENTS);
    expect(await run(['a.yaml'])).toEqual({
      code: 0,
      out: [
        '+ create Ann (echo)',
        '+ create Bob (echo)',
        '= 0 unchanged',
        'Done. A running host picks this up at its next poll; npm start runs one.',
        '',
      ].join('\n'),
      err: '',
      questions: [],
    });
    expect((await store.list()).map((agent) => store.openToken(agent))).toEqual(['ann-secret', 'bob-secret']);
  });

  it('updates agents, and writes nothing when there is nothing to change', async () => {
    await file(TWO_AGENTS);
    await run(['a.yaml']);
    expect((await run(['a.yaml'])).out).toBe('= 2 unchanged\nNothing to do.\n');
    expect(store.writes).toBe(1);
    await file(TWO_AGENTS.replace('prefix: a', 'prefix: b'));
    expect((await run(['a.yaml'])).out).toContain('~ update Ann: config.prefix "a" → "b"\n= 1 unchanged\n');
  });

  it('needs no token', async () => {
    await file(TWO_AGENTS);
    const { code, out, err } = await run(['a.yaml'], { env: {} });
    expect(code).toBe(0);
    expect(err).toBe(
      'a.yaml:3:20: warning: ANN_TOKEN is not set: the agent stays off Discord until it is\n' +
        'a.yaml:6:20: warning: BOB_TOKEN is not set: the agent stays off Discord until it is\n',
    );
    expect(out).toContain('Off Discord until they get a discord_token: Ann, Bob. Set it and load again.\n');
  });

  it('refuses a file with errors as a whole, one a line on standard error, before anything is opened', async () => {
    await file('agents:\n  - name: Ann\n  - name: Bob\n    typ: echo\n    enabled: 1\n');
    expect(await run(['a.yaml'])).toEqual({
      code: 1,
      out: '',
      err: 'a.yaml:4:5: unknown key "typ"; did you mean "type"?\na.yaml:5:14: enabled must be true or false\n',
      questions: [],
    });
    expect(opened).toBe(0);
  });

  it('changes nothing when the table refuses a part of it', async () => {
    await file(TWO_AGENTS);
    await run(['a.yaml']);
    // Somebody deletes Bob between the plan and its execution.
    const list = store.list.bind(store);
    store.list = async () => {
      const records = await list();
      await store.apply(
        records.filter(({ name }) => name === 'Bob').map(({ id }) => ({ kind: 'delete', id })),
      );
      return records;
    };
    await file('agents: [{ name: Cat }, { name: Ann, type: echo }, { name: Bob, enabled: false }]');
    const { code, err } = await run(['a.yaml']);
    expect([code, err]).toEqual([1, 'agent "Bob" was deleted meanwhile; nothing was changed\n']);
    store.list = list;
    expect((await store.list()).map(({ name, config }) => [name, config])).toEqual([
      ['Ann', { prefix: 'a' }],
    ]);
  });

  it('reads all of a folder, or standard input', async () => {
    await file('agents: [{ name: Ann }]', 'a.yaml');
    await file('agents: [{ name: Bob }]', 'b.yml');
    expect((await run(['.'])).code).toBe(0);
    expect((await run(['-'], { stdin: 'agents: [{ name: Cat }]' })).code).toBe(0);
    expect(await names()).toEqual(['Ann', 'Bob', 'Cat']);
  });

  it('shows with --dry-run what would change, and changes nothing', async () => {
    await file(TWO_AGENTS);
    const { code, out } = await run(['a.yaml', '--dry-run']);
    expect([code, out]).toEqual([
      0,
      '+ create Ann (echo)\n+ create Bob (echo)\n= 0 unchanged\nDry run: nothing was changed.\n',
    ]);
    expect(store.writes).toBe(0);
  });

  it('compares secrets as they are when opened, and replaces those that cannot be read any more', async () => {
    await file(
      'agents: [{ name: Ann, type: llm, config: { api_key: a-secret, fallbacks: [{ provider: xai, api_key: b-secret }] } }]',
    );
    const database = await testDatabase();
    const runWithKey = async (key: number): Promise<Outcome> => {
      const { agents } = await database.open({ secretKey: { key: Buffer.alloc(32, key), file: '' } });
      const openStore = () => Promise.resolve({ store: agents, close: () => Promise.resolve() });
      return run(['a.yaml'], { openStore });
    };
    await runWithKey(1);
    expect(await runWithKey(1)).toMatchObject({
      out: expect.stringContaining('= 1 unchanged') as string,
      err: '',
    });
    const replaced = await runWithKey(2);
    expect(replaced.code).toBe(0);
    expect(replaced.err).toMatch(/^warning: the stored config of Ann: config\.api_key: .*another key.*\n$/);
    expect(replaced.out).toContain('~ update Ann: config.api_key: changed, config.fallbacks: changed\n');
    expect(await runWithKey(2)).toMatchObject({
      out: expect.stringContaining('= 1 unchanged') as string,
      err: '',
    });
  });

  it('does not hide a defect in opening a secret', async () => {
    await file(TWO_AGENTS);
    await run(['a.yaml']);
    store.openConfig = () => {
      throw new TypeError('oops');
    };
    await expect(run(['a.yaml'])).rejects.toThrow('oops');
  });

  it('replaces a stored token that cannot be read any more', async () => {
    await file(TWO_AGENTS);
    await run(['a.yaml']);
    const openToken = store.openToken.bind(store);
    store.openToken = () => {
      throw new TroupeError('stored under another key', { remedy: 'Enter the token again.' });
    };
    const { code, out, err } = await run(['a.yaml']);
    expect([code, err]).toEqual([
      0,
      'warning: the stored token of Ann: stored under another key. Enter the token again.\n' +
        'warning: the stored token of Bob: stored under another key. Enter the token again.\n',
    ]);
    expect(out).toContain('~ update Ann: token: changed');
    store.openToken = openToken;
  });
});

describe('agents of type llm', () => {
  /** Ann and Bob have a model, Cat has none. */
  const MODELS = `agents:
  - { name: Ann, type: llm, config: { model: a } }
  - { name: Bob, type: llm, config: { model: b } }
  - { name: Cat }
`;
  const lacks = 'a.yaml:2:5: warning: OPENAI_API_KEY is not set\n';
  const fails = 'a.yaml:3:5: warning: no such model\n';

  interface Checked extends Outcome {
    checked: string[];
    probed: string[];
  }

  /** Runs it where Ann lacks a key and Bob's model fails. */
  async function runChecked(argv: string[], options: RunOptions = {}): Promise<Checked> {
    const checked: string[] = [];
    const probed: string[] = [];
    const outcome = await run(argv, {
      checkAgent: ({ name }) => {
        checked.push(name);
        return name === 'Ann' ? 'OPENAI_API_KEY is not set' : undefined;
      },
      probeAgent: ({ name }) => {
        probed.push(name);
        return Promise.resolve('no such model');
      },
      ...options,
    });
    return { ...outcome, checked, probed };
  }

  it('are checked, and their models asked; what is found is a warning', async () => {
    await file(MODELS);
    const { code, out, err, checked, probed } = await runChecked(['a.yaml']);
    expect([code, err, checked, probed]).toEqual([0, lacks + fails, ['Ann', 'Bob'], ['Bob']]);
    expect(out).toContain('Done.');
    expect(await names()).toEqual(['Ann', 'Bob', 'Cat']);
  });

  it('are checked again only when they change', async () => {
    await file(MODELS);
    await runChecked(['a.yaml']);
    expect(await runChecked(['a.yaml'])).toMatchObject({ err: '', checked: [], probed: [] });
    await file(MODELS.replace('model: b', 'model: c').replace('name: Cat', 'name: Cat, enabled: false'));
    expect(await runChecked(['a.yaml'])).toMatchObject({ err: fails, checked: ['Bob'], probed: ['Bob'] });
  });

  it.each(['--dry-run', '--offline'])('are checked, but no model is asked, with %s', async (flag) => {
    await file(MODELS);
    expect(await runChecked(['a.yaml', flag])).toMatchObject({
      code: 0,
      err: lacks,
      checked: ['Ann', 'Bob'],
      probed: [],
    });
  });

  it('are not asked for when nothing was stored', async () => {
    await file(MODELS);
    await run(['a.yaml']);
    await file('agents: [{ name: Dan, type: llm }]');
    expect(await runChecked(['a.yaml', '--prune'])).toMatchObject({ code: 1, probed: [] });
  });

  it('have their warnings in JSON too', async () => {
    await file(MODELS);
    expect(JSON.parse((await runChecked(['a.yaml', '--json'])).out)).toMatchObject({
      warnings: [
        { file: 'a.yaml', line: 2, column: 5, message: 'OPENAI_API_KEY is not set' },
        { file: 'a.yaml', line: 3, column: 5, message: 'no such model' },
      ],
      applied: true,
    });
  });

  it('are warned of once where the variable of their own key is not set', async () => {
    await file('agents: [{ name: Ann, type: llm, config: { api_key: "${ANN_KEY}" } }]');
    const notes = ['the variable ANN_KEY is not set', 'OLD_ANN_KEY is not set'];
    for (const [index, note] of notes.entries()) {
      store = new MemoryAgentStore();
      const { err, probed } = await runChecked(['a.yaml'], { checkAgent: () => note });
      const more = index === 0 ? '' : `a.yaml:1:10: warning: ${note}\n`;
      expect(err).toBe(
        `a.yaml:1:53: warning: ANN_KEY is not set here; it has to be where the host runs\n${more}`,
      );
      expect(probed).toEqual([]);
    }
  });

  describe('have their models', () => {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    it('asked all at once, and nothing is said or left behind when they answer soon', async () => {
      await file(MODELS);
      let asked = 0;
      const all = Promise.withResolvers<undefined>();
      const probeAgent = (): Promise<undefined> => {
        asked++;
        if (asked === 2) all.resolve(undefined);
        return all.promise;
      };
      expect(await run(['a.yaml'], { answer: true, probeAgent })).toMatchObject({ code: 0, err: '' });
      expect(vi.getTimerCount()).toBe(0);
    });

    it('waited for no longer than 5 seconds, and somebody at a terminal is told of the wait', async () => {
      await file(MODELS);
      const asked = Promise.withResolvers<AbortSignal>();
      const running = run(['a.yaml'], {
        answer: true,
        probeAgent: ({ name }, signal) => {
          asked.resolve(signal);
          const { promise, reject } = Promise.withResolvers<undefined>();
          // Ann's heeds the signal, Bob's does not.
          if (name === 'Ann') {
            signal.addEventListener('abort', () => {
              reject(new DOMException('aborted', 'AbortError'));
            });
          }
          return promise;
        },
      });
      const signal = await asked.promise;
      vi.advanceTimersByTime(4_999);
      expect(signal.aborted).toBe(false);
      vi.advanceTimersByTime(1);
      expect(await running).toMatchObject({
        code: 0,
        err:
          'Asking the models for a word (--offline leaves that out) …\n' +
          'a.yaml:2:5: warning: its model did not answer within 5 s\n' +
          'a.yaml:3:5: warning: its model did not answer within 5 s\n',
      });
    });
  });

  it.each([
    ['a failure', new UnavailableError('no answer', { cause: new Error('refused') }), 'no answer: refused'],
    ['what could be a secret', new TroupeError('key sk-abcdefghijklmnop1\u0007'), 'key [redacted]\\u0007'],
  ])('whose probe throws %s are warned of', async (_, error, message) => {
    await file('agents: [{ name: Ann, type: llm }]');
    const { code, err } = await run(['a.yaml'], { probeAgent: () => Promise.reject(error) });
    expect([code, err]).toEqual([0, `a.yaml:1:10: warning: ${message}\n`]);
  });

  it('do not hide a defect of a probe', async () => {
    await file('agents: [{ name: Ann, type: llm }]');
    const probeAgent = (): Promise<never> => Promise.reject(new TypeError('oops'));
    await expect(run(['a.yaml'], { probeAgent })).rejects.toThrow('oops');
  });
});

describe('agents:load --prune', () => {
  const prune = ['a.yaml', '--prune'];
  const refused = '2 agents would be deleted and nobody is there to ask; nothing was changed\n';
  beforeEach(async () => {
    await file(TWO_AGENTS);
    await run(['a.yaml']);
    await file('agents: [{ name: Cat }]');
  });

  it.each<[title: string, argv: string[], options: RunOptions, code: number, asked: number, left: string[]]>([
    ['deletes when somebody says yes', prune, { answer: true }, 0, 1, ['Cat']],
    ['changes nothing when somebody says no', prune, { answer: false }, 1, 1, ['Ann', 'Bob']],
    ['changes nothing when nobody can be asked', prune, {}, 1, 0, ['Ann', 'Bob']],
    ['asks nothing with --yes', [...prune, '--yes'], { answer: false }, 0, 0, ['Cat']],
    ['needs nobody with -y', [...prune, '-y'], {}, 0, 0, ['Cat']],
    ['asks nothing with --dry-run', [...prune, '--dry-run'], { answer: true }, 0, 0, ['Ann', 'Bob']],
    ['deletes nothing when it is not given', ['a.yaml'], {}, 0, 0, ['Ann', 'Bob', 'Cat']],
    [
      'cannot ask where the file is standard input',
      ['-', '--prune'],
      { answer: true, stdin: 'agents: []' },
      1,
      0,
      ['Ann', 'Bob'],
    ],
  ])('%s', async (_, argv, options, code, asked, left) => {
    const outcome = await run(argv, options);
    expect([outcome.code, outcome.questions.length, await names()]).toEqual([code, asked, left]);
  });

  it('asks nothing when nothing is deleted', async () => {
    await file(TWO_AGENTS);
    expect(await run(prune, { answer: false })).toMatchObject({ code: 0, questions: [] });
  });

  it('names what it would delete', async () => {
    expect((await run(prune, { answer: true })).questions).toEqual(['Delete 2 agents (Ann, Bob)?']);
  });

  it('says what to do when nobody can be asked', async () => {
    expect((await run(prune)).err).toBe(
      `${refused}Add --yes to delete without asking, or leave --prune out.\n`,
    );
  });

  it('says in JSON that it was refused', async () => {
    const { code, out } = await run([...prune, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ create: ['Cat'], delete: ['Ann', 'Bob'], applied: false });
  });
});

describe('agents:load --json', () => {
  it('prints one object and nothing else on standard output', async () => {
    await file(TWO_AGENTS);
    await run(['a.yaml'], { env: {} });
    const { code, out } = await run(['a.yaml', '--json'], { env: { ANN_TOKEN: 'ann-secret' } });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      create: [],
      update: [{ name: 'Ann', fields: ['token'] }],
      disable: [],
      delete: [],
      unchanged: ['Bob'],
      warnings: [
        {
          file: 'a.yaml',
          line: 6,
          column: 20,
          message: 'BOB_TOKEN is not set: the agent stays off Discord until it is',
        },
      ],
      applied: true,
    });
  });

  it('says with --dry-run that nothing was applied', async () => {
    await file(TWO_AGENTS);
    expect(JSON.parse((await run(['a.yaml', '--json', '--dry-run'])).out)).toMatchObject({ applied: false });
  });
});

describe('a file of fifty agents', () => {
  const fifty = (suffix = ''): string =>
    [
      'agents:',
      ...Array.from({ length: 50 }, (_, n) => `  - { name: A${n}, discord_token: t-${n} }`),
      suffix,
    ].join('\n');

  it('loads at once, changes nothing the second time, and nothing when it is broken', async () => {
    const test = await testDatabase();
    const { agents } = await test.open();
    const openStore = () => Promise.resolve({ store: agents, close: () => Promise.resolve() });
    await file(fifty());
    expect((await run(['a.yaml'], { openStore })).code).toBe(0);
    const table = test.raw('SELECT * FROM agents ORDER BY id');
    expect(table).toHaveLength(50);
    expect((await run(['a.yaml'], { openStore })).out).toBe('= 50 unchanged\nNothing to do.\n');
    await file(fifty('  - { name: A49, enabled: off }'));
    expect((await run(['a.yaml', '--prune', '--yes'], { openStore })).code).toBe(1);
    expect(test.raw('SELECT * FROM agents ORDER BY id')).toEqual(table);
  });
});

describe('agents:load of a URL', () => {
  it('shows problems at the URL without its query', async () => {
    const server = createServer((_, response) => response.end('agents:\n  - nmae: Ann'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { code, err } = await run([`http://127.0.0.1:${port}/a.yaml?key=my-secret`]);
    server.closeAllConnections();
    server.close();
    expect([code, err]).toEqual([
      1,
      `http://127.0.0.1:${port}/a.yaml:2:5: unknown key "nmae"; did you mean "name"?\n` +
        `http://127.0.0.1:${port}/a.yaml:2:5: name is missing\n`,
    ]);
  });

  it('reads an object of S3 with the variables that it was given', async () => {
    const s3 = await startStandInS3({ 'team/a.yaml': 'agents: [{ name: Ann }]' });
    expect((await run(['s3:/team/a.yaml'], { env: s3.env })).code).toBe(0);
    expect(await names()).toEqual(['Ann']);
  });
});

describe('agents:load --watch', () => {
  /** Runs it, takes the steps one after the other, and ends it. */
  async function runThrough(
    argv: string[],
    steps: ((outcome: Outcome) => Promise<void>)[],
    deps: RunOptions = {},
  ): Promise<Outcome> {
    const stopping = new AbortController();
    const outcome = noOutcome();
    const running = run([...argv, '--watch'], {
      outcome,
      pruneDelay: 1,
      ...deps,
      stopSignal: () => stopping.signal,
    });
    for (const step of steps) await step(outcome);
    stopping.abort();
    return running;
  }
  const says =
    (stream: 'out' | 'err', text: string) =>
    (outcome: Outcome): Promise<void> =>
      vi.waitFor(() => {
        expect(outcome[stream]).toContain(text);
      }, 10_000);
  const writes = (text: string) => () => file(text);

  it('loads, follows the file past a broken version, and ends cleanly', async () => {
    await file('agents: [{ name: Ann }]');
    const { code, out, err } = await runThrough(
      ['a.yaml', '--prune', '--yes'],
      [
        says('err', 'Watching a.yaml; Ctrl-C ends it.\n'),
        writes('agents: [{ nam: Bob }]'),
        says('err', 'a.yaml:1:12: unknown key "nam"; did you mean "name"?\n'),
        writes('agents: [{ name: Bob }]'),
        says('out', '- delete Ann\n'),
        says('out', 'Done.'),
      ],
    );
    expect([code, await names()]).toEqual([0, ['Bob']]);
    expect(out).toMatch(/^\+ create Ann [^]*\+ create Bob /);
    expect(err).toContain('Nothing was changed. Watching a.yaml; Ctrl-C ends it.\n');
  });

  it('deletes nobody who is missing for a moment', async () => {
    await file('agents: [{ name: Ann }, { name: Bob }]');
    const { out } = await runThrough(
      ['a.yaml', '--prune', '--yes'],
      [
        says('err', 'Watching'),
        writes('agents: [{ name: Ann }]'),
        says('err', 'warning: missing, and deleted soon unless they come back: Bob\n'),
        writes('agents: [{ name: Ann }, { name: Bob }, { name: Cat }]'),
        says('out', '+ create Cat (echo)\n= 2 unchanged\n'),
      ],
      { pruneDelay: 9e6 },
    );
    expect(out).not.toContain('delete');
  });

  it('deletes at once at its first load', async () => {
    await file('agents: [{ name: Ann }]');
    await run(['a.yaml']);
    await file('agents: []');
    await runThrough(['a.yaml', '--prune', '--yes'], [says('out', '- delete Ann')], { pruneDelay: 9e6 });
    expect(await names()).toEqual([]);
  });

  it('tells of a busy database, and tries again', async () => {
    await file('agents: [{ name: Ann }]');
    let isBusy = false;
    class BusyStore extends MemoryAgentStore {
      override apply(...changes: Parameters<MemoryAgentStore['apply']>): Promise<void> {
        return isBusy
          ? Promise.reject(new UnavailableError('the database is busy'))
          : super.apply(...changes);
      }
    }
    store = new BusyStore();
    await runThrough(
      ['a.yaml', '--interval', '1'],
      [
        says('err', 'Watching'),
        () => {
          isBusy = true;
          return file('agents: [{ name: Ann }, { name: Bob }]');
        },
        says('err', 'the database is busy\nNothing was changed. Watching'),
        () => Promise.resolve(void (isBusy = false)),
        says('out', '= 1 unchanged\nDone.'),
      ],
    );
    await vi.waitFor(async () => {
      expect(await names()).toEqual(['Ann', 'Bob']);
    });
  });

  it('waits for a good version when the first one is broken', async () => {
    await file('agents: [{ nam: Ann }]');
    const { code } = await runThrough(
      ['a.yaml'],
      [says('err', 'Nothing was changed.'), writes('agents: [{ name: Ann }]'), says('out', 'Done.')],
    );
    expect([code, await names()]).toEqual([0, ['Ann']]);
  });

  it('ends when there is nothing to watch', async () => {
    expect(await run(['none.yaml', '--watch'])).toMatchObject({
      code: 1,
      err: 'none.yaml cannot be read: there is no such file or folder\n',
    });
  });

  it.each<[argv: string[], err: string]>([
    [['-', '--watch'], 'error: standard input cannot be watched; name a file or a URL\n'],
    [['a.yaml', '--watch', '--dry-run'], 'error: --dry-run shows one plan; leave --watch out\n'],
    [
      ['a.yaml', '--watch', '--prune'],
      'error: --watch with --prune deletes without asking; add --yes to want that\n',
    ],
    [['a.yaml', '--interval', '5'], 'error: --interval is for --watch\n'],
  ])('is refused in %j', async (argv, err) => {
    expect(await run(argv)).toMatchObject({ code: 2, err });
  });

  it.each(['0', 'x', '86401', ''])('takes no interval of "%s"', async (interval) => {
    expect(await run(['a.yaml', '--watch', '--interval', interval])).toMatchObject({
      code: 2,
      err: expect.stringContaining('It is a number of seconds from 1 to 86400.') as string,
    });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends with 0 at %s', async (signal) => {
    await file('agents: [{ name: Ann }]');
    const loading = runProcess(
      'scripts/load-agents.ts',
      { DATABASE_URL: `file:${cwd}/troupe.db`, SECRET_KEY_FILE: `${cwd}/secret.key` },
      [path.join(cwd, 'a.yaml'), '--watch'],
    );
    await loading.until(/Watching/);
    loading.child.kill(signal);
    expect(await loading.ended).toBe(0);
    expect(loading.output()).toContain('+ create Ann (echo)');
  });
});

describe('the exit code', () => {
  it.each<[code: number, argv: string[], err: string]>([
    [0, ['--help'], ''],
    [2, [], "error: missing required argument 'file'\n"],
    [2, ['a.yaml', '--prnue'], "error: unknown option '--prnue'\n(Did you mean --prune?)\n"],
    [2, ['a.yaml', 'b.yaml'], 'error: too many arguments. Expected 1 argument but got 2.\n'],
    [1, ['none.yaml'], 'none.yaml cannot be read: there is no such file or folder\n'],
  ])('is %i for %j', async (code, argv, err) => {
    const outcome = await run(argv);
    expect([outcome.code, outcome.err]).toEqual([code, err]);
  });

  it.each([
    [78, new ConfigError('SECRET_KEY is not 32 bytes')],
    [1, new UnavailableError('cannot open the database', { cause: new Error('disk full') })],
  ])('is %i when the table cannot be opened: %s', async (code, error) => {
    await file(TWO_AGENTS);
    const outcome = await run(['a.yaml'], { openStore: () => Promise.reject(error) });
    expect(outcome.code).toBe(code);
    expect(outcome.err).toContain(error.message);
  });

  it('is 2, and nothing is done, when npm took --dry-run for itself', async () => {
    await file(TWO_AGENTS);
    const { code, err } = await run(['a.yaml'], { env: { npm_config_dry_run: 'true' } });
    expect([code, err]).toEqual([
      2,
      'error: npm took --dry-run for itself; write: npm run agents:load -- FILE --dry-run\n',
    ]);
    expect(opened).toBe(0);
  });

  it('does not hide a defect', async () => {
    await file(TWO_AGENTS);
    await expect(run(['a.yaml'], { openStore: () => Promise.reject(new TypeError('oops')) })).rejects.toThrow(
      'oops',
    );
  });
});

describe('--help', () => {
  it('shows examples and exit codes', async () => {
    const { out } = await run(['--help']);
    expect(out).toContain('Usage: npm run agents:load -- [options] <file>');
    expect(out).toContain('npm run agents:load -- agents.yaml --dry-run');
    expect(out).toContain('78 a wrong setting');
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadAgents, type LoadAgentsDeps } from '../../src/cli/load-agents.ts';
import { ConfigError, TroupeError, UnavailableError } from '../../src/errors.ts';
import { MemoryAgentStore } from '../support/memory-agent-store.ts';

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
}

async function run(argv: string[], { answer, stdin = '', ...deps }: RunOptions = {}): Promise<Outcome> {
  const outcome: Outcome = { code: -1, out: '', err: '', questions: [] };
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

import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { agentDefinitionSchema } from '../../../src/agents/agent-definition.ts';
import { manageMemory, type ManageMemoryDeps } from '../../../src/cli/memory/manage-memory.ts';
import { ConfigError, UnavailableError } from '../../../src/errors.ts';
import { FakeMemoryStore } from '../../support/fake-memory-store.ts';
import { MemoryAgentStore } from '../../support/memory-agent-store.ts';
import { turn } from '../../support/memory-store-promises.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const ANN = '81384788765712384';
const USER = ['--user', ANN];

let store: MemoryAgentStore;
let memory: FakeMemoryStore;
/** Helper's id. */
let helper: string;
beforeEach(async () => {
  store = new MemoryAgentStore();
  memory = new FakeMemoryStore();
  for (const name of ['Helper', 'Muse']) {
    const definition = agentDefinitionSchema.parse({ name });
    await store.apply([{ kind: 'create', definition, token: undefined }]);
  }
  const agents = await store.list();
  for (const { id, name } of agents) memory.nameAgent(id, name);
  helper = agents[0]?.id ?? '';
});

/** Helper remembers two turns of Ann and a summary; an agent that is gone remembers one. */
async function fill(): Promise<void> {
  const { memoryId } = await memory.recall({ agentId: helper, userId: ANN, scope: '' }, 1);
  await memory.remember(memoryId, turn(1, { question: 'one\ntwo\u001B[2J\u202E\u009B' }));
  await memory.remember(memoryId, turn(2));
  await memory.saveSummary(memoryId, { text: 'a summary', until: turn(1).exchangeId });
  const gone = await memory.recall({ agentId: 'gone', userId: ANN, scope: 'dm' }, 1);
  await memory.remember(gone.memoryId, turn(3));
  const others = await memory.recall({ agentId: helper, userId: '7', scope: '' }, 1);
  await memory.remember(others.memoryId, turn(4));
}

interface Parts extends Partial<ManageMemoryDeps> {
  /** Somebody at the terminal, and what they answer. */
  answer?: boolean;
}

async function run(argv: string[], { answer, ...deps }: Parts = {}) {
  const outcome = { code: -1, out: '', err: '', questions: [] as string[] };
  const isTTY = answer !== undefined;
  const io = {
    stdin: { isTTY },
    stdout: { write: (text: string) => (outcome.out += text) },
    stderr: { write: (text: string) => (outcome.err += text), isTTY },
  };
  let open = 0;
  outcome.code = await manageMemory(argv, io, {
    env: {},
    cwd: '/nowhere',
    now: () => new Date('2026-02-03T04:05:06Z'),
    openStore: () => {
      open++;
      const close = (): Promise<void> => {
        open--;
        return Promise.resolve();
      };
      return Promise.resolve({ store, memory, close });
    },
    confirm: (question) => {
      outcome.questions.push(question);
      return Promise.resolve(answer ?? false);
    },
    ...deps,
  });
  expect(open, 'what was opened is closed').toBe(0);
  return outcome;
}

const turnsLeft = async (userId = ANN): Promise<number> =>
  (await memory.sizes({ userId })).reduce((sum, { turns }) => sum + turns, 0);

describe('show', () => {
  it('shows how much each agent remembers, those that are gone by their id', async () => {
    await fill();
    expect(await run(['show', ...USER])).toEqual({
      code: 0,
      out: [
        'AGENT   PLACE       TURNS  FIRST              LAST               SUMMARY',
        'gone    dm          1      2026-01-01T00:03Z  2026-01-01T00:03Z  no',
        'Helper  everywhere  2      2026-01-01T00:01Z  2026-01-01T00:02Z  yes',
        '',
      ].join('\n'),
      err: '',
      questions: [],
    });
  });

  it('shows the last turns as they were written, but for what would act on a terminal', async () => {
    await fill();
    const { out } = await run(['show', ...USER, '--turns', '2', '--agent', 'helper']);
    expect(out.slice(out.indexOf('\n\n') + 2)).toBe(
      [
        'Helper, everywhere:',
        '[2026-01-01T00:01Z]',
        '  user: one',
        '    two\\u001b[2J\\u202e\\u009b',
        '  Helper: answer 1',
        '[2026-01-01T00:02Z]',
        '  user: question 2',
        '  Helper: answer 2',
        '',
      ].join('\n'),
    );
    expect((await run(['show', ...USER, '--turns', '1'])).out).not.toContain('answer 1');
  });

  it('prints an array and nothing else with --json', async () => {
    await fill();
    const { out } = await run(['show', ...USER, '--json']);
    expect(JSON.parse(out)).toEqual([
      {
        agent: 'gone',
        agent_id: 'gone',
        scope: 'dm',
        turns: 1,
        first: '2026-01-01T00:03:00.000Z',
        last: '2026-01-01T00:03:00.000Z',
        has_summary: false,
      },
      {
        agent: 'Helper',
        agent_id: helper,
        scope: 'everywhere',
        turns: 2,
        first: '2026-01-01T00:01:00.000Z',
        last: '2026-01-01T00:02:00.000Z',
        has_summary: true,
      },
    ]);
    const same = await memory.recall({ agentId: 'gone', userId: ANN, scope: '' }, 1);
    await memory.remember(same.memoryId, turn(5));
    const withTurns = JSON.parse((await run(['show', ...USER, '--json', '--turns', '1'])).out) as unknown;
    expect(withTurns).toMatchObject([
      { last_turns: [{ question: 'question 5' }] },
      { last_turns: [{ question: 'question 3' }] },
      { last_turns: [{ exchange_id: turn(2).exchangeId, question: 'question 2', answer: 'answer 2' }] },
    ]);
  });

  it('says that there is nothing, and prints an empty array for programs', async () => {
    expect((await run(['show', ...USER])).out).toBe(`Nothing is remembered of user ${ANN}.\n`);
    expect((await run(['show', ...USER, '--json'])).out).toBe('[]\n');
  });

  it('shows only the agent that is named, whatever the case, also one that is gone', async () => {
    await fill();
    expect((await run(['show', ...USER, '--agent', ' HELPER'])).out).not.toContain('gone');
    expect((await run(['show', ...USER, '--agent', helper])).out).toContain('Helper');
    expect((await run(['show', '--user', '8', '--agent', helper])).code).toBe(0);
    const { out } = await run(['show', ...USER, '--agent', 'gone']);
    expect(out).toContain('gone');
    expect(out).not.toContain('Helper');
  });
});

describe('export', () => {
  it('prints everything of this user as JSON that is safe on a terminal', async () => {
    await fill();
    const { out } = await run(['export', ...USER]);
    // eslint-disable-next-line no-control-regex -- that is what is looked for
    expect(out).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202E]/);
    expect(out).not.toContain('question 4');
    expect(JSON.parse(out)).toMatchObject({
      user_id: ANN,
      exported_at: '2026-02-03T04:05:06.000Z',
      memories: [
        { agent: 'gone', scope: 'dm', turns: [{ question: 'question 3' }] },
        {
          agent: 'Helper',
          summary: 'a summary',
          turns: [{ question: 'one\ntwo\u001B[2J\u202E\u009B' }, { answer: 'answer 2' }],
        },
      ],
    });
  });

  it('writes a file that only its owner can read, and overwrites none unless it is told to', async () => {
    await fill();
    const cwd = await temporaryDirectory();
    const file = path.join(cwd, 'copy.json');
    const argv = ['export', ...USER, '--out', 'copy.json'];
    expect(await run(argv, { cwd })).toMatchObject({
      code: 0,
      out: 'Written to copy.json: 3 turns in 2 memories.\n',
    });
    expect((await stat(file)).mode & 0o777).toBe(0o600);

    await writeFile(file, 'mine');
    await chmod(file, 0o644);
    const refused = await run(argv, { cwd });
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/copy\.json exists already\nAdd --force/);
    expect(await readFile(file, 'utf8')).toBe('mine');

    expect((await run([...argv, '--force'], { cwd })).code).toBe(0);
    expect(await readFile(file, 'utf8')).toContain('answer 2');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('says which file cannot be written', async () => {
    const { code, err } = await run(['export', ...USER, '--out', 'a/b.json'], {
      cwd: await temporaryDirectory(),
    });
    expect(code).toBe(1);
    expect(err).toMatch(/a\/b\.json cannot be written: ENOENT/);
  });
});

describe('forget', () => {
  it('shows what there is, asks, forgets it for this user alone, and says what', async () => {
    await fill();
    const { code, out, questions } = await run(['forget', ...USER], { answer: true });
    expect(code).toBe(0);
    expect(questions).toEqual([`Forget 3 turns in 2 memories of user ${ANN}? This cannot be undone.`]);
    expect(out).toMatch(/^AGENT .*\ngone .*\nHelper .*\nForgotten: 3 turns in 2 memories\.\n$/);
    expect(await turnsLeft()).toBe(0);
    expect(await turnsLeft('7')).toBe(1);
  });

  it('forgets only what the named agent remembers', async () => {
    await fill();
    expect((await run(['forget', ...USER, '--agent', 'gone', '--yes'])).out).toContain('1 turn in 1 memory');
    expect(await turnsLeft()).toBe(2);
  });

  it('forgets nothing when the answer is no', async () => {
    await fill();
    const { code, err } = await run(['forget', ...USER], { answer: false });
    expect(code).toBe(1);
    expect(err).toBe('not confirmed; nothing was forgotten\n');
    expect(await turnsLeft()).toBe(3);
  });

  it('forgets nothing when nobody is there to ask, and says how to go on', async () => {
    await fill();
    const { code, err } = await run(['forget', ...USER]);
    expect(code).toBe(1);
    expect(err).toMatch(/nobody is there to ask; nothing was forgotten\nAdd --yes/);
    expect(await turnsLeft()).toBe(3);
  });

  it('asks nothing with --yes', async () => {
    await fill();
    expect(await run(['forget', ...USER, '--yes'])).toMatchObject({ code: 0, err: '', questions: [] });
    expect(await turnsLeft()).toBe(0);
  });

  it('only shows with --dry-run, also beside --yes', async () => {
    await fill();
    const { code, out, questions } = await run(['forget', ...USER, '--dry-run', '--yes']);
    expect(code).toBe(0);
    expect(out).toMatch(/^AGENT[^]*\nA dry run: nothing was forgotten\.\n$/);
    expect(questions).toEqual([]);
    expect(await turnsLeft()).toBe(3);
  });

  it('refuses a --dry-run that npm took for itself', async () => {
    await fill();
    const env = { npm_config_dry_run: 'true' };
    const { code, err } = await run(['forget', ...USER, '--yes'], { env });
    expect(code).toBe(2);
    expect(err).toContain('npm run memory -- forget --user ID --dry-run');
    expect(await turnsLeft()).toBe(3);
    expect((await run(['forget', ...USER, '--dry-run'], { env })).code).toBe(0);
    expect((await run(['show', ...USER], { env })).code).toBe(0);
  });

  it('says that there is nothing, and asks nothing', async () => {
    expect(await run(['forget', ...USER], { answer: true })).toMatchObject({
      code: 0,
      out: `Nothing is remembered of user ${ANN}.\n`,
      questions: [],
    });
  });

  it('prints one object with --json', async () => {
    await fill();
    const dry = JSON.parse((await run(['forget', ...USER, '--json', '--dry-run'])).out) as unknown;
    expect(dry).toMatchObject({
      memories: [{ agent: 'gone' }, { agent: 'Helper', turns: 2 }],
      forgotten: { memories: 0, turns: 0 },
      applied: false,
    });
    const done = JSON.parse((await run(['forget', ...USER, '--json', '--yes'])).out) as unknown;
    expect(done).toMatchObject({ forgotten: { memories: 2, turns: 3 }, applied: true });
  });
});

describe('npm run memory', () => {
  it('names the agent that was probably meant', async () => {
    const { code, err } = await run(['show', ...USER, '--agent', 'Helpr\u001B']);
    expect(code).toBe(1);
    expect(err).toBe(
      'there is no agent "Helpr\\u001b"; did you mean "Helper"?\nnpm run agents -- list shows them all.\n',
    );
  });

  it.each(['abc', '-1', '1.5e17', '<@81384788765712384>', '0', '18446744073709551616'])(
    'refuses %s as an id before anything is opened',
    async (id) => {
      const openStore = (): never => {
        throw new Error('it was opened');
      };
      const { code, err } = await run(['show', `--user=${id}`], { openStore });
      expect(code).toBe(2);
      expect(err).toContain('A Discord id has digits only and is below 2^64');
    },
  );

  it('takes the highest id', async () => {
    expect((await run(['show', '--user', '18446744073709551615'])).code).toBe(0);
  });

  it.each([
    ['--help', ['--help'], 0, /safe while the host runs[^]*Examples:/],
    ['no command', [], 2, /Usage/],
    ['an unknown command', ['shw', ...USER], 2, /unknown command/],
    ['no user', ['show'], 2, /required option/],
    ['a wrong number of turns', ['show', ...USER, '--turns', '0'], 2, /whole number/],
  ])('answers %s with its exit code and help', async (_, argv, code, words) => {
    const outcome = await run(argv);
    expect(outcome.code).toBe(code);
    expect(outcome.out + outcome.err).toMatch(words);
  });

  it('fails when the memory cannot be read, rather than showing none', async () => {
    memory.failReads = new UnavailableError('cannot open the database');
    expect(await run(['show', ...USER])).toMatchObject({
      code: 1,
      out: '',
      err: 'cannot open the database\n',
    });
  });

  it('ends with 78 over a wrong setting', async () => {
    const openStore = (): Promise<never> => Promise.reject(new ConfigError('DATABASE_URL: no'));
    expect((await run(['show', ...USER], { openStore })).code).toBe(78);
  });
});

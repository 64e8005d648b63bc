import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { manageUsers, type ManageUsersDeps } from '../../../src/cli/users/manage-users.ts';
import type { Database } from '../../../src/database/open-database.ts';
import { ConfigError, UnavailableError } from '../../../src/errors.ts';
import { type TestDatabase, testDatabase } from '../../support/test-database.ts';
import { addAgent, writeDown } from '../../support/user-rows.ts';

const ANN = '81384788765712384';

let database: Database;
let directory: string;
let place: TestDatabase;
beforeEach(async () => {
  place = await testDatabase();
  directory = place.directory;
  database = await place.open();
  const { client } = place.client();
  const helper = await addAgent(database, 'Helper');
  const at = new Date('2026-02-03T04:05:06Z');
  await writeDown(client, {
    agentId: helper,
    userId: ANN,
    at,
    words: 'one\u001B[2J\u202E',
    state: 'admitted',
  });
  const later = new Date('2026-02-03T05:06:07Z');
  await writeDown(client, { agentId: helper, userId: ANN, at: later, scope: 'dm' });
  await writeDown(client, { agentId: await addAgent(database, 'Muse'), userId: ANN, at: later });
  await writeDown(client, { agentId: helper, userId: '7', at: later });
});

interface Parts extends Partial<ManageUsersDeps> {
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
  outcome.code = await manageUsers(argv, io, {
    cwd: directory,
    now: () => new Date('2026-11-21T10:15:30Z'),
    openUsers: () => {
      open++;
      const close = (): Promise<void> => {
        open--;
        return Promise.resolve();
      };
      return Promise.resolve({ userData: database.userData, erasures: database.erasures, close });
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

const left = async (userId = ANN): Promise<number> => (await database.erasures.left(userId)).exchanges;

it('shows how much there is of a user, by agent', async () => {
  const { code, out } = await run(['show', ANN]);
  expect(code).toBe(0);
  expect(out).toBe(
    [
      'AGENT   MEMORIES  TURNS  EXCHANGES  CALLS  COUNTERS  FINDINGS',
      'Helper         2      2          2      2         1         2',
      'Muse           1      1          1      1         1         1',
      '',
    ].join('\n'),
  );
  const json = await run(['show', ANN, '--json']);
  expect(JSON.parse(json.out)).toMatchObject({
    user_id: ANN,
    agents: [
      { agent: 'Helper', exchanges: 2 },
      { agent: 'Muse', exchanges: 1 },
    ],
  });
  expect((await run(['show', '5'])).out).toBe('There is nothing of user 5.\n');
});

it('exports everything as one JSON document that no terminal stumbles over', async () => {
  const { code, out } = await run(['export', ANN]);
  expect(code).toBe(0);
  for (const character of ['\u001B', '\u202E']) expect(out).not.toContain(character);
  const content = JSON.parse(out) as Record<string, unknown[]>;
  expect(content).toMatchObject({ user_id: ANN, exported_at: '2026-11-21T10:15:30.000Z' });
  expect(content['exchanges']).toHaveLength(3);
  expect(content['exchanges']?.[0]).toMatchObject({
    question: 'question one\u001B[2J\u202E',
    state: 'admitted',
    message: { author: ANN },
  });
  for (const part of ['memories', 'model_calls', 'guard_findings']) expect(content[part]).toHaveLength(3);
});

it('exports into a file that only its owner can read, and overwrites none unasked', async () => {
  const { code, out } = await run(['export', ANN, '--out', 'copy.json']);
  expect([code, out]).toEqual([
    0,
    'Written to copy.json: 3 memories, 3 turns, 3 exchanges, 3 model calls, 2 budget counters, 3 guard findings.\n',
  ]);
  const file = path.join(directory, 'copy.json');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ user_id: ANN });
  await writeFile(file, 'mine');
  const again = await run(['export', ANN, '--out', 'copy.json']);
  expect([again.code, again.err]).toEqual([1, expect.stringContaining('--force')]);
  expect(await readFile(file, 'utf8')).toBe('mine');
  expect((await run(['export', ANN, '--out', 'copy.json', '--force'])).code).toBe(0);
});

it('erases after somebody said yes, tells what, and can prove it afterwards', async () => {
  const { code, out, questions } = await run(['erase', ANN], { answer: true });
  expect(code).toBe(0);
  expect(questions).toEqual([
    `Erase 3 memories, 3 turns, 3 exchanges, 3 model calls, 2 budget counters, 3 guard findings of user ${ANN}? This cannot be undone.`,
  ]);
  expect(out).toMatch(/^Erased on \d{4}-.*3 exchanges/m);
  expect(out).toContain('1 of them had no answer yet');
  expect(out).toContain('Backups');
  const proof = await run(['verify', ANN]);
  expect(proof.code).toBe(0);
  expect(proof.out).toMatch(/^There is nothing of user 81384788765712384\.\nErased on /);
  expect(await left('7')).toBe(1);
});

it('erases nothing when the answer is no, or nobody is there to ask', async () => {
  const no = await run(['erase', ANN], { answer: false });
  expect([no.code, no.err]).toEqual([1, expect.stringContaining('not confirmed')]);
  const nobody = await run(['erase', ANN]);
  expect([nobody.code, nobody.err]).toEqual([1, expect.stringContaining('--yes')]);
  expect(await left()).toBe(3);
});

it('erases for a program with --yes and --json, and again without harm', async () => {
  const first = await run(['erase', ANN, '--yes', '--json']);
  expect(JSON.parse(first.out)).toMatchObject({
    user_id: ANN,
    applied: true,
    overwritten: true,
    erased: { exchanges: 3, ended: 1 },
  });
  const again = await run(['erase', ANN, '--yes', '--json']);
  expect(JSON.parse(again.out)).toMatchObject({ applied: false, erasure: null, erased: null });
  expect([first.code, again.code]).toEqual([0, 0]);
});

it('verifies with exit code 1 while anything is left', async () => {
  const { code, out, err } = await run(['verify', ANN]);
  expect(code).toBe(1);
  expect(out).toContain('No erasure of this user is on record.');
  expect(err).toMatch(/^Left of user 81384788765712384: .*3 exchanges/);
  const json = await run(['verify', ANN, '--json']);
  expect(json.code).toBe(1);
  expect(JSON.parse(json.out)).toMatchObject({ clean: false, left: { exchanges: 3 }, erasures: [] });
});

it('says how many records of erasures are under a key that is gone', async () => {
  await run(['erase', ANN, '--yes']);
  expect((await run(['verify', '7'])).out).not.toContain('another key');
  const other = await place.open({ secretKey: { key: Buffer.alloc(32, 9), file: '' } });
  const openUsers = () =>
    Promise.resolve({ userData: other.userData, erasures: other.erasures, close: () => Promise.resolve() });
  const { code, out } = await run(['verify', ANN], { openUsers });
  expect(code).toBe(0);
  expect(out).toContain('1 record of erasures is under another key than this host has');
  const json = await run(['verify', ANN, '--json'], { openUsers });
  expect(JSON.parse(json.out)).toMatchObject({ erasures: [], unreadable_records: 1 });
});

it.each([
  [['show']],
  [['show', 'ann']],
  [['erase', '0']],
  [['verify', ANN, '--nonsense']],
  [['forget', ANN]],
])('does not understand %j, and opens nothing', async (argv) => {
  expect((await run(argv)).code).toBe(2);
});

it.each([
  ['a wrong setting', new ConfigError('DATABASE_URL: what is that'), 78],
  ['a database that cannot be reached', new UnavailableError('cannot open the database'), 1],
])('tells of %s', async (_, error, code) => {
  const outcome = await run(['show', ANN], { openUsers: () => Promise.reject(error) });
  expect([outcome.code, outcome.err]).toEqual([code, `${error.message}\n`]);
});

it('has a help with examples', async () => {
  const { code, out } = await run(['--help']);
  expect(code).toBe(0);
  expect(out).toContain('npm run users -- verify');
});

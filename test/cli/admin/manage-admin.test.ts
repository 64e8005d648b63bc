import { expect, it } from 'vitest';
import { createPasswords } from '../../../src/access/password.ts';
import { manageAdmin } from '../../../src/cli/admin/manage-admin.ts';
import { manageAudit } from '../../../src/cli/audit/manage-audit.ts';
import { testDatabase, type TestDatabase } from '../../support/test-database.ts';

const PASSWORD = 'correct horse battery';
const passwords = createPasswords({ memory: 64, passes: 1, parallelism: 1 });

async function run(
  file: TestDatabase,
  argv: readonly string[],
  { input = '', typed = [] as string[], isTTY = false } = {},
) {
  let [out, err] = ['', ''];
  const io = {
    stdin: Object.assign(
      (async function* () {
        yield await Promise.resolve(input);
      })(),
      { isTTY },
    ),
    stdout: { write: (text: string) => (out += text) },
    stderr: { isTTY, write: (text: string) => (err += text) },
  };
  const now = () => new Date();
  const [program, ...rest] = argv;
  const code =
    program === 'audit'
      ? await manageAudit(rest, io, { now, open: () => file.open() })
      : await manageAdmin(rest, io, {
          now,
          open: () => file.open(),
          passwords,
          askHidden: () => Promise.resolve(typed.shift() ?? ''),
          confirm: () => Promise.resolve(true),
        });
  return { code, out, err };
}

const create = (name: string, ...more: string[]) => ['admin', 'create', name, '--password-stdin', ...more];

it('makes people who may log in, with a password from standard input or typed twice', async () => {
  const file = await testDatabase();
  expect((await run(file, ['admin', 'list'])).out).toContain('Nobody may log in yet');
  const made = await run(file, create('Ada', '--role', 'admin', '--json'), { input: `${PASSWORD}\nmore\n` });
  expect(JSON.parse(made.out)).toMatchObject({ name: 'Ada', role: 'admin' });
  expect(
    await run(file, ['admin', 'create', 'Bob'], { isTTY: true, typed: [PASSWORD, PASSWORD] }),
  ).toMatchObject({
    code: 0,
    out: 'Bob may log in, as viewer.\n',
  });
  const database = await file.open();
  expect(await passwords.matches(PASSWORD, (await database.adminUsers.find('Ada'))?.passwordHash)).toBe(true);
  const different = await run(file, ['admin', 'password', 'Bob'], { isTTY: true, typed: [PASSWORD, 'x'] });
  expect(different).toMatchObject({ code: 1, err: expect.stringContaining('not the same') as string });
  expect((await run(file, create('Eve'), { input: 'short\n' })).err).toContain('12 characters');
  expect((await run(file, ['admin', 'create', 'Eve'])).err).toContain('--password-stdin');
});

it('changes roles, unlocks, deletes, and leaves the last admin', async () => {
  const file = await testDatabase();
  await run(file, create('Ada', '--role', 'admin'), { input: PASSWORD });
  await run(file, create('Bob'), { input: PASSWORD });
  const database = await file.open();
  await database.adminUsers.takeTry((await database.adminUsers.find('Bob'))?.id ?? '', () => 60_000, false);
  expect((await run(file, ['admin', 'list'])).out).toMatch(/Bob .* until /);
  expect((await run(file, ['admin', 'unlock', 'bob'])).out).toBe('Bob may try again.\n');
  expect((await run(file, ['admin', 'role', 'Bob', 'operator'])).out).toBe('Bob is operator.\n');
  expect((await run(file, ['admin', 'role', 'Bob', 'king'])).code).toBe(2);
  expect((await run(file, ['admin', 'role', 'Ada', 'viewer'])).err).toContain('only admin');
  expect((await run(file, ['admin', 'delete', 'Bob'])).code).toBe(1);
  expect((await run(file, ['admin', 'delete', 'Bob', '--yes'])).code).toBe(0);
  expect((await run(file, ['admin', 'delete', 'Bob', '--yes'])).err).toContain('nobody of the name "Bob"');
});

it('prints a token once, and never one that may more than its owner', async () => {
  const file = await testDatabase();
  await run(file, create('Olga', '--role', 'operator'), { input: PASSWORD });
  const made = await run(file, [
    'admin',
    'tokens',
    'create',
    'Olga',
    'ci',
    '--role',
    'operator',
    '--scope',
    'agents',
  ]);
  expect(made.out).toMatch(/^troupe_pat_[\w-]{43}\n$/);
  const listed = await run(file, ['admin', 'tokens', 'list', '--json']);
  expect(listed.out).not.toContain(made.out.trim());
  const [{ id }] = JSON.parse(listed.out) as [{ id: string }];
  expect((await run(file, ['admin', 'tokens', 'create', 'Olga', 'x', '--role', 'admin'])).code).toBe(1);
  expect((await run(file, ['admin', 'tokens', 'create', 'Olga', 'x', '--scope', 'all'])).code).toBe(2);
  expect((await run(file, ['admin', 'tokens', 'revoke', id])).code).toBe(0);
  expect((await run(file, ['admin', 'tokens', 'revoke', id])).code).toBe(1);
});

it('shows what was done, and whether the record of it is whole', async () => {
  const file = await testDatabase();
  await run(file, create('Ada', '--role', 'admin'), { input: PASSWORD });
  await run(file, create('Bob'), { input: PASSWORD });
  const whole = await run(file, ['audit', 'verify']);
  const [noted = ''] = /2:[0-9a-f]{64}/.exec(whole.out) ?? [];
  expect(whole).toMatchObject({ code: 0, out: `The audit log is whole: 2 entries. It ends with ${noted}\n` });
  expect((await run(file, ['audit', 'verify', '--expect', noted])).code).toBe(0);
  expect((await run(file, ['audit', 'verify', '--expect', 'x'])).code).toBe(2);
  expect((await run(file, ['audit', 'list', '--action', 'admin-user.create', '-n', '1'])).out).toMatch(/Bob/);
  expect(JSON.parse((await run(file, ['audit', 'list', '--json'])).out)).toMatchObject([
    { sequence: 2, action: 'admin-user.create', before: null, after: { name: 'Bob', role: 'viewer' } },
    { sequence: 1 },
  ]);
  await file.query('DELETE FROM audit_entries WHERE sequence = 2');
  expect((await run(file, ['audit', 'verify', '--json'])).code).toBe(0);
  const cut = await run(file, ['audit', 'verify', '--expect', noted]);
  expect(cut).toMatchObject({ code: 1, err: expect.stringContaining('broken at entry 2') as string });
});

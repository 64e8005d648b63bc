import { existsSync, readdirSync } from 'node:fs';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { manageDatabase } from '../../../src/cli/db/manage-database.ts';
import { tableNames } from '../../../src/database/migration-status.ts';
import { openClient } from '../../../src/database/open-client.ts';
import { describeOnEachDatabase } from '../../support/each-database.ts';
import { contentsOf, fillNastily, id } from '../../support/nasty-contents.ts';
import { TEST_KEY, testDatabase, type TestDatabase } from '../../support/test-database.ts';

interface Parts {
  /** What is answered to questions; undefined: nobody is there. */
  readonly answer?: boolean;
  readonly env?: Record<string, string>;
  readonly now?: string;
  readonly interrupted?: boolean;
}

interface Outcome {
  code: number;
  out: string;
  err: string;
  asked: string[];
}

async function run(
  database: TestDatabase,
  argv: readonly string[],
  { answer, env = {}, now = '2026-11-21T10:15:30Z', interrupted = false }: Parts = {},
): Promise<Outcome> {
  const outcome: Outcome = { code: -1, out: '', err: '', asked: [] };
  const isTTY = answer !== undefined;
  const signal = interrupted ? AbortSignal.abort() : new AbortController().signal;
  outcome.code = await manageDatabase(
    argv,
    {
      stdin: { isTTY },
      stdout: { write: (text) => (outcome.out += text) },
      stderr: { write: (text) => (outcome.err += text), isTTY },
    },
    {
      env: { DATABASE_URL: database.url, SECRET_KEY: TEST_KEY.toString('base64'), ...env },
      cwd: database.directory,
      now: () => new Date(now),
      confirm: (question) => {
        outcome.asked.push(question);
        return Promise.resolve(answer ?? false);
      },
      signal,
    },
  );
  return outcome;
}

async function json(database: TestDatabase, argv: readonly string[], parts: Parts = {}): Promise<unknown> {
  const { code, out, err } = await run(database, [...argv, '--json'], parts);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
}

async function filled(make: () => Promise<TestDatabase> = () => testDatabase()): Promise<TestDatabase> {
  const database = await make();
  await fillNastily(database);
  return database;
}

const MIGRATIONS = [
  '20261120000000_initial',
  '20261121000000_llm_agents',
  '20261122000000_settings',
  '20261123000000_leases',
  '20261130000000_admin',
];

describeOnEachDatabase('npm run db', (make, _, makeNew) => {
  it('migrate makes the database and says what it applied; again, it does nothing', async () => {
    const database = await makeNew();

    const both = await Promise.all([run(database, ['migrate']), run(database, ['migrate'])]);
    const lines = both.flatMap(({ out }) => out.split('\n')).filter((line) => line.startsWith('applied'));

    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(lines).toEqual(MIGRATIONS.map((name) => `applied ${name}`));
    expect(await json(database, ['migrate'])).toEqual({ applied: [] });
    expect(await run(database, ['migrate'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('is up to date.') as string,
    });
  });

  it('status tells what there is and who uses it, and not the password', async () => {
    const database = await filled(make);
    const { leases } = await database.open();
    await leases.claim(
      [id(1), id(2)],
      { hostId: id(1), processId: id(2), proof: '', hostName: 'box' },
      60_000,
    );

    const found = await json(database, ['status']);
    const { code, out } = await run(database, ['status']);

    expect(found).toMatchObject({
      provider: database.provider,
      reachable: true,
      applied: MIGRATIONS,
      pending: [],
      unknown: [],
      unfinished: [],
      rows: { agents: 2, exchanges: 703, memory_turns: 4 },
      open_exchanges: 2,
      dead_letters: 1,
      hosts: [{ name: 'box', bots: 2 }],
    });
    expect((found as { bytes: number }).bytes).toBeGreaterThan(100_000);
    expect(code).toBe(0);
    expect(out).toMatch(/^hosts +box \(2 bots\)$/m);
    expect(out).toMatch(/^exchanges +703$/m);
  });

  it('status asks for the operator when tables are missing, or a newer version made them', async () => {
    const database = await filled(make);
    await database.query("DELETE FROM _prisma_migrations WHERE migration_name = '20261123000000_leases'");
    await database.query('DROP TABLE bot_leases');
    const pending = await run(database, ['status']);
    await database.query(
      "UPDATE _prisma_migrations SET migration_name = '20990101000000_x' WHERE migration_name = '20261122000000_settings'",
    );
    const unknown = await run(database, ['status', '--json']);

    expect(pending).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^tables +pending: 20261123000000_leases$/m) as string,
      err: 'Tables are not up to date: npm run db -- migrate, or start the host.\n',
    });
    expect(unknown.code).toBe(1);
    expect(JSON.parse(unknown.out)).toMatchObject({ unknown: ['20990101000000_x'] });
  });

  it('backup and restore bring everything back, after a backup of what was there meanwhile', async () => {
    const database = await filled(make);
    const before = await contentsOf(database);
    const backup = await json(database, ['backup', '--to', 'there']);
    const file = (backup as { file: string }).file;
    expect(path.dirname(file)).toBe(path.join(database.directory, 'there'));
    expect(path.basename(file)).toMatch(
      /^troupe-(sqlite|postgresql|mysql)-troupe\w*-2026-11-21T10-15-30Z\.jsonl\.gz$/,
    );
    expect(backup).toMatchObject({
      file,
      migration: MIGRATIONS.at(-1),
      rows: { agents: 2, exchanges: 703 },
      deleted: [],
    });
    await database.query("UPDATE agents SET name = 'changed'");

    const env = { PWD: database.directory };
    const args = ['restore', file, '--resume'];
    const asked = await run(database, args, { answer: false, env });
    expect(asked).toMatchObject({ code: 1, err: 'not confirmed; nothing was changed\n' });
    expect(asked.asked).toHaveLength(1);
    expect(asked.out).toMatch(/^exchanges +703 +703$/m);
    const restored = await run(database, [...args, '--no-backup'], { answer: true });

    expect(restored).toMatchObject({
      code: 0,
      out: expect.stringContaining('Restored 2 agents, 3 memories, 703 messages.') as string,
    });
    expect(await contentsOf(database)).toEqual(before);
  });

  it('migrate and copy refuse a database with tables of another program, by its name', async () => {
    const database = await makeNew();
    const { statements, close } = await openClient(database.config, { create: true });
    onTestFinished(close);
    await statements.run('CREATE TABLE agents (a INT)', []);
    const source = await filled();

    for (const { code, err } of [
      await run(database, ['migrate']),
      await run(source, ['copy', '--to', database.url, '--yes']),
    ]) {
      expect(code).toBe(1);
      expect(err).toContain('has a table agents that Troupe did not make; nothing was changed');
      expect(err).toContain('of its own.');
      expect(err).not.toContain(source.file);
    }
    expect(await tableNames(statements)).toEqual(['agents']);
  });

  it('copy moves everything from SQLite and back, and says the line for .env', async () => {
    const source = await filled();
    const target = await make();
    const there = await run(source, ['copy', '--to', 'env:NEW_URL'], { env: { NEW_URL: target.url } });
    expect(there).toMatchObject({ code: 0, err: '' });
    expect(there.out).toMatch(/^exchanges +703 +703$/m);
    expect(there.out).toMatch(/^DATABASE_URL=(file|postgresql|mysql):/m);
    expect(await contentsOf(target)).toEqual(await contentsOf(source));

    const again = await run(source, ['copy', '--to', target.url]);
    expect(again).toMatchObject({
      code: 1,
      err: expect.stringContaining('is not empty: 2 agents') as string,
    });
    const itself = await run(target, ['copy', '--to', target.url, '--replace', '--yes']);
    expect(itself).toMatchObject({
      code: 1,
      err: expect.stringContaining('--to is the database that DATABASE_URL names') as string,
    });
  });
});

describe('npm run db', () => {
  it('status makes no database, and says that there is none', async () => {
    const database = await testDatabase();
    const { code, out, err } = await run(database, ['status', '--json']);

    expect({ code, found: JSON.parse(out) as unknown }).toEqual({
      code: 1,
      found: {
        provider: 'sqlite',
        database: database.file,
        reachable: false,
        problem: `there is no database at ${database.file}`,
        newest_backup: null,
      },
    });
    expect(err).toContain('npm run db -- migrate');
    expect(readdirSync(database.directory)).toEqual([]);
  });

  it.each(['postgresql', 'mysql'])('tells that %s is not there without the password', async (provider) => {
    const database = await testDatabase();
    const env = { DATABASE_URL: `${provider}://user:hunter2@127.0.0.1:1/x` };
    for (const args of [
      ['status', '--json'],
      ['status'],
      ['backup'],
      ['migrate'],
      ['copy', '--to', 'file:./x.db'],
    ]) {
      const { code, out, err } = await run(database, args, { env });

      expect(code).toBe(1);
      expect(err).toContain('127.0.0.1:1');
      expect(out + err).not.toContain('hunter2');
    }
    const { code, out, err } = await run(database, ['copy', '--to', env.DATABASE_URL]);
    expect(code).toBe(1);
    expect(out + err).not.toContain('hunter2');
  });

  it('backup goes beside the database, and keeps as many as it is told of those that it named', async () => {
    const database = await filled();
    const folder = path.join(database.directory, 'backups');
    await mkdir(folder);
    await writeFile(path.join(folder, 'troupe-mine.jsonl.gz'), '');
    await writeFile(path.join(folder, 'notes.txt'), '');
    for (const second of [30, 31, 31, 32]) {
      await run(database, ['backup'], { now: `2026-11-21T10:15:${String(second)}Z` });
    }

    const { code, out } = await run(database, ['backup', '--keep', '3'], { now: '2026-11-21T10:15:33Z' });

    expect(code).toBe(0);
    expect(out).toContain(
      'Deleted older ones: troupe-sqlite-troupe-2026-11-21T10-15-30Z.jsonl.gz, troupe-sqlite-troupe-2026-11-21T10-15-31Z.jsonl.gz.',
    );
    expect(readdirSync(folder).sort()).toEqual([
      'notes.txt',
      'troupe-mine.jsonl.gz',
      'troupe-sqlite-troupe-2026-11-21T10-15-31Z-2.jsonl.gz',
      'troupe-sqlite-troupe-2026-11-21T10-15-32Z.jsonl.gz',
      'troupe-sqlite-troupe-2026-11-21T10-15-33Z.jsonl.gz',
    ]);
    expect(await json(database, ['status'])).toMatchObject({
      newest_backup: path.join(folder, 'troupe-sqlite-troupe-2026-11-21T10-15-33Z.jsonl.gz'),
    });
  });

  it('backup --keep and status leave other databases and what was made before a restore alone', async () => {
    const database = await filled();
    const other = await filled();
    const to = path.join(database.directory, 'backups');
    const others = (await json(other, ['backup', '--to', to])) as { file: string };
    const file = path.join(database.directory, 'now.jsonl.gz');
    await run(database, ['backup', '--to', file]);
    expect(await json(database, ['status'])).toMatchObject({ newest_backup: null });
    await run(database, ['restore', file, '--yes']);
    const before = readdirSync(to);
    expect(before).toContainEqual(expect.stringMatching(/Z-before-restore\.jsonl\.gz$/));

    for (const second of [40, 41]) {
      const now = `2026-11-21T10:15:${String(second)}Z`;
      expect(await run(database, ['backup', '--keep', '1'], { now })).toMatchObject({ code: 0 });
    }

    const own = 'troupe-sqlite-troupe-2026-11-21T10-15-41Z.jsonl.gz';
    expect(before).toContain(path.basename(others.file));
    expect(readdirSync(to).sort()).toEqual([...before, own].sort());
    expect(await json(database, ['status'])).toMatchObject({ newest_backup: path.join(to, own) });
  });

  it('backup clears away what backups that were killed left, once it is an hour old', async () => {
    const database = await filled();
    const folder = path.join(database.directory, 'backups');
    await mkdir(folder);
    const stem = 'troupe-sqlite-troupe-2026-11-20T10-15-30Z';
    const old = [`${stem}.jsonl.gz.0123abcd.partial`, `${stem}-before-restore.jsonl.gz.0123abcd.partial`];
    const kept = [`${stem}.jsonl.gz.4567abcd.partial`, 'mine.jsonl.gz.0123abcd.partial'];
    for (const name of [...old, ...kept]) await writeFile(path.join(folder, name), 'words');
    const longAgo = new Date(Date.now() - 3_700_000);
    for (const name of [...old, 'mine.jsonl.gz.0123abcd.partial'])
      await utimes(path.join(folder, name), longAgo, longAgo);

    await json(database, ['backup']);

    expect(
      readdirSync(folder)
        .filter((name) => name.endsWith('.partial'))
        .sort(),
    ).toEqual(kept.sort());
  });

  it.runIf(existsSync('/proc'))('backup refuses at once a folder that cannot be made', async () => {
    const database = await filled();

    const { code, err } = await run(database, ['backup', '--to', '/proc/x']);

    expect(code).toBe(1);
    expect(err).toContain('cannot write /proc/x/troupe-sqlite-troupe-');
  });

  it('backup goes to the file that it is told, and overwrites it only when it is told that too', async () => {
    const database = await filled();
    const file = path.join(database.directory, 'a/now.jsonl.gz');

    expect(await json(database, ['backup', '--to', 'a/now.jsonl.gz'])).toMatchObject({ file });
    const again = await run(database, ['backup', '--to', 'a/now.jsonl.gz']);
    expect(again).toMatchObject({ code: 1, err: `${file} exists already\nAdd --force to overwrite it.\n` });
    expect(await json(database, ['backup', '--to', 'a/now.jsonl.gz', '--force'])).toMatchObject({ file });
    expect(await run(database, ['backup', '--to', 'a/now.jsonl.gz', '--keep', '1'])).toMatchObject({
      code: 2,
    });
    expect(await run(database, ['backup', '--keep', '0'])).toMatchObject({ code: 2 });
  });

  it('restore backs up what is there before, unless that is nothing', async () => {
    const database = await filled();
    const before = await contentsOf(database);
    const file = path.join(database.directory, 'now.jsonl.gz');
    await run(database, ['backup', '--to', file]);
    await database.query("UPDATE agents SET name = 'changed'");
    const changed = await contentsOf(database);

    const first = await run(database, ['restore', file, '--yes', '--resume']);
    const saved = path.join(
      database.directory,
      'backups/troupe-sqlite-troupe-2026-11-21T10-15-30Z-before-restore.jsonl.gz',
    );
    expect(first).toMatchObject({ code: 0, err: `What was there before is in ${saved}\n` });
    expect(await contentsOf(database)).toEqual(before);
    await run(database, ['restore', saved, '--yes', '--resume', '--no-backup']);
    expect(await contentsOf(database)).toEqual(changed);

    const fresh = await testDatabase('fresh.db');
    const second = await run(fresh, ['restore', file, '--yes', '--resume']);
    expect(second).toMatchObject({ code: 0, err: '' });
    expect(existsSync(path.join(fresh.directory, 'backups'))).toBe(false);
    expect(await contentsOf(fresh)).toEqual(before);
  });

  it.each([
    ['is damaged', (database: TestDatabase) => writeFile(database.file, 'no database '.repeat(1000))],
    [
      'a newer version made',
      async (database: TestDatabase) => {
        await database.query("UPDATE _prisma_migrations SET migration_name = '20990101000000_x'");
      },
    ],
  ])('restore into a database that %s says what to move away', async (_, spoil) => {
    const source = await filled();
    const file = path.join(source.directory, 'now.jsonl.gz');
    await run(source, ['backup', '--to', file]);
    const database = await testDatabase();
    await run(database, ['migrate']);
    await spoil(database);

    const { code, err } = await run(database, ['restore', file, '--yes', '--no-backup']);

    expect(code).toBe(1);
    expect(err).toContain(
      `move ${database.file}, ${database.file}-wal and ${database.file}-shm away, then restore into the new file`,
    );
  });

  it('restore refuses without asking when nobody can be asked, a host runs, or the file is wrong', async () => {
    const database = await filled();
    const file = path.join(database.directory, 'now.jsonl.gz');
    await run(database, ['backup', '--to', file]);
    const before = await contentsOf(database);
    expect(await run(database, ['restore', file])).toMatchObject({
      code: 1,
      err: 'nobody is there to ask; nothing was changed\nAdd --yes to go on without asking.\n',
    });
    expect(await run(database, ['restore', 'none.gz', '--yes'])).toMatchObject({ code: 1 });
    expect(await run(database, ['restore'])).toMatchObject({ code: 2 });
    expect(await run(database, ['restore', file, '--yes'], { interrupted: true })).toMatchObject({
      code: 1,
      err: 'interrupted; nothing was changed\n',
    });
    const { leases } = await database.open();
    await leases.claim([id(1)], { hostId: id(1), processId: id(2), proof: '', hostName: 'box' }, 60_000);
    const refused = await run(database, ['restore', file], { answer: true });
    expect(refused).toMatchObject({ code: 1, asked: [] });
    expect(refused.err).toContain('a host is running on this database: box (1 bot); nothing was changed');
    expect(await contentsOf(database)).toEqual(before);
  });

  it('restore refuses when no token opens with the key that is here, unless that is wanted', async () => {
    const database = await filled();
    const file = path.join(database.directory, 'now.jsonl.gz');
    await run(database, ['backup', '--to', file]);
    const keyFile = path.join(database.directory, 'other.key');
    const other = { SECRET_KEY: Buffer.alloc(32, 9).toString('base64') };
    const none = { SECRET_KEY: '', SECRET_KEY_FILE: keyFile };

    const wrong = await run(database, ['restore', file, '--yes'], { env: other });
    expect(wrong).toMatchObject({ code: 78, out: '' });
    expect(wrong.err).toMatch(
      /^SECRET_KEY opens none of the 3 tokens and keys in the backup: .*nothing was changed/,
    );
    const missing = await run(database, ['restore', file, '--yes'], { env: none });
    expect(missing).toMatchObject({ code: 78 });
    expect(missing.err).toContain(
      `${keyFile} opens none of the 3 tokens and keys in the backup: there is no key here`,
    );
    expect(existsSync(keyFile)).toBe(false);

    const wanted = await run(database, ['restore', file, '--yes', '--without-key'], { env: other });
    expect(wanted).toMatchObject({ code: 0 });
    expect(wanted.err).toContain('warning: 3 of 3 tokens and keys in it cannot be opened');
  });

  it('restore tells which messages it gives up, and that what was erased may be back', async () => {
    const database = await filled();
    const file = path.join(database.directory, 'now.jsonl.gz');
    await run(database, ['backup', '--to', file]);
    database.raw(`INSERT INTO erasures (id, subject, counts, at) VALUES ('${id(61)}', 'b', '{}', 1)`);

    const { code, out, err } = await run(database, ['restore', file, '--yes', '--no-backup']);

    expect(code).toBe(0);
    expect(out).toContain('2 messages were still to be answered');
    expect(err).toContain('warning: 1 erasure was made after this backup');
  });

  it('copy wants to hear that it is meant while a host runs on the source', async () => {
    const source = await filled();
    const target = await testDatabase('target.db');
    const { leases } = await source.open();
    await leases.claim([id(1)], { hostId: id(1), processId: id(2), proof: '', hostName: 'box' }, 60_000);

    const refused = await run(source, ['copy', '--to', target.url]);
    expect(refused).toMatchObject({
      code: 1,
      err: expect.stringContaining('a host is running on') as string,
    });
    expect(existsSync(target.file)).toBe(false);
    expect(await run(source, ['copy', '--to', target.url, '--yes'])).toMatchObject({ code: 0 });
    const back = await run(target, ['copy', '--to', source.url, '--replace', '--yes']);
    expect(back).toMatchObject({ code: 1, err: expect.stringContaining('nothing was changed') as string });
  });

  it('copy replaces what the other database holds when that is wanted, after a backup of it', async () => {
    const source = await filled();
    const target = await filled(() => testDatabase('target.db'));
    await target.query("UPDATE agents SET name = 'changed'");
    const args = ['copy', '--to', target.url, '--replace'];
    expect(await run(source, args, { answer: false })).toMatchObject({ code: 1 });

    const { code, out } = await run(source, args, { answer: true });

    expect(code).toBe(0);
    expect(out).toContain(`DATABASE_URL=file:${target.file}`);
    expect(await contentsOf(target)).toEqual(await contentsOf(source));
    expect(readdirSync(path.join(target.directory, 'backups'))).toEqual([
      'troupe-sqlite-target-2026-11-21T10-15-30Z-before-restore.jsonl.gz',
    ]);
  });

  it.each([
    ['oracle://x', '--to is not the address of a supported database'],
    ['env:NOT_SET', '--to: the variable NOT_SET is not set'],
  ])('copy refuses %s', async (to, problem) => {
    const { code, err } = await run(await filled(), ['copy', '--to', to]);

    expect(code).toBe(2);
    expect(err).toContain(problem);
  });

  it.each([[], ['status'], ['migrate'], ['backup'], ['restore'], ['copy']])(
    'has help with examples: %s',
    async (...words) => {
      const { code, out } = await run(await testDatabase(), [...words, '--help']);

      expect(code).toBe(0);
      expect(out).toContain('Examples:\n  npm run ');
    },
  );
});

import { readdirSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openBackup, verifyDump } from '../../src/database/backup-read.ts';
import { writeBackup } from '../../src/database/backup-write.ts';
import { DumpSecrets } from '../../src/database/dump-secrets.ts';
import { withSnapshot } from '../../src/database/dump-snapshot.ts';
import { DUMP_TABLES } from '../../src/database/dump-tables.ts';
import type { Dump, DumpHeader, DumpRow } from '../../src/database/dump.ts';
import { migrationsFolder, readMigrations, statementsOf } from '../../src/database/migration-files.ts';
import { openMigrated } from '../../src/database/open-migrated.ts';
import { restoreDatabase } from '../../src/database/restore-database.ts';
import { SecretBox } from '../../src/database/secret-box.ts';
import { InputError } from '../../src/errors.ts';
import { silentLogger } from '../../src/observability/logger.ts';
import { describeOnEachDatabase, TESTED_DATABASES } from '../support/each-database.ts';
import { API_KEY, contentsOf, fillNastily, id, TOKEN } from '../support/nasty-contents.ts';
import { runProcess } from '../support/run-process.ts';
import { TEST_KEY, testDatabase, type TestDatabase } from '../support/test-database.ts';

const { signal } = new AbortController();
const RESUME = { resume: true, signal };

async function filled(make: () => Promise<TestDatabase>): Promise<TestDatabase> {
  const database = await make();
  await fillNastily(database);
  return database;
}

async function emptied(make: () => Promise<TestDatabase>): Promise<TestDatabase> {
  const database = await make();
  await (await openMigrated(database.config, silentLogger)).close();
  return database;
}

async function backUp(database: TestDatabase, name = 'backup.jsonl.gz'): Promise<string> {
  const file = path.join(database.directory, name);
  await withSnapshot(database.config, (dump) => writeBackup(dump, file, { signal }));
  return file;
}

async function knownMigrations(): Promise<string[]> {
  return (await readMigrations(migrationsFolder('sqlite'))).map(({ name }) => name);
}

async function open(file: string): Promise<Dump> {
  return openBackup(file, await knownMigrations());
}

async function verify(file: string): Promise<void> {
  await verifyDump(await open(file), signal, () => undefined);
}

async function restore(database: TestDatabase, file: string): Promise<void> {
  await restoreDatabase(database.config, await open(file), RESUME);
}

/** Rows of a dump that no database made. */
function madeUp(rows: Readonly<Record<string, readonly DumpRow[]>>): Dump {
  const tables = DUMP_TABLES.filter(({ name }) => rows[name] !== undefined);
  const header: DumpHeader = {
    created: new Date(),
    provider: 'sqlite',
    migration: '20261123000000_leases',
    tables: tables.map(({ name, columns }) => ({
      name,
      columns: Object.keys(columns),
      rows: rows[name]?.length ?? 0,
    })),
  };
  return {
    header,
    async *batches() {
      for (const table of tables) yield Promise.resolve({ table, rows: rows[table.name] ?? [] });
    },
  };
}

const SETTING = { name: 'X', value: 'y', updated_at: '2026-11-21T10:15:30.001Z' };

describeOnEachDatabase('a backup', (make) => {
  it('brings every field back as it was', async () => {
    const database = await filled(make);
    const before = await contentsOf(database);
    const file = await backUp(database);
    for (const { name } of [...DUMP_TABLES].reverse()) await database.query(`DELETE FROM ${name}`);

    await restore(database, file);

    expect(await contentsOf(database)).toEqual(before);
  });

  it('is of one moment, and does not keep anybody from writing', async () => {
    const database = await filled(make);
    const { connection } = await database.connect();
    const file = path.join(database.directory, 'backup.jsonl.gz');
    const write = (number: number): Promise<unknown> =>
      connection.transaction(async (transaction) => {
        await transaction.run(
          'INSERT INTO memories (id, agent_id, user_id, scope, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)',
          [id(number), id(1), String(number), '', new Date(), new Date()],
        );
        await transaction.run(
          'INSERT INTO memory_turns (memory_id, exchange_id, question, answer, at) VALUES (?, ?, ?, ?, ?)',
          [id(number), id(1), 'q', 'a', new Date()],
        );
        await transaction.run('DELETE FROM memories WHERE id = ?', [id(number - 10)]);
      });
    const writing = new AbortController();
    let written = 0;
    const writer = (async () => {
      for (let number = 100; !writing.signal.aborted; number += 1) {
        await write(number);
        written += 1;
        // SQLite would never let anybody else have a turn.
        await setImmediate();
      }
    })();

    const rows: Record<string, DumpRow[]> = {};
    try {
      await withSnapshot(database.config, async (dump) => {
        const before = written;
        await expect.poll(() => written, { timeout: 10_000 }).toBeGreaterThan(before + 20);
        await writeBackup(dump, file, { signal });
      });
    } finally {
      writing.abort();
      await writer;
    }
    for await (const { table, rows: some } of (await open(file)).batches())
      (rows[table.name] ??= []).push(...some);

    const memories = new Set(rows['memories']?.map((row) => row['id']));
    const turnsOf = new Set(rows['memory_turns']?.map((row) => row['memory_id']));
    expect(turnsOf).toEqual(memories);
  });

  it('holds tokens and keys only as they are sealed', async () => {
    const database = await filled(make);
    const file = await backUp(database);

    const text = gunzipSync(await readFile(file)).toString();

    expect(text).not.toContain(TOKEN);
    expect(text).not.toContain(API_KEY);
    expect(text.match(/"v1\.[\w-]+\.[\w-]+\.[\w-]+"/g)).toHaveLength(3);
  });

  it('goes back to what it was when a restore is killed half-way', async () => {
    const database = await filled(make);
    const file = await backUp(database);
    await database.query("UPDATE agents SET name = 'of now'");
    const before = await contentsOf(database);
    const process_ = runProcess('test/support/restore-process.ts', {}, [database.url, file]);
    await process_.until(/half of it is written/, 60_000);
    process_.child.kill('SIGKILL');
    await process_.ended;

    expect(await contentsOf(database)).toEqual(before);
    await restore(database, file);
    expect((await database.query('SELECT name FROM agents ORDER BY id'))[1]).toEqual({ name: 'Plain' });
  });

  it('is refused while a host runs on the database, and replaces it once its leases have run out', async () => {
    const database = await filled(make);
    const file = await backUp(database);
    const { leases } = await database.open();
    const holder = { hostId: id(1), processId: id(2), proof: '', hostName: 'box' };
    const fences = await leases.claim([id(1)], holder, 60_000);

    await expect(restore(database, file)).rejects.toThrow(
      'a host is running on this database: box (1 bot); nothing was changed',
    );
    await leases.release(fences, holder);

    await restore(database, file);
    const [lease] = await leases.list();
    expect(lease).toMatchObject({ agentId: id(1), isLive: false });
  });

  it('of an older version gets the defaults of what is new', async () => {
    const database = await emptied(make);
    const file = path.join(database.directory, 'old.jsonl.gz');
    const old = await emptied(() => testDatabase('old.db'));
    for (const { name } of DUMP_TABLES) {
      if (!['settings', 'agents', 'exchanges'].includes(name)) old.raw(`DROP TABLE IF EXISTS ${name}`);
    }
    for (const column of ['allowed_users', 'allowed_roles', 'blocked_users', 'rate_limit']) {
      old.raw(`ALTER TABLE agents DROP COLUMN ${column}`);
    }
    for (const column of ['attempts', 'message', 'answer', 'posted', 'answered_at']) {
      old.raw(`ALTER TABLE exchanges DROP COLUMN ${column}`);
    }
    old.raw("DELETE FROM _prisma_migrations WHERE migration_name > '20261120'");
    old.raw(
      "INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('1', '', '20261120000000_initial', 1)",
    );
    old.raw(
      `INSERT INTO exchanges (id, agent_id, message_id, channel_id, user_id, state, reason, question, admitted_at, finished_at)
       VALUES ('${id(1)}', '${id(1)}', '1', '2', '3', 'delivered', 'mention', 'q', 1, 2)`,
    );
    await withSnapshot(old.config, (dump) => writeBackup(dump, file, { signal }));
    expect((await open(file)).header).toMatchObject({ migration: '20261120000000_initial' });

    await restore(database, file);

    expect(await database.query('SELECT attempts, message, finished_at FROM exchanges')).toEqual([
      { attempts: '0', message: null, finished_at: '1970-01-01T00:00:00.002Z' },
    ]);
  });

  it('gives no text to the database that it refuses or cuts', async () => {
    const database = await emptied(make);

    await restoreDatabase(
      database.config,
      madeUp({ settings: [{ ...SETTING, value: 'a\0b\uD800c' }] }),
      RESUME,
    );

    expect(await database.query('SELECT value FROM settings')).toEqual([{ value: 'ab\uFFFDc' }]);
  });

  it('leaves everything as it was when a row is refused', async () => {
    const database = await filled(make);
    const before = await contentsOf(database);
    const orphan = {
      memory_id: id(99),
      exchange_id: id(1),
      question: '',
      answer: '',
      at: SETTING.updated_at,
    };

    const failing = restoreDatabase(
      database.config,
      madeUp({ settings: [SETTING], memory_turns: [orphan] }),
      RESUME,
    );

    await expect(failing).rejects.toThrow(/^the database did not take rows of memory_turns: .*foreign key/i);
    expect(await contentsOf(database)).toEqual(before);
  });

  it('keeps what was spent and erased since, and answers nothing a second time', async () => {
    const database = await filled(make);
    const file = await backUp(database);
    const { connection } = await database.connect();
    const now = new Date();
    await connection.run('INSERT INTO identifies (id, application_id, at) VALUES (?, ?, ?)', [
      id(51),
      '1',
      now,
    ]);
    await connection.run('INSERT INTO erasures (id, subject, counts, at) VALUES (?, ?, ?, ?)', [
      id(61),
      'b',
      '{}',
      now,
    ]);
    await connection.run("UPDATE last_seen SET message_id = '1500000000000000000'", []);

    const outcome = await restoreDatabase(database.config, await open(file), { resume: false, signal });

    expect(outcome).toMatchObject({ ended: 2, laterErasures: 1 });
    expect(await database.query('SELECT id FROM identifies ORDER BY id')).toEqual([
      { id: id(50) },
      { id: id(51) },
    ]);
    expect(await database.query('SELECT id FROM erasures ORDER BY id')).toEqual([
      { id: id(60) },
      { id: id(61) },
    ]);
    // A bot without a mark looks for nothing that it missed.
    expect(await database.query('SELECT message_id FROM last_seen')).toEqual([]);
    const open_ =
      "SELECT id, state, message, answer FROM exchanges WHERE finished_at IS NULL OR state = 'expired' ORDER BY id";
    expect(await database.query(open_)).toEqual([
      { id: id(1), state: 'expired', message: null, answer: null },
      { id: id(2), state: 'expired', message: null, answer: null },
      { id: id(3), state: 'dead-letter', message: '{"y":1}', answer: null },
    ]);
  });

  it('stops at once when it is interrupted, and changes nothing', async () => {
    const database = await filled(make);
    const file = await backUp(database);
    await database.query("UPDATE agents SET state_reason = 'of now'");
    const before = await contentsOf(database);
    const interrupted = new AbortController();

    const failing = restoreDatabase(database.config, await open(file), {
      resume: true,
      signal: interrupted.signal,
      onProgress: () => {
        interrupted.abort();
      },
    });

    await expect(failing).rejects.toThrow('interrupted; nothing was changed');
    expect(await contentsOf(database)).toEqual(before);
  });
});

const all = TESTED_DATABASES.every(({ isThere }) => isThere);

describe.skipIf(!all)('moving from database to database', () => {
  it('changes no field, from SQLite to PostgreSQL to MySQL and back', async () => {
    const first = await filled(() => testDatabase());
    const before = await contentsOf(first);
    let from = first;
    for (const provider of ['postgresql', 'mysql', 'sqlite'] as const) {
      const tested = TESTED_DATABASES.find((one) => one.provider === provider);
      const to = await emptied(tested?.make ?? (() => testDatabase()));
      await withSnapshot(from.config, (dump) => restoreDatabase(to.config, dump, RESUME));

      expect(await contentsOf(to)).toEqual(before);
      from = to;
    }
  });

  it.each(['postgresql', 'mysql'] as const)(
    'refuses a text that %s has no room for, by its row',
    async (provider) => {
      const tested = TESTED_DATABASES.find((one) => one.provider === provider);
      const to = await emptied(tested?.make ?? (() => testDatabase()));

      const failing = restoreDatabase(
        to.config,
        madeUp({ settings: [{ ...SETTING, value: '🦊'.repeat(191) }] }),
        RESUME,
      );

      await expect(failing).rejects.toThrow(
        `the row X of settings cannot be taken over: value is too long for ${provider}`,
      );
    },
  );
});

describe('a backup file', () => {
  it('is readable by its owner alone, and nothing else is left beside it', async () => {
    const database = await filled(() => testDatabase());
    const file = await backUp(database);

    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(database.directory).filter((name) => name.includes('backup'))).toEqual([
      'backup.jsonl.gz',
    ]);
  });

  it('is not overwritten, and not there when it could not be finished', async () => {
    const database = await filled(() => testDatabase());
    const file = await backUp(database);
    const before = await readFile(file);
    await expect(backUp(database)).rejects.toThrow(`${file} exists already`);
    const interrupted = new AbortController();
    const failing = withSnapshot(database.config, (dump) =>
      writeBackup(dump, path.join(database.directory, 'other.gz'), {
        signal: interrupted.signal,
        onProgress: () => {
          interrupted.abort();
        },
      }),
    );
    await expect(failing).rejects.toThrow('interrupted; no backup was made');

    expect(await readFile(file)).toEqual(before);
    expect(readdirSync(database.directory).filter((name) => name.includes('other'))).toEqual([]);
  });

  it('that is cut off anywhere is refused', async () => {
    const database = await filled(() => testDatabase());
    const file = await backUp(database);
    const content = await readFile(file);
    for (const part of [0, 1, 12, 400, content.length / 2, content.length - 9, content.length - 1]) {
      await writeFile(file, content.subarray(0, part));
      await expect(verify(file), `the first ${part} bytes`).rejects.toThrow(InputError);
    }
    const lines = gunzipSync(content).toString().trimEnd().split('\n');
    await writeFile(file, gzipSync(`${lines.slice(0, -1).join('\n')}\n`));
    await expect(verify(file)).rejects.toThrow(/cannot be used: it is cut off$/);
  });

  it('that was changed anywhere is refused', async () => {
    const database = await filled(() => testDatabase());
    const file = await backUp(database);
    const content = await readFile(file);
    for (let at = 20; at < content.length; at += Math.ceil(content.length / 40)) {
      const changed = Buffer.from(content);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await writeFile(file, changed);
      await expect(verify(file), `byte ${at}`).rejects.toThrow(InputError);
    }
    const text = gunzipSync(content).toString();
    for (const [from, to] of [
      ['"name":"Plain"', '"name":"Plane"'],
      ['"rows":2}', '"rows":3}'],
      ['{"end":{"rows":7', '{"end":{"rows":8'],
    ] as const) {
      expect(text).toContain(from);
      await writeFile(file, gzipSync(text.replace(from, to)));
      await expect(verify(file), from).rejects.toThrow(InputError);
    }
  });

  it('is checked to its end before anything is committed', async () => {
    const database = await filled(() => testDatabase());
    const before = await contentsOf(database);
    const file = await backUp(database);
    const text = gunzipSync(await readFile(file)).toString();
    await writeFile(file, gzipSync(text.replace('"name":"Plain"', '"name":"Plane"')));

    await expect(restore(database, file)).rejects.toThrow('its checksum does not fit');

    expect(await contentsOf(database)).toEqual(before);
  });

  it.each([
    ['of another program', 'hello\n', 'it is not a backup of Troupe'],
    [
      'of a future format',
      '{"format":"troupe-backup","version":2}\n',
      'it has the format 2, and this version reads up to 1',
    ],
    [
      'of a newer version',
      '{"format":"troupe-backup","version":1,"created":"2027-01-01T00:00:00.000Z","provider":"sqlite","migration":"20270101000000_x","tables":[]}\n',
      'it was made after the migration 20270101000000_x, which this version does not know',
    ],
    [
      'with a table that is not known',
      '{"format":"troupe-backup","version":1,"created":"2027-01-01T00:00:00.000Z","provider":"sqlite","migration":"20261120000000_initial","tables":[{"name":"x","columns":[],"rows":0}]}\n',
      'it has a table x, which this version does not know',
    ],
  ])('%s is refused', async (_, text, problem) => {
    const { directory } = await testDatabase();
    const file = path.join(directory, 'x.gz');
    await writeFile(file, gzipSync(text));

    await expect(open(file)).rejects.toThrow(`${file} cannot be used: ${problem}`);
  });

  it('that is not there, or is not compressed, is refused', async () => {
    const { directory } = await testDatabase();
    const file = path.join(directory, 'x.gz');
    await expect(open(file)).rejects.toThrow(`there is no file ${file}`);
    await writeFile(file, 'hello');
    await expect(open(file)).rejects.toThrow('it is damaged, or no backup of Troupe');
  });

  it.each([
    ['the key that they were stored under', new SecretBox(TEST_KEY), 3],
    ['another key', new SecretBox(Buffer.alloc(32, 8)), 0],
    ['no key', undefined, 0],
  ])('tells how many of its secrets open with %s', async (_, box, opened) => {
    const file = await backUp(await filled(() => testDatabase()));
    const secrets = new DumpSecrets(box);

    await verifyDump(await open(file), signal, (batch) => {
      secrets.look(batch);
    });

    expect(secrets).toMatchObject({ total: 3, opened });
    expect(secrets.reason === '').toBe(opened === 3);
  });

  it('of a database that a newer version made is not written', async () => {
    const database = await filled(() => testDatabase());
    database.raw(
      "INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('9', '', '20990101000000_x', 1)",
    );

    await expect(backUp(database)).rejects.toThrow(
      'the database has a migration that this version does not know: 20990101000000_x',
    );
  });

  it('of a version from before can be written: nothing needs to be migrated for it', async () => {
    const database = await testDatabase();
    const [initial] = await readMigrations(migrationsFolder('sqlite'));
    for (const statement of initial === undefined ? [] : statementsOf(initial)) database.raw(statement);
    database.raw(
      'CREATE TABLE _prisma_migrations (id, checksum, migration_name, logs, finished_at, rolled_back_at, applied_steps_count)',
    );
    database.raw(
      "INSERT INTO _prisma_migrations VALUES ('1', '', '20261120000000_initial', NULL, 1, NULL, 1)",
    );

    const { header } = await open(await backUp(database));

    expect(header.tables.map(({ name }) => name)).toEqual(['agents', 'exchanges', 'identifies']);
  });
});

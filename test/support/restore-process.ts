// A process of its own that restores a backup and stops for ever once half of its rows are written, to be killed.
// Arguments: the database's URL, the backup.
import { databaseUrl } from '../../src/config/database-url.ts';
import { openBackup } from '../../src/database/backup-read.ts';
import { migrationsFolder, readMigrations } from '../../src/database/migration-files.ts';
import { restoreDatabase } from '../../src/database/restore-database.ts';

const [url = '', file = ''] = process.argv.slice(2);
const parsed = databaseUrl.read(url, process.cwd());
if (!('value' in parsed)) throw new Error(parsed.problem);
const migrations = await readMigrations(migrationsFolder(parsed.value.provider));
const dump = await openBackup(
  file,
  migrations.map(({ name }) => name),
);
await restoreDatabase(parsed.value, dump, {
  resume: true,
  signal: new AbortController().signal,
  onProgress(done, total) {
    if (done < total / 2) return;
    process.stdout.write('half of it is written\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
});
process.stdout.write('all of it is written\n');

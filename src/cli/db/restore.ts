import path from 'node:path';
import { printable } from '../../agents-file/show-value.ts';
import { describeDatabase } from '../../database/open-client.ts';
import { refuseRunningHosts } from '../../database/restore-database.ts';
import { openBackup, verifyDump } from '../../database/backup-read.ts';
import { migrationsFolder, readMigrations } from '../../database/migration-files.ts';
import { DumpSecrets, presentKeys } from '../../database/dump-secrets.ts';
import { type Dump, rowsIn } from '../../database/dump.ts';
import { ConfigError } from '../../errors.ts';
import { alignedTable } from '../aligned-table.ts';
import { jsonLine } from '../json-line.ts';
import { minute } from '../minute.ts';
import { keyPlace } from './backup.ts';
import { rowsByTable, tableRows } from './describe.ts';
import { lookAt } from '../../database/dump-look.ts';
import { tellingHowToMakeRoom } from './make-room.ts';
import { progress } from './progress.ts';
import { replaceContents, tellOutcome } from './replace-contents.ts';
import { askFirst, type Task } from './task.ts';

/** Options of `npm run db -- restore`. */
export interface RestoreFlags {
  readonly yes?: boolean;
  /** False: the present contents are not backed up first. */
  readonly backup: boolean;
  readonly resume?: boolean;
  readonly withoutKey?: boolean;
}

/** `npm run db -- restore FILE` */
export async function restore(task: Task, name: string, flags: RestoreFlags): Promise<number> {
  const { io, json, config, cwd } = task;
  const { database } = config;
  const file = path.resolve(cwd, name);
  const dump = await openBackup(
    file,
    (await readMigrations(migrationsFolder(database.provider))).map(({ name: known }) => known),
  );
  const secrets = await verify(task, dump, flags);
  const present = await tellingHowToMakeRoom(database, () => lookAt(database, true));
  refuseRunningHosts(present?.hosts ?? []);
  const rows = rowsByTable(dump.header);
  if (!json) {
    const { created, provider } = dump.header;
    io.stdout.write(
      `${printable(file)}: made ${minute(created)} from ${provider}, and in order.\n` +
        `It replaces what is in ${printable(describeDatabase(database))}:\n\n` +
        `${alignedTable([['TABLE', 'BACKUP', 'NOW'], ...tableRows([rows, present?.rows ?? {}])], 1)}\n`,
    );
  }
  await askFirst(task, `Replace all that is in ${describeDatabase(database)}?`, flags.yes ?? false);
  const outcome = await tellingHowToMakeRoom(database, () =>
    replaceContents(task, {
      database,
      present,
      dump,
      backup: flags.backup,
      resume: flags.resume ?? false,
    }),
  );
  const unopened = secrets.total - secrets.opened;
  if (json) {
    const { ended, laterErasures } = outcome.restored;
    io.stdout.write(
      jsonLine({
        file,
        created: dump.header.created,
        rows: outcome.restored.rows,
        ended_exchanges: ended,
        later_erasures: laterErasures,
        secrets: secrets.total,
        unopened_secrets: unopened,
        backup: outcome.backup ?? null,
      }),
    );
    return 0;
  }
  tellOutcome(task, outcome);
  return 0;
}

/** Reads all of a backup. */
async function verify(
  { config, io, signal }: Task,
  dump: Dump,
  { withoutKey = false }: RestoreFlags,
): Promise<DumpSecrets> {
  const secrets = new DumpSecrets(await presentKeys(config.secretKey));
  const onProgress = progress(io, 'check');
  await verifyDump(dump, signal, (batch, done) => {
    secrets.look(batch);
    onProgress(done, rowsIn(dump.header));
  });
  const { total, opened, reason } = secrets;
  const place = keyPlace({ config });
  if (total > 0 && opened === 0 && !withoutKey) {
    throw new ConfigError(
      `${place} opens none of the ${total} tokens and keys in the backup: ${reason}; nothing was changed. ` +
        'Put the key there that they were stored under, or add --without-key and enter them again afterwards',
    );
  }
  if (opened < total) {
    io.stderr.write(
      `warning: ${total - opened} of ${total} tokens and keys in it cannot be opened (${printable(reason)}); ` +
        'enter them again afterwards (npm run agents)\n',
    );
  }
  return secrets;
}

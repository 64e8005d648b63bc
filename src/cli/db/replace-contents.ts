import { printable } from '../../agents-file/show-value.ts';
import type { DatabaseConfig } from '../../config/database-url.ts';
import { type DatabaseContents, isEmpty } from '../../database/dump-contents.ts';
import { telling } from '../../database/dump-trouble.ts';
import { openMigrated } from '../../database/open-migrated.ts';
import { type Dump, rowsIn } from '../../database/dump.ts';
import { restoreDatabase } from '../../database/restore-database.ts';
import type { RestoredRows } from '../../database/restore-rows.ts';
import { silentLogger } from '../../observability/logger.ts';
import { cliActor } from '../cli-actor.ts';
import { amount, contentsInWords } from './describe.ts';
import { makeBackup } from './make-backup.ts';
import { progress } from './progress.ts';
import type { Task } from './task.ts';

/** What is to be replaced, and by what. */
export interface Replacement {
  readonly database: DatabaseConfig;
  /** What it holds now; undefined: nothing of ours. */
  readonly present: DatabaseContents | undefined;
  readonly dump: Dump;
  /** Whether what it holds is backed up first, if anything. */
  readonly backup: boolean;
  readonly resume: boolean;
}

/** What came of it. */
export interface ReplacementOutcome {
  readonly restored: RestoredRows;
  /** The backup of what was there before; undefined when none was made. */
  readonly backup: string | undefined;
}

/** Replaces what a database holds, once that is backed up. The operator has agreed to it. */
export async function replaceContents(task: Task, replacement: Replacement): Promise<ReplacementOutcome> {
  const { database, present, dump, resume } = replacement;
  let backup: string | undefined;
  if (replacement.backup && present !== undefined && !isEmpty(present)) {
    backup = (await makeBackup(task, database, { isSafetyCopy: true })).backup.file;
    task.io.stderr.write(`What was there before is in ${printable(backup)}\n`);
  }
  // Whatever goes wrong here is this database's, also while another one is being read.
  await telling(database, async () => (await openMigrated(database, silentLogger)).close());
  const onProgress = progress(task.io, 'restore');
  const restored = await restoreDatabase(database, dump, {
    resume,
    signal: task.signal,
    onProgress,
    actor: cliActor(),
  });
  // So that no part of a line stays where rows were fewer than expected.
  onProgress(rowsIn(dump.header), rowsIn(dump.header));
  return { restored, backup };
}

/** Says what came of it. */
export function tellOutcome({ io }: Pick<Task, 'io'>, { restored }: ReplacementOutcome): void {
  const { rows, ended, laterErasures, refusedAuditEntries } = restored;
  io.stdout.write(`Restored ${contentsInWords(rows)}.\n`);
  if ((rows['admin_users'] ?? 0) > 0) {
    io.stdout.write(
      'Who may log in is as it was then, with the passwords and API tokens of then: npm run admin -- list\n',
    );
  }
  if (ended > 0) {
    io.stdout.write(
      `${amount(ended, 'message was', 'messages were')} still to be answered; they may have been since, and are not answered any more.\n`,
    );
  }
  if (refusedAuditEntries > 0) {
    io.stderr.write(
      `warning: ${amount(refusedAuditEntries, 'entry', 'entries')} of the audit log in it ${refusedAuditEntries === 1 ? 'was' : 'were'} left out: ` +
        'the log that is here is of another history, and stays as it is.\n',
    );
  }
  if (laterErasures > 0) {
    io.stderr.write(
      `warning: ${amount(laterErasures, 'erasure was', 'erasures were')} made after this backup: what they erased may be back. ` +
        'Erase it again: npm run users -- erase ID\n',
    );
  }
}

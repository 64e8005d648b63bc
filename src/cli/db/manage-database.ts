import { Command, InvalidArgumentError } from 'commander';
import { loadConfig } from '../../config/config.ts';
import { exitCodeOf, tame } from '../run-command.ts';
import { backup, type BackupFlags } from './backup.ts';
import { copy, type CopyFlags, targetOf } from './copy.ts';
import { migrate } from './migrate.ts';
import { restore, type RestoreFlags } from './restore.ts';
import { status } from './status.ts';
import type { ManageDatabaseDeps, ManageDatabaseIo, Task } from './task.ts';

const HELP = `
The database is the one that DATABASE_URL names. status and backup may be used while the host runs; restore and copy
want it stopped.

Examples:
  npm run db -- status                        which database, how large, who uses it, and what needs to be done
  npm run db -- backup --keep 14              a dated backup; the newest fourteen are kept
  npm run db -- restore backups/troupe-sqlite-troupe-2026-11-21T10-15-30Z.jsonl.gz
  npm run db -- copy --to postgresql://troupe@localhost/troupe
  npm run -s db -- status --json              for programs

Exit codes: 0 done; 1 failed, refused, or something needs to be done; 2 wrong usage; 78 a wrong setting.
`;

const STATUS_HELP = `
Changes nothing, and makes no database. Exit code 1: it cannot be reached, or its tables are not those of this version.

Examples:
  npm run db -- status
  npm run -s db -- status --json | jq .pending
`;

const MIGRATE_HELP = `
The host does this by itself when it starts. Here it is a step of its own, which can be repeated, also by several
processes at once. A database that is not there is made.

Examples:
  npm run db -- migrate && npm start
`;

const BACKUP_HELP = `
What is backed up is of one moment, also while the host writes. Tokens and keys stay encrypted in the file; what users
wrote is not. It is written under another name first and readable by you alone. Keep a copy of the secret key as well
(SECRET_KEY or SECRET_KEY_FILE): without it the tokens and keys in a backup are lost.

--keep counts and deletes dated backups of this database alone; never those that were made before a restore or copy.

Examples:
  npm run db -- backup                        into backups/ beside the database (PostgreSQL, MySQL: here)
  npm run db -- backup --keep 14              and deletes all but its newest fourteen there
  npm run db -- backup --to /mnt/backups      into that folder, made if need be
  npm run db -- backup --to now.jsonl.gz      into that file: its name ends in .gz
`;

const RESTORE_HELP = `
The file is checked first, all of it. Then everything that the database holds is replaced at once, or nothing is. A
backup restores into any of the three databases, also one that an older version of Troupe made.

Messages that were being answered when it was made are not answered any more: they may have been since. What came
since is not looked for either. What Discord counts (identifies) and erasures on record stay as the database has them.

Examples:
  npm run db -- restore FILE                  asks before it replaces anything; backs up what is there
  npm run db -- restore FILE --yes            asks nothing
  npm run db -- restore FILE --resume         no host ran since it was made: open messages are answered
`;

const COPY_HELP = `
The other database is made if need be. It must hold no agents and no messages, or --replace is given. Nothing changes
in this one. Stop the host before, copy, put the new DATABASE_URL into .env, start it: it goes on where it stopped.

Examples:
  npm run db -- copy --to postgresql://troupe@localhost/troupe
  npm run db -- copy --to env:NEW_DATABASE_URL      an address with a password, from a variable or .env
  npm run db -- copy --to file:./data/small.db
`;

/**
 * `npm run db`: shows, migrates, backs up, restores and moves the database.
 *
 * @returns the exit code: 0 done, 1 failed, refused or something needs to be done, 2 wrong usage, 78 a wrong setting.
 * Only a defect is thrown.
 */
export async function manageDatabase(
  argv: readonly string[],
  io: ManageDatabaseIo,
  deps: ManageDatabaseDeps,
): Promise<number> {
  let code = 0;
  const command = tame(new Command('npm run db --'), io)
    .description('Shows, migrates, backs up, restores and moves the database.')
    .addHelpText('after', HELP);
  const add = (name: string, description: string, help: string): Command =>
    tame(command.command(name), io)
      .description(description)
      .option('--json', 'print one JSON object, for programs')
      .addHelpText('after', help);
  const task = ({ json = false }: { json?: boolean }): Task => ({
    ...deps,
    io,
    json,
    config: loadConfig(deps.env),
  });
  add('status', 'show which database it is, what it holds and who uses it', STATUS_HELP).action(
    async (flags: { json?: boolean }) => {
      code = await status(task(flags));
    },
  );
  add('migrate', 'bring its tables up to date, for deployments', MIGRATE_HELP).action(
    async (flags: { json?: boolean }) => {
      code = await migrate(task(flags));
    },
  );
  add('backup', 'write everything to a dated file', BACKUP_HELP)
    .option('--to <place>', 'a folder, or a file that ends in .gz (default: backups/)')
    .option('--keep <n>', 'delete all but the newest n backups of this database there', parseCount)
    .option('--force', 'overwrite the file')
    .action(async (flags: BackupFlags & { json?: boolean }, command: Command) => {
      if (flags.keep !== undefined && flags.to?.endsWith('.gz') === true) {
        command.error('error: --keep deletes older backups of a folder, and --to names a file');
      }
      code = await backup(task(flags), flags);
    });
  add('restore', 'replace everything by what a backup holds (asks first)', RESTORE_HELP)
    .argument('<file>', 'the backup')
    .option('-y, --yes', 'ask nothing')
    .option('--no-backup', 'do not back up what is there before')
    .option('--resume', 'go on where the backup was made: no host ran since')
    .option('--without-key', 'restore it although its tokens and keys cannot be opened')
    .action(async (file: string, flags: RestoreFlags & { json?: boolean }) => {
      code = await restore(task(flags), file, flags);
    });
  add('copy', 'copy everything to another database', COPY_HELP)
    .requiredOption('--to <url>', 'its address, or env: and the name of the variable that holds it')
    .option('-y, --yes', 'ask nothing')
    .option('--replace', 'replace what it holds')
    .option('--no-backup', 'do not back up what is replaced')
    .action(async (flags: CopyFlags & { json?: boolean }, command: Command) => {
      const target = targetOf(deps, flags.to);
      if ('problem' in target) command.error(`error: ${target.problem}`);
      else code = await copy(task(flags), target.database, flags);
    });
  return exitCodeOf(async () => {
    await command.parseAsync(argv, { from: 'user' });
    return code;
  }, io);
}

function parseCount(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1 to 999999.');
}

import { printable } from '../../agents-file/show-value.ts';
import { type DatabaseConfig, databaseUrl } from '../../config/database-url.ts';
import { describeDatabase } from '../../database/open-client.ts';
import { isEmpty } from '../../database/dump-contents.ts';
import { lookAt } from '../../database/dump-look.ts';
import { withSnapshot } from '../../database/dump-snapshot.ts';
import { hostsInWords, refuseRunningHosts } from '../../database/restore-database.ts';
import { isSameDatabase } from '../../database/same-database.ts';
import { ConfigError, InputError } from '../../errors.ts';
import { alignedTable } from '../aligned-table.ts';
import { jsonLine } from '../json-line.ts';
import { contentsInWords, rowsByTable, tableRows } from './describe.ts';
import { replaceContents, type ReplacementOutcome } from './replace-contents.ts';
import { askFirst, type Task } from './task.ts';

/** Options of `npm run db -- copy`. */
export interface CopyFlags {
  /** A URL, or `env:NAME`: what that variable holds. */
  readonly to: string;
  readonly yes?: boolean;
  readonly replace?: boolean;
  /** False: what is replaced is not backed up first. */
  readonly backup: boolean;
}

/** `npm run db -- copy` */
export async function copy(
  task: Task,
  target: DatabaseConfig,
  flags: Omit<CopyFlags, 'to'>,
): Promise<number> {
  const { io, config } = task;
  const source = config.database;
  const running = (await lookAt(source))?.hosts ?? [];
  if (running.length > 0) {
    io.stderr.write(
      `warning: a host is running on ${printable(describeDatabase(source))}: ${printable(hostsInWords(running))}. ` +
        'What it writes from now on is not copied, and what it answers may be answered again.\n',
    );
    await askFirst(task, 'Copy all the same?', flags.yes ?? false);
  }
  const present = await aboutTarget(() => lookAt(target, true));
  if (await isSameDatabase(source, target)) {
    throw new InputError(`--to is the database that DATABASE_URL names: ${describeDatabase(source)}`);
  }
  refuseRunningHosts(present?.hosts ?? []);
  if (present !== undefined && !isEmpty(present)) {
    const what = `${describeDatabase(target)} is not empty: ${contentsInWords(present.rows)}`;
    if (!flags.replace) {
      throw new InputError(`${what}; nothing was changed`, {
        remedy: 'Name another database, or add --replace to replace all that is in it.',
      });
    }
    io.stderr.write(`${printable(what)}\n`);
    await askFirst(task, 'Replace all that is in it?', flags.yes ?? false);
  }
  const outcome = await withSnapshot(source, async (dump) => {
    const { backup } = flags;
    const done = await replaceContents(task, { database: target, present, dump, backup, resume: true });
    return { ...done, rows: rowsByTable(dump.header) };
  });
  tell(task, outcome, target);
  return 0;
}

function tell(
  { io, json }: Task,
  { restored, rows, backup }: ReplacementOutcome & { readonly rows: Readonly<Record<string, number>> },
  target: DatabaseConfig,
): void {
  if (json) {
    io.stdout.write(jsonLine({ to: describeDatabase(target), rows: restored.rows, backup: backup ?? null }));
    return;
  }
  const table = [['TABLE', 'THERE', 'COPIED'], ...tableRows([rows, restored.rows])];
  const key = 'The key of its tokens and keys stays the same.';
  io.stdout.write(
    `${alignedTable(table, 1)}\nEverything is in ${printable(describeDatabase(target))}. ${key} The line for .env:\n\n` +
      `DATABASE_URL=${printable(settingOf(target))}\n`,
  );
}

/** The database that `--to` names, or what is wrong with it. */
export function targetOf(
  { env, cwd }: Pick<Task, 'env' | 'cwd'>,
  to: string,
): { readonly database: DatabaseConfig } | { readonly problem: string } {
  const name = nameOf(to);
  const url = name === undefined ? to : env[name];
  if (url === undefined || url === '') {
    return { problem: `--to: the variable ${printable(name ?? '')} is not set` };
  }
  const parsed = databaseUrl.read(url, cwd);
  if ('value' in parsed) return { database: parsed.value };
  return { problem: `--to ${parsed.problem}\nAllowed: ${parsed.allowed ?? databaseUrl.allowed}` };
}

/** What is wrong with an address is told of `DATABASE_URL` elsewhere. */
async function aboutTarget<Result>(look: () => Promise<Result>): Promise<Result> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [message, remedy] = [error.message, error.remedy].map((text) =>
      text.replaceAll('DATABASE_URL', '--to'),
    );
    throw new InputError(message ?? '', { remedy: remedy ?? '', cause: error.cause });
  }
}

/** The variable that holds the address. */
function nameOf(to: string): string | undefined {
  return /^env:(\w+)$/.exec(to)?.[1];
}

/** The value for DATABASE_URL, with another word for the password: it is not for a terminal. */
function settingOf(target: DatabaseConfig): string {
  if (target.provider === 'sqlite') return quoted(`file:${target.file}`);

  const url = new URL(target.url);
  if (url.password !== '') url.password = 'PASSWORD';
  return quoted(url.href);
}

function quoted(text: string): string {
  return /[\s#'"`]/.test(text) ? JSON.stringify(text) : text;
}

import path from 'node:path';
import { printable } from '../../agents-file/show-value.ts';
import type { DatabaseConfig } from '../../config/database-url.ts';
import { type DatabaseStatus, databaseStatus } from '../../database/database-status.ts';
import { DUMP_TABLES } from '../../database/dump-tables.ts';
import { describeDatabase } from '../../database/open-client.ts';
import { hostsInWords } from '../../database/restore-database.ts';
import { messageOf, TroupeError } from '../../errors.ts';
import { redactShapes } from '../../observability/secret-shapes.ts';
import { alignedTable } from '../aligned-table.ts';
import { bytesInWords } from '../doctor/bytes-in-words.ts';
import { jsonLine } from '../json-line.ts';
import { backupFolder, backupsIn } from './backup-folder.ts';
import { roomInWords } from './make-room.ts';
import type { Task } from './task.ts';

const PRODUCTS = { sqlite: 'SQLite', postgresql: 'PostgreSQL', mysql: 'MySQL' } as const;

/** `npm run db -- status` */
export async function status(task: Task): Promise<number> {
  const { io, json, config } = task;
  const { database } = config;
  const folder = backupFolder(database);
  const newest = (await backupsIn(folder, database)).at(-1);
  const newestBackup = newest === undefined ? undefined : path.join(folder, newest);
  const where = { provider: database.provider, database: describeDatabase(database) };
  let found: DatabaseStatus;
  try {
    found = await databaseStatus(database);
  } catch (error) {
    if (json && error instanceof TroupeError) {
      const problem = redactShapes(messageOf(error));
      io.stdout.write(jsonLine({ ...where, reachable: false, problem, newest_backup: newestBackup ?? null }));
    }
    throw error;
  }
  const { migrations } = found;
  if (json)
    io.stdout.write(jsonLine({ ...where, ...statusAsJson(found), newest_backup: newestBackup ?? null }));
  else {
    io.stdout.write(
      alignedTable([
        [
          'database',
          `${PRODUCTS[database.provider]}, ${printable(where.database)}, ${bytesInWords(found.bytes)}`,
        ],
        ...linesOf(found).map(([name = '', text = '']) => [name, printable(text)]),
        ['backup', newestBackup === undefined ? `none in ${printable(folder)}` : printable(newestBackup)],
      ]) + `\n${alignedTable([['TABLE', 'ROWS'], ...rowsOf(found)], 1)}`,
    );
  }
  const needed = remedyOf(migrations, database);
  if (needed === undefined) return 0;
  io.stderr.write(`${needed}\n`);
  return 1;
}

function linesOf({ migrations, hosts, openExchanges, deadLetters }: DatabaseStatus): string[][] {
  const { applied, pending, unknown, unfinished } = migrations;
  const open = `${openExchanges} being answered`;
  return [
    [
      'tables',
      pending.length === 0 ? `up to date (${applied.length} migrations)` : `pending: ${pending.join(', ')}`,
    ],
    ...(unknown.length === 0 ? [] : [['', `unknown to this version: ${unknown.join(', ')}`]]),
    ...(unfinished.length === 0 ? [] : [['', `begun and not finished: ${unfinished.join(', ')}`]]),
    ['hosts', hosts.length === 0 ? 'none runs a bot' : hostsInWords(hosts)],
    ['messages', deadLetters === 0 ? open : `${open}, ${deadLetters} set aside`],
  ];
}

function rowsOf({ rows }: DatabaseStatus): string[][] {
  return DUMP_TABLES.map(({ name }) => [name, String(rows[name] ?? '-')]);
}

function statusAsJson(found: DatabaseStatus): object {
  const { bytes, migrations, rows, openExchanges, deadLetters, hosts } = found;
  return {
    reachable: true,
    bytes,
    ...migrations,
    rows,
    open_exchanges: openExchanges,
    dead_letters: deadLetters,
    hosts,
  };
}

/** What the operator has to do; undefined: nothing. */
function remedyOf(
  { pending, unknown, unfinished }: DatabaseStatus['migrations'],
  database: DatabaseConfig,
): string | undefined {
  if (unfinished.length > 0) {
    return 'A migration was begun and not finished: npm run db -- migrate goes on with it, or says what to do.';
  }
  if (unknown.length > 0)
    return `A newer version of Troupe made it: run that one. Or, with a backup from before, ${printable(roomInWords(database))}.`;
  return pending.length > 0
    ? 'Tables are not up to date: npm run db -- migrate, or start the host.'
    : undefined;
}

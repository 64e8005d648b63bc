import { PrismaClientKnownRequestError } from '@prisma/client/runtime/client';
import type { DatabaseReason } from '../recovery/rules-host.ts';

/** What the adapters tell of an error; others say less. */
interface Trouble {
  readonly kind?: string;
  /** SQLSTATE, or MySQL's or SQLite's number, as text. */
  readonly originalCode?: string;
  /** Of a driver's own error: an SQLSTATE or a name such as `ECONNREFUSED`. */
  readonly code?: unknown;
  /** Of a driver's own error: MySQL's number. */
  readonly errno?: unknown;
  /** Of libsql's own error: SQLite's number. */
  readonly rawCode?: unknown;
  /** Of a socket's or file's error. */
  readonly syscall?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
}

/** Whether a statement failed because a unique key was taken; also for Prisma's client. */
export function isTaken(error: unknown): boolean {
  return hasKind(error, 'UniqueConstraintViolation') || isKnown(error, 'P2002');
}

/** Whether a statement failed because the row that it refers to is not there; also for Prisma's client. */
export function isOrphan(error: unknown): boolean {
  return hasKind(error, 'ForeignKeyConstraintViolation') || isKnown(error, 'P2003');
}

/**
 * Whether a statement or transaction failed because of another one (a deadlock, or one that could not wait any longer):
 * nothing of it happened, and tried again it may succeed. Also for Prisma's client.
 */
export function isConflict(error: unknown): boolean {
  return (
    hasKind(error, 'TransactionWriteConflict') ||
    isKnown(error, 'P2034') ||
    troublesOf(error).some((trouble) => codesOf(trouble).some((code) => CONFLICTS.has(code)))
  );
}

/**
 * Whether the database could not be used, and later may be: it cannot be reached, refuses connections, starts or shuts
 * down, lost the connection, has no connection free, can only be read (after a fail-over), has no room left or an error
 * of the disk, lets this user in no longer (its password is being changed); or, on SQLite, has been busy for too long or
 * cannot be opened. What was begun may have happened or not.
 * Also for Prisma's client.
 */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof PrismaClientKnownRequestError && UNAVAILABLE_CODES.has(error.code)) return true;
  return troublesOf(error).some(
    (trouble) =>
      UNAVAILABLE_KINDS.has(trouble.kind ?? '') ||
      codesOf(trouble).some(isUnavailableCode) ||
      isUnavailableSqlite(trouble) ||
      (trouble.code === 'ENOENT' && trouble.syscall === 'connect') ||
      (typeof trouble.message === 'string' && LOST.test(trouble.message)),
  );
}

/** What is wrong with the database, as the policy has it. */
export function databaseReasonOf(error: unknown): DatabaseReason {
  const codes = new Set(troublesOf(error).flatMap(codesOf));
  const has = (known: readonly string[]): boolean => known.some((code) => codes.has(code));
  const sqlite = troublesOf(error).flatMap((trouble) => sqliteCodeOf(trouble) ?? []);
  if (isSchemaGone(error)) return 'schema-gone';
  if (!isUnavailable(error)) return 'refused';
  if (has(FULL) || sqlite.includes(13)) return 'disk-full';
  if (has(READ_ONLY) || sqlite.includes(8)) return 'read-only';
  return has(NOT_LET_IN) ? 'not-let-in' : 'unavailable';
}

/** Whether a table, or the database itself, is not there any more. */
function isSchemaGone(error: unknown): boolean {
  return troublesOf(error).some(
    (trouble) =>
      codesOf(trouble).some((code) => GONE.includes(code)) ||
      trouble.kind === 'TableDoesNotExist' ||
      (typeof trouble.message === 'string' && /\bno such table\b/.test(trouble.message)),
  );
}

/** Reasons that are over once the database does its work again. */
export const OUTAGES: readonly DatabaseReason[] = ['unavailable', 'disk-full', 'read-only', 'not-let-in'];

/** PostgreSQL: no table, no database. MySQL: likewise. */
const GONE = ['42P01', '3D000', '1146', '1049'];
const FULL = ['53100', '1021', '1114'];
const READ_ONLY = ['25006', '1290', '1792', '1836'];
const NOT_LET_IN = ['28P01', '28000', '1045', '1698'];

/** PostgreSQL: could not serialize, deadlock, lock not available. MySQL: deadlock, lock wait timeout. */
const CONFLICTS: ReadonlySet<string> = new Set(['40001', '40P01', '55P03', '1213', '1205']);

const UNAVAILABLE_KINDS: ReadonlySet<string> = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TlsConnectionError',
  'TooManyConnections',
]);

/** Prisma's: not reachable, timed out, closed, no connection free, no transaction in time, too many connections. */
const UNAVAILABLE_CODES: ReadonlySet<string> = new Set([
  'P1001',
  'P1002',
  'P1008',
  'P1017',
  'P2024',
  'P2028',
  'P2037',
]);

const UNAVAILABLE_CODES_OF_SERVERS: ReadonlySet<string> = new Set([
  // PostgreSQL: took too long, shutting down, crashed, starting, idle for too long, only for reading, nothing left.
  ...['57014', '57P01', '57P02', '57P03', '57P05', '25P03', '25006', '53100', '53200', '53300', '53400'],
  // PostgreSQL: an error of the server's system or disk.
  ...['58000', '58030'],
  // MySQL: too many connections, shutting down, killed, gone, lost, only for reading, full.
  ...['1040', '1203', '1053', '1317', '1927', '2002', '2003', '2006', '2013', '1290', '1792', '1836', '1021'],
  ...['1114', '1152', '1158', '1159', '1160', '1161', '3032', '4031'],
  // MySQL: not ready (in a Galera cluster), host blocked, user's limit reached, an error of the disk or at a commit.
  ...['1047', '1129', '1226', '1026', '1030', '1180'],
  // Not let in, PostgreSQL and MySQL: at the start that is found out before (`openClient`), later the password changed.
  ...['28P01', '28000', '1045', '1698'],
  // MariaDB's driver, of which the adapter passes on the number alone: closed, lost, timed out, no connection.
  ...[
    '45001',
    '45004',
    '45009',
    '45012',
    '45013',
    '45019',
    '45026',
    '45027',
    '45028',
    '45037',
    '45042',
    '45061',
  ],
]);

/** SQLite's primary codes: busy, locked, only for reading, I/O error, full, cannot be opened, locking protocol. */
const UNAVAILABLE_CODES_OF_SQLITE: ReadonlySet<number> = new Set([5, 6, 8, 10, 13, 14, 15]);

/** Names that Node and MariaDB's driver give to a connection that is lost or cannot be made. */
const SOCKET_CODES =
  /^(E(CONN(REFUSED|RESET|ABORTED)|PIPE|TIMEDOUT|HOST(UNREACH|DOWN)|NET(UNREACH|DOWN)|NOTFOUND|AI_AGAIN)|ERR_STREAM_DESTROYED|ER_(SOCKET|CONNECTION|GET_CONNECTION|CMD_CONNECTION|CMD_NOT_EXECUTED|POOL|PING|TIMEOUT).*)$/;

/** What PostgreSQL's driver says without a code. */
const LOST =
  /Connection terminated|Connection ended|timeout exceeded when trying to connect|Query read timeout|timeout expired|not queryable|Client was closed|no connection was free/i;

/** The error and what caused it, as far as adapters, drivers and Prisma's client tell. */
function troublesOf(error: unknown): Trouble[] {
  const troubles: Trouble[] = [];
  const seen = new Set<unknown>();
  const queue = [error];
  while (queue.length > 0) {
    const at = queue.shift();
    if (typeof at !== 'object' || at === null || seen.has(at)) continue;
    seen.add(at);
    troubles.push(at);
    queue.push((at as Trouble).cause);
    if (at instanceof AggregateError) queue.push(...(at.errors as unknown[]));
    if (at instanceof PrismaClientKnownRequestError) queue.push(at.meta?.['driverAdapterError']);
  }
  return troubles;
}

function codesOf({ originalCode, code, errno }: Trouble): string[] {
  return [originalCode, code, errno].flatMap((one) =>
    typeof one === 'string' || typeof one === 'number' ? [String(one)] : [],
  );
}

/** SQLSTATEs that begin with 08 are of the connection. */
function isUnavailableCode(code: string): boolean {
  return UNAVAILABLE_CODES_OF_SERVERS.has(code) || SOCKET_CODES.test(code) || /^08\w{3}$/.test(code);
}

/** The higher bits of a code say more. */
function isUnavailableSqlite(trouble: Trouble): boolean {
  const code = sqliteCodeOf(trouble);
  return code !== undefined && UNAVAILABLE_CODES_OF_SQLITE.has(code);
}

function sqliteCodeOf({ kind, originalCode, rawCode }: Trouble): number | undefined {
  const code = kind === 'sqlite' ? Number(originalCode) : rawCode;
  return typeof code === 'number' ? code & 0xff : undefined;
}

function hasKind(error: unknown, kind: string): boolean {
  return error instanceof Error && (error.cause as Trouble | undefined)?.kind === kind;
}

function isKnown(error: unknown, code: string): boolean {
  return error instanceof PrismaClientKnownRequestError && error.code === code;
}

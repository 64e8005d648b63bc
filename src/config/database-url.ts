import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import type { Parsed, Parser } from './parsers.ts';

/** Which database to use, and where it is. */
export type DatabaseConfig =
  | {
      readonly provider: 'sqlite';
      /** `file:///…`, absolute and percent-encoded, as libsql reads it. */
      readonly url: string;
      /** The same file as a path. Its directory may not exist yet. */
      readonly file: string;
    }
  | {
      readonly provider: 'postgresql' | 'mysql';
      /** Begins with `postgresql://` or `mysql://`, whichever way it was written. May hold a password. */
      readonly url: string;
    };

const ALLOWED = 'file:./data/troupe.db, sqlite:///./x.db, postgresql://…, mysql://…, mariadb://…';

const SERVERS: Readonly<Record<string, 'postgresql' | 'mysql'>> = {
  postgres: 'postgresql',
  postgresql: 'postgresql',
  mysql: 'mysql',
  mariadb: 'mysql',
};

/**
 * Reads `DATABASE_URL` in Prisma's and SQLAlchemy's spelling (`sqlite:///relative`, `sqlite:////absolute`, and
 * `postgresql+asyncpg://`, whose driver means nothing here). A relative file is one below `cwd`.
 *
 * No problem that it reports repeats any of the text, which may hold a password.
 */
export function databaseUrl(cwd: string): Parser<DatabaseConfig> {
  return (text) => {
    const [, scheme = '', rest = ''] = /^([a-z]+)(?:\+[a-z0-9_]+)?:(.*)$/is.exec(text) ?? [];
    const name = scheme.toLowerCase();
    if (name === 'file' || name === 'sqlite') return sqlite(name, rest, cwd);
    const provider = Object.hasOwn(SERVERS, name) ? SERVERS[name] : undefined;
    if (provider !== undefined) return server(provider, rest);
    return { problem: 'is not the address of a supported database', allowed: ALLOWED };
  };
}

function sqlite(scheme: 'file' | 'sqlite', rest: string, cwd: string): Parsed<DatabaseConfig> {
  // What follows a question mark are options of other drivers (connection_limit, check_same_thread).
  const [path = ''] = rest.split('?');
  const file = scheme === 'file' ? pathOfFileUrl(path, cwd) : pathOfSqliteUrl(path, cwd);
  if (file !== undefined) return { value: { provider: 'sqlite', url: pathToFileURL(file).href, file } };
  return { problem: 'does not name a file', allowed: ALLOWED };
}

function pathOfFileUrl(path: string, cwd: string): string | undefined {
  if (!path.startsWith('//')) return absolute(path, cwd);
  try {
    return absolute(fileURLToPath(`file:${path}`), cwd);
  } catch {
    return undefined;
  }
}

function pathOfSqliteUrl(path: string, cwd: string): string | undefined {
  if (path.startsWith('///')) return absolute(path.slice(3), cwd);
  return path.startsWith('//') ? undefined : absolute(path, cwd);
}

/** A database in memory is refused with the rest: libsql forgets it after the first transaction. */
function absolute(path: string, cwd: string): string | undefined {
  const isFile = path !== '' && !/[/\\]$|(^|[/\\])\.{1,2}$/.test(path) && !path.includes(':memory:');
  return isFile ? resolve(cwd, path) : undefined;
}

function server(provider: 'postgresql' | 'mysql', rest: string): Parsed<DatabaseConfig> {
  const url = `${provider}:${rest}`;
  if (!rest.startsWith('//') || !URL.canParse(url)) {
    const allowed = `${provider}://USER@HOST:PORT/DATABASE, the password percent-encoded`;
    return { problem: 'is not a complete address', allowed };
  }
  return { value: { provider, url } };
}

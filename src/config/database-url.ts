import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { type Parsed, type Parser, pathProblem } from './parsers.ts';

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
      /**
       * Begins with `postgresql://` or `mysql://`, whichever way it was written, and names a database. May hold a
       * password.
       */
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
 * `postgresql+asyncpg://`, whose driver means nothing here). A relative file is one below the current folder.
 *
 * No problem that it reports repeats any of the text, which may hold a password.
 */
export const databaseUrl: Parser<DatabaseConfig> = {
  allowed: ALLOWED,
  read: (text, cwd) => {
    const [, scheme = '', rest = ''] = /^([a-z]+)(?:\+[a-z0-9_]+)?:(.*)$/is.exec(text) ?? [];
    const name = scheme.toLowerCase();
    if (name === 'file' || name === 'sqlite') return sqlite(name, rest, cwd);
    const provider = Object.hasOwn(SERVERS, name) ? SERVERS[name] : undefined;
    if (provider !== undefined) return server(provider, rest);
    return { problem: 'is not the address of a supported database' };
  },
};

function sqlite(scheme: 'file' | 'sqlite', rest: string, cwd: string): Parsed<DatabaseConfig> {
  // What follows a question mark are options of other drivers (connection_limit, check_same_thread).
  const [url = ''] = rest.split('?');
  const path = scheme === 'file' ? pathOfFileUrl(url) : pathOfSqliteUrl(url);
  if (path === undefined || !isFile(path)) return { problem: 'does not name a file' };
  const problem = pathProblem(path, cwd);
  if (problem !== undefined) return { problem, allowed: `${ALLOWED}; an absolute path, if that is meant` };
  const file = resolve(cwd, path);
  return { value: { provider: 'sqlite', url: pathToFileURL(file).href, file } };
}

function pathOfFileUrl(path: string): string | undefined {
  if (!path.startsWith('//')) return path;
  try {
    return fileURLToPath(`file:${path}`);
  } catch {
    return undefined;
  }
}

function pathOfSqliteUrl(path: string): string | undefined {
  if (path.startsWith('///')) return path.slice(3);
  return path.startsWith('//') ? undefined : path;
}

/** A database in memory is refused with the rest: libsql forgets it after the first transaction. */
function isFile(path: string): boolean {
  return path !== '' && !/[/\\]$|(^|[/\\])\.{1,2}$/.test(path) && !path.includes(':memory:');
}

function server(provider: 'postgresql' | 'mysql', rest: string): Parsed<DatabaseConfig> {
  const url = `${provider}:${rest}`;
  const allowed = `${provider}://USER:PASSWORD@HOST:PORT/DATABASE, special characters percent-encoded`;
  if (!rest.startsWith('//') || !URL.canParse(url)) return { problem: 'is not a complete address', allowed };
  const { username, password, pathname } = new URL(url);
  if (![username, password, pathname].every(isDecodable)) {
    return { problem: 'is not percent-encoded', allowed };
  }
  if (!/^\/[^/]+$/.test(pathname)) return { problem: 'does not name a database', allowed };
  return { value: { provider, url } };
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

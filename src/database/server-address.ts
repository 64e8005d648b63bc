import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { ConfigError } from '../errors.ts';

/** Where a database server is, and as whom to use it. */
export interface ServerAddress {
  /** A name or address; for PostgreSQL also the folder of its socket, which begins with a slash. */
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string;
  /** PostgreSQL's, where the tables are; undefined: as the server has it. */
  readonly schema: string | undefined;
  /** How connections are encrypted; undefined: they are not. */
  readonly tls: ConnectionOptions | undefined;
  /** How many connections may be open. Default: 10. */
  readonly connections: number;
}

/** How long things may take at a server, in milliseconds. */
export const SERVER_TIMEOUTS = {
  /** Making a connection. */
  connect: 5_000,
  /** Waiting for a connection to be free. */
  free: 20_000,
  /** A lock that another transaction holds. */
  lock: 10_000,
  /** A statement. */
  statement: 60_000,
  /** A transaction in which nothing happens: its process may have been stopped, and others wait for its locks. */
  idleTransaction: 10_000,
  /** A connection that is not used is closed after this. */
  idleConnection: 10_000,
} as const;

/** For transactions whose statements may take this long, what lies between them may, too. */
export function idleTransactionTimeout(statementTimeout: number): number {
  return statementTimeout > SERVER_TIMEOUTS.statement ? statementTimeout : SERVER_TIMEOUTS.idleTransaction;
}

const PORTS = { postgresql: 5432, mysql: 3306 } as const;

/** Connections, where the address does not say. */
const CONNECTIONS = 10;

/**
 * Reads a server's address. Of what follows its question mark these count: `connection_limit`, `schema` and `host`
 * (PostgreSQL), and for encryption `sslmode` or `ssl-mode` (`disable`, `require`, `verify-ca`, `verify-full`) with
 * `sslrootcert` or `ssl-ca`, the file of the authority to trust. `require` alone checks no certificate.
 *
 * @throws {ConfigError} when one of these cannot be used
 */
export function serverAddress(provider: 'postgresql' | 'mysql', url: string): ServerAddress {
  const { hostname, port, username, password, pathname, searchParams: options } = new URL(url);
  const limit = Number(options.get('connection_limit') ?? CONNECTIONS);
  if (!Number.isInteger(limit) || limit < 1) {
    throw new ConfigError('DATABASE_URL: connection_limit is not a number from 1 upwards');
  }
  return {
    host: options.get('host') ?? (decodeURIComponent(hostname).replace(/^\[(.*)\]$/, '$1') || 'localhost'),
    port: Number(port || PORTS[provider]),
    user: decodeURIComponent(username) || undefined,
    password: decodeURIComponent(password) || undefined,
    database: decodeURIComponent(pathname.slice(1)),
    schema: options.get('schema') ?? undefined,
    tls: tlsOf(options),
    connections: limit,
  };
}

/** Where a server is, for people: without the password. */
export function placeOf({ host, port }: ServerAddress): string {
  return host.startsWith('/') ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function tlsOf(options: URLSearchParams): ConnectionOptions | undefined {
  const mode = (options.get('sslmode') ?? options.get('ssl-mode') ?? '').toLowerCase().replace('_', '-');
  const authority = options.get('sslrootcert') ?? options.get('ssl-ca');
  const trusted = authority === null ? {} : { ca: certificate(authority) };
  switch (mode) {
    case '':
    case 'disable':
    case 'disabled':
    case 'allow':
    case 'prefer':
    case 'preferred':
      return authority === null ? undefined : trusted;
    case 'require':
    case 'required':
    case 'no-verify':
      return authority === null ? { rejectUnauthorized: false } : { ...trusted, checkServerIdentity };
    case 'verify-ca':
      return { ...trusted, checkServerIdentity };
    case 'verify-full':
    case 'verify-identity':
      return trusted;
    default:
      throw new ConfigError(
        'DATABASE_URL: its sslmode is not one of disable, require, verify-ca and verify-full',
      );
  }
}

/** Any name will do, as long as the authority vouches for it. */
const checkServerIdentity = (): undefined => undefined;

function certificate(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigError(`DATABASE_URL: cannot read the certificate ${file}`, { cause });
  }
}

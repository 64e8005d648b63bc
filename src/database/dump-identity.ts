import { createHash } from 'node:crypto';
import path from 'node:path';
import type { DatabaseConfig } from '../config/database-url.ts';
import { serverAddress } from './server-address.ts';

/** What tells the backups of one database from those of others. */
export interface DumpIdentity {
  /** 16 hexadecimal digits of where it is; user and password do not count. */
  readonly id: string;
  /** For the names of files: `sqlite-troupe`, `postgresql-bots`. */
  readonly label: string;
}

/** Characters of a database's name that come into the names of files. */
const LONGEST_NAME = 60;

/** Which database this is. One that is written in another way (`localhost`, `127.0.0.1`) counts as another one. */
export function identityOf(database: DatabaseConfig): DumpIdentity {
  const { provider } = database;
  const [name, place] = provider === 'sqlite' ? fileOf(database.file) : serverOf(provider, database.url);
  const safe = name.replaceAll(/[^\p{L}\p{N}._]+/gu, '_').slice(0, LONGEST_NAME);
  const id = createHash('sha256')
    .update(JSON.stringify([provider, ...place]))
    .digest('hex')
    .slice(0, 16);
  return { id, label: `${provider}-${safe}` };
}

type NameAndPlace = readonly [name: string, place: readonly unknown[]];

function fileOf(file: string): NameAndPlace {
  return [path.parse(file).name, [file]];
}

function serverOf(provider: 'postgresql' | 'mysql', url: string): NameAndPlace {
  const { host, port, database, schema } = serverAddress(provider, url);
  return [database, [host, port, database, schema]];
}

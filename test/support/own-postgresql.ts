import { execFile } from 'node:child_process';
import { chown, readdir, stat } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { temporaryDirectory } from './temporary-directory.ts';

const run = promisify(execFile);

/** Where Debian, Fedora and Homebrew keep the server's programs. */
const FOLDERS = ['/usr/lib/postgresql', '/usr/pgsql', '/opt/homebrew/opt/postgresql'];

/** A PostgreSQL of one's own, which can be stopped. */
export interface OwnPostgresql {
  /** Of a database that is not there yet. */
  readonly url: string;
  start(): Promise<void>;
  /** Stops at once, as in a crash: connections are cut, what was committed is kept. */
  stop(): Promise<void>;
}

/** The folder with `initdb` and `pg_ctl`; undefined where there is none. */
export async function postgresqlPrograms(): Promise<string | undefined> {
  for (const folder of FOLDERS) {
    const versions = await readdir(folder).catch(() => []);
    for (const version of versions.toSorted().reverse()) {
      const bin = path.join(folder, version, 'bin');
      if (await stat(path.join(bin, 'initdb')).catch(() => undefined)) return bin;
    }
  }
  return undefined;
}

/** Makes and starts one on a free port; gone with the test. PostgreSQL does not run as root: then `postgres` runs it. */
export async function ownPostgresql(bin: string): Promise<OwnPostgresql> {
  const directory = await temporaryDirectory();
  const data = path.join(directory, 'data');
  const user = process.getuid?.() === 0 ? await idsOf('postgres') : undefined;
  if (user !== undefined) await chown(directory, user.uid, user.gid);
  const call = (program: string, ...args: readonly string[]) =>
    run(path.join(bin, program), args, { cwd: directory, ...user });
  await call('initdb', '-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync');
  const port = await freePort();
  const options = `-p ${port} -h 127.0.0.1 -k ${directory} -F`;
  const log = path.join(directory, 'log');
  const start = async (): Promise<void> => {
    await call('pg_ctl', '-D', data, '-o', options, '-l', log, '-w', 'start');
  };
  const stop = async (): Promise<void> => {
    await call('pg_ctl', '-D', data, '-m', 'immediate', '-w', 'stop');
  };
  await start();
  onTestFinished(() => stop().catch(() => undefined));
  return { url: `postgresql://postgres@127.0.0.1:${port}/troupe`, start, stop };
}

async function idsOf(name: string): Promise<{ uid: number; gid: number }> {
  const ask = async (flag: string): Promise<number> => Number((await run('id', [flag, name])).stdout);
  return { uid: await ask('-u'), gid: await ask('-g') };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

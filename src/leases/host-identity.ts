import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { ConfigError } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import { uuidV7 } from '../util/uuid-v7.ts';
import type { LeaseHolder } from './lease-store.ts';

/** Who this process is among the hosts on one database. */
export interface HostIdentity {
  readonly holder: LeaseHolder;
  /** Lets the next process be the same host. */
  release(): void;
}

/** What {@link openHostIdentity} works with. */
export interface HostIdentityTools {
  /** Holds the host's id; made, with its folder, when there is none. Beside it is the lock, with `.lock` at its end. */
  readonly file: string;
  /**
   * Takes the lock that a file stands for, for as long as the process lives.
   *
   * @returns undefined while somebody else has it
   */
  readonly takeLock: (file: string) => { readonly fileId: string; release(): void } | undefined;
  readonly logger: Logger;
  /** Tells one start of the machine from another; empty where it does not say. Default: what Linux says. */
  readonly readBootId?: () => Promise<string>;
}

/**
 * Finds out which host this is: the one whose id stands in the file, if nobody else is that one now. Whoever has the lock
 * knows that every earlier process with this id is gone, as long as it had the same lock of the same file since the same
 * start of the machine: that is its proof.
 *
 * A second process beside the first, or one whose folder cannot be written, is a host of its own without proof.
 *
 * @throws {ConfigError} when the file holds anything else
 */
export async function openHostIdentity(tools: HostIdentityTools): Promise<HostIdentity> {
  const { file, takeLock, logger, readBootId = bootIdOfLinux } = tools;
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    const lock = takeLock(`${file}.lock`);
    if (lock === undefined) {
      logger.info('another host runs with this HOST_ID_FILE; this one is a host of its own beside it', {
        file,
      });
      return { holder: holderOf(randomUUID(), ''), release: () => undefined };
    }
    try {
      const hostId = (await readId(file)) ?? (await makeId(file));
      const bootId = await readBootId();
      const proof = bootId === '' ? '' : `${bootId}:${lock.fileId}`;
      return {
        holder: holderOf(hostId, proof),
        release: () => {
          lock.release();
        },
      };
    } catch (error) {
      lock.release();
      throw error;
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    logger.info('HOST_ID_FILE cannot be used; after a crash the bots start some seconds later', {
      file,
      error,
    });
    return { holder: holderOf(randomUUID(), ''), release: () => undefined };
  }
}

function holderOf(hostId: string, proof: string): LeaseHolder {
  return { hostId, processId: uuidV7(Date.now()), proof, hostName: `${hostname()} (process ${process.pid})` };
}

/** The id in the file; undefined when there is none. */
async function readId(file: string): Promise<string | undefined> {
  const content = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  });
  const id = content.trim();
  if (id === '') return undefined;
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return id;
  throw new ConfigError(
    `HOST_ID_FILE: ${file} holds something else than the id of a host; name a file for it alone, or remove this one`,
  );
}

/** Whole or not at all; the lock keeps others away. */
async function makeId(file: string): Promise<string> {
  const id = randomUUID();
  const draft = `${file}.${process.pid}`;
  try {
    await writeFile(draft, `${id}\n`, { mode: 0o600 });
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
  return id;
}

async function bootIdOfLinux(): Promise<string> {
  const id = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return id.trim();
}

import type { DatabaseConfig } from '../config/database-url.ts';
import { InputError } from '../errors.ts';
import { openWritingClient, UNHURRIED, withoutTimeouts } from './dump-client.ts';
import { liveHosts, type LiveHost } from './dump-contents.ts';
import { telling } from './dump-trouble.ts';
import type { Dump } from './dump.ts';
import type { Prisma } from './generated/sqlite/client.ts';
import { type RestoredRows, restoreRows, type RestoreRowsOptions } from './restore-rows.ts';

type Provider = DatabaseConfig['provider'];

/**
 * Replaces what a database holds by a dump: all of it or, after a failure, nothing. The schema has to be up to date. No
 * host starts meanwhile, and nobody else writes.
 *
 * @throws {InputError} when a host is running on it, or a row does not fit
 * @throws {TroupeError} when the database refuses something
 */
export async function restoreDatabase(
  database: DatabaseConfig,
  dump: Dump,
  options: Omit<RestoreRowsOptions, 'provider'>,
): Promise<RestoredRows> {
  const { provider } = database;
  return telling(database, async () => {
    const opened = await openWritingClient(database);
    try {
      // On MySQL this level locks also what is not there yet.
      const isolation = provider === 'mysql' ? { isolationLevel: 'RepeatableRead' as never } : {};
      return await opened.client.$transaction(
        async (transaction) => {
          await withoutTimeouts(transaction, provider);
          await keepOthersOut(transaction, provider);
          refuseRunningHosts(await liveHosts(transaction, provider));
          return restoreRows(transaction, dump, { ...options, provider });
        },
        { ...UNHURRIED, ...isolation },
      );
    } finally {
      await opened.close();
    }
  });
}

/** @throws {InputError} when a host is running on a database that is to be replaced */
export function refuseRunningHosts(hosts: readonly LiveHost[]): void {
  if (hosts.length === 0) return;
  throw new InputError(`a host is running on this database: ${hostsInWords(hosts)}; nothing was changed`, {
    remedy:
      'Stop it first. After a crash its leases run out within seconds: npm run db -- status shows when they have.',
  });
}

/** Which hosts, and how many bots each runs. */
export function hostsInWords(hosts: readonly LiveHost[]): string {
  return hosts.map(({ name, bots }) => `${name} (${bots === 1 ? '1 bot' : `${bots} bots`})`).join(', ');
}

/** SQLite's writers are alone anyhow. A host that starts claims leases first, and waits for these locks. */
async function keepOthersOut(transaction: Prisma.TransactionClient, provider: Provider): Promise<void> {
  if (provider === 'postgresql') {
    await transaction.$executeRawUnsafe('LOCK TABLE bot_leases, agents, exchanges IN EXCLUSIVE MODE');
  }
  if (provider === 'mysql') {
    await transaction.$queryRawUnsafe('SELECT agent_id FROM bot_leases FOR UPDATE');
    await transaction.$queryRawUnsafe('SELECT id FROM agents FOR UPDATE');
  }
}

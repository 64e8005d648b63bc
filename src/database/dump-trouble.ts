import type { DatabaseConfig } from '../config/database-url.ts';
import { TroupeError, UnavailableError } from '../errors.ts';
import { isUnavailable } from './database-errors.ts';
import { describeDatabase } from './open-client.ts';

/** Errors of Prisma's client and adapters, which can hold what users wrote. */
const OF_DATABASES = /^(PrismaClient|DriverAdapter)/;

/**
 * Does something with a database and has its errors told in words.
 *
 * @throws {UnavailableError} when it cannot be used now
 * @throws {TroupeError} when it refuses something
 */
export async function telling<Result>(
  database: DatabaseConfig,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TroupeError) throw error;
    const place = describeDatabase(database);
    if (isUnavailable(error)) {
      throw new UnavailableError(`the database ${place} cannot be used now: ${reasonOf(error)}`);
    }
    if (!(error instanceof Error) || !OF_DATABASES.test(error.name)) throw error;
    throw new TroupeError(`the database ${place} refused it: ${reasonOf(error)}`);
  }
}

/** The reason alone: what stands before it in an error of Prisma's client can hold what users wrote. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : '';
  return text.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
}

import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { DatabaseProvider } from './render-schema.ts';

/** A change of the schema, as Prisma Migrate keeps it. */
export interface Migration {
  /** The name of its folder, which sorts by time. */
  readonly name: string;
  readonly sql: string;
}

/** Where the migrations of a database are. */
export function migrationsFolder(provider: DatabaseProvider): string {
  return path.join(import.meta.dirname, '../../prisma', provider, 'migrations');
}

/**
 * Reads migrations, oldest first.
 *
 * @param folder - with a folder for each migration, and a `migration.sql` in it
 */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => ({
      name,
      sql: await readFile(path.join(folder, name, 'migration.sql'), 'utf8'),
    })),
  );
}

/** Single statements: Prisma's migrations end each with a semicolon at the end of a line. */
export function statementsOf({ sql }: Migration): string[] {
  return sql
    .split(/;[ \t]*(?:\r?\n|$)/)
    .map((statement) => statement.replaceAll(/^\s*--.*$/gm, '').trim())
    .filter((statement) => statement !== '');
}

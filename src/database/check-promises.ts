import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { DatabaseConfig } from '../config/database-url.ts';
import type { Incidents } from '../recovery/incidents.ts';
import { databaseReasonOf } from './database-errors.ts';
import type { PrismaClient } from './generated/sqlite/client.ts';
import { migrationStatus } from './migration-status.ts';
import { keyIdOf } from './secret-cipher.ts';
import { parseSecretKeys } from './secret-key.ts';
import type { SecretBox } from './secret-box.ts';
import { surveySecrets } from './secret-survey.ts';
import type { Statements } from './statements.ts';

/** What {@link checkPromises} looks at. */
export interface PromisesTools {
  readonly database: DatabaseConfig;
  readonly statements: Statements;
  readonly client: PrismaClient;
  readonly box: SecretBox;
  /** Undefined where the key does not come from a file. */
  readonly keyFile: string | undefined;
  readonly incidents: Incidents;
}

/**
 * Looks whether what a running host rests on is still there and still the same: the file of the database, its tables in
 * the form of this version, and the key. What is not is told, and no more.
 *
 * @returns the look
 */
export function checkPromises(tools: PromisesTools): () => Promise<void> {
  const { database } = tools;
  const file = database.provider === 'sqlite' ? database.file : undefined;
  const opened = file === undefined ? undefined : fileId(file);
  return async () => {
    if (file !== undefined && fileId(file) !== opened) {
      tools.incidents.report('database', 'file-replaced', {
        error: `the file ${file} is not the one that was opened`,
      });
      return;
    }
    await checkSchema(tools);
    await checkKey(tools);
  };
}

/** What tells one file from another that has its name. */
function fileId(file: string): string | undefined {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found && `${found.dev} ${found.ino}`;
}

async function checkSchema({ statements, incidents }: PromisesTools): Promise<void> {
  try {
    await statements.rows('SELECT id FROM exchanges WHERE id = ?', ['']);
  } catch (error) {
    if (databaseReasonOf(error) !== 'schema-gone') throw error;
    incidents.report('database', 'schema-gone', { error: 'the table exchanges is gone' });
    return;
  }
  const { unknown, pending } = await migrationStatus(statements);
  const [stranger] = unknown;
  const [missing] = pending;
  if (stranger !== undefined) {
    const error = `it has a migration that this version does not know: ${stranger}`;
    incidents.report('database', 'newer-schema', { error });
  } else if (missing !== undefined) {
    incidents.report('database', 'schema-gone', { error: `it lacks the migration ${missing}` });
  }
}

/** The file is read before and after: it may be changed, by a rotation, while the database is read. */
async function checkKey({ client, box, keyFile, incidents }: PromisesTools): Promise<void> {
  if (keyFile === undefined) return;
  const before = await keysIn(keyFile, incidents);
  if (before === undefined) return;
  const { byKey } = await surveySecrets(client, box);
  const after = await keysIn(keyFile, incidents);
  if (after?.join() !== before.join() || byKey.size === 0) return;
  incidents.recovered('secrets');
  if (after.some((id) => byKey.has(id))) return;
  const error = `the key in ${keyFile} opens none of the tokens and keys in the database`;
  incidents.report('secrets', 'key-replaced', { error });
}

/** The ids of the keys in the file; undefined, and told, when it cannot be used. */
async function keysIn(file: string, incidents: Incidents): Promise<string[] | undefined> {
  try {
    return parseSecretKeys(await readFile(file, 'utf8'), file).map(keyIdOf);
  } catch {
    incidents.report('secrets', 'key-gone', {
      error: `SECRET_KEY_FILE: ${file} cannot be used any more; restore it`,
    });
    return undefined;
  }
}

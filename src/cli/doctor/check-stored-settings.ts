import { randomBytes } from 'node:crypto';
import { loadConfig } from '../../config/config.ts';
import type { Environment } from '../../config/environment.ts';
import { checkStored } from '../../config/runtime-config.ts';
import { withStored } from '../../config/sources.ts';
import { openDatabase } from '../../database/open-database.ts';
import { silentLogger } from '../../observability/logger.ts';
import type { CheckedSettings } from './check-settings.ts';
import { type Finding, ok, warning } from './finding.ts';

/** The runtime settings as far as they can be used. */
export interface CheckedStored {
  /** None where nothing is stored. */
  readonly findings: readonly Finding[];
  /** The settings with them above the rest. */
  readonly env: Environment;
}

/**
 * Reads the runtime settings of a database that is there and up to date: which cannot be used, and what the others give
 * cause to warn of.
 *
 * @param cwd - the folder in which relative paths begin
 * @throws {TroupeError} when the database cannot be used
 */
export async function checkStoredSettings(
  { env, config }: Pick<CheckedSettings, 'env' | 'config'>,
  cwd: string,
): Promise<CheckedStored> {
  const stored = await readStored(config);
  const { values, problems } = checkStored(stored);
  const all = withStored(env, values);
  const known = new Set(config.warnings);
  const warnings = loadConfig(all, { cwd }).warnings.filter((sentence) => !known.has(sentence));
  // Each says what to do.
  const doubts = [...problems.values(), ...warnings].map((text) => warning('runtime settings', text, ''));
  if (doubts.length > 0 || stored.size === 0) return { findings: doubts, env: all };
  return { findings: [ok('runtime settings', 'all of them are valid')], env: all };
}

async function readStored({
  database,
  secretKey: { file },
}: CheckedSettings['config']): Promise<ReadonlyMap<string, string>> {
  // None of them is secret: any key will do, and none is to be made.
  const opened = await openDatabase({
    database,
    secretKey: { key: randomBytes(32), file },
    logger: silentLogger,
  });
  await opened.close();
  return opened.settings.values;
}

import { existsSync } from 'node:fs';
import { type Config, loadConfig } from '../../config/config.ts';
import type { Environment } from '../../config/environment.ts';
import { isOpenToOthers, openToOthers } from '../../config/open-to-others.ts';
import { checkStored } from '../../config/runtime-config.ts';
import { withStored } from '../../config/sources.ts';
import { ConfigError, messageOf, TroupeError } from '../../errors.ts';
import type { OpenSettings } from '../open-store.ts';

/** Opens the runtime settings; called when the rest of the settings is found to be in order. */
export type OpenSettingsStore = () => Promise<Pick<OpenSettings, 'settings' | 'close'>>;

/** All settings that a host would have now, and what is wrong with them. */
export interface SettingsState {
  /** With the runtime settings above the rest. */
  readonly env: Environment;
  /** A line each. */
  readonly problems: readonly string[];
  /** A sentence each. */
  readonly warnings: readonly string[];
  /** Whether a setting is wrong. Otherwise, with problems: something else did not work. */
  readonly isWrong: boolean;
}

/** Puts everything together. Makes no database where there is none. */
export async function readState(
  env: Environment,
  cwd: string,
  openStore: OpenSettingsStore,
): Promise<SettingsState> {
  try {
    const config = loadConfig(env, { cwd });
    const { values, problems } = checkStored(await readStored(config, openStore));
    const all = withStored(env, values);
    const { warnings } = loadConfig(all, { cwd });
    return {
      env: all,
      problems: [],
      warnings: [...warnings, ...problems.values(), ...openKeyFile(config)],
      isWrong: false,
    };
  } catch (error) {
    if (!(error instanceof TroupeError)) throw error;
    const lines = `${messageOf(error)}${error.remedy === '' ? '' : `. ${error.remedy}`}`.split('\n');
    return { env, problems: lines, warnings: [], isWrong: error instanceof ConfigError };
  }
}

async function readStored(
  { database }: Config,
  openStore: OpenSettingsStore,
): Promise<ReadonlyMap<string, string>> {
  if (database.provider === 'sqlite' && !existsSync(database.file)) return new Map();
  const { settings, close } = await openStore();
  await close();
  return settings.values;
}

function openKeyFile({ secretKey }: Config): string[] {
  const isUsed = secretKey.key === undefined;
  return isUsed && isOpenToOthers(secretKey.file) ? [`SECRET_KEY_FILE: ${openToOthers(secretKey.file)}`] : [];
}

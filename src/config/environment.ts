import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'dotenv';

import { ConfigError, messageOf } from '../errors.ts';
import { isOpenToOthers, openToOthers } from './open-to-others.ts';
import { readSettingsFile } from './read-settings-file.ts';
import { ALL_SETTINGS } from './settings.ts';
import { type Origin, withSources } from './sources.ts';

/** Names and values as a process is given them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where {@link readEnvironment} looks. */
export interface EnvironmentSources {
  /** The directory whose `.env` and `config/` are read, if there are any. Default: the current one. */
  cwd?: string;
  /** The real variables. Default: this process's own. */
  real?: Environment;
}

/**
 * The variables of this process together with those of `.env` and, below them, what the settings file of this
 * environment (`config/<NODE_ENV>.yaml`) says. A real variable wins, also when it is empty, so that `NAME= npm start`
 * brings back a default. This is the only place that reads `process.env`, and nothing is written to it.
 *
 * What is wrong with the settings file is told by `loadConfig`, together with everything else.
 *
 * @throws ConfigError when `.env` exists and cannot be read
 */
export function readEnvironment({
  cwd = process.cwd(),
  real = process.env,
}: EnvironmentSources = {}): Environment {
  const dotenvFile = join(cwd, '.env');
  const dotenv = readDotenv(dotenvFile);
  const above = { ...dotenv, ...real };
  const file = readSettingsFile(above, cwd);
  const unsafe = [
    ...(holdsSecrets(dotenv) && isOpenToOthers(dotenvFile) ? ['.env'] : []),
    ...(holdsSecrets(file.values) && isOpenToOthers(file.path) ? [file.path] : []),
  ];
  const origins = [
    ...file.origins,
    ...Object.keys(dotenv).map((name): [string, Origin] => [name, { name: '.env' }]),
    ...Object.keys(real).map((name): [string, Origin] => [name, { name: 'environment' }]),
  ];
  return withSources(
    { ...file.values, ...above },
    {
      origins: new Map(origins),
      problems: file.problems,
      warnings: [...file.warnings, ...unsafe.map(openToOthers)],
    },
  );
}

function readDotenv(file: string): Environment {
  try {
    return parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw new ConfigError(`${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** Our secrets, a login in an address, and what agents' settings may name as a secret. */
function holdsSecrets(values: Environment): boolean {
  return Object.entries(values).some(([name, text = '']) => {
    if (text.trim() === '') return false;
    const setting = ALL_SETTINGS.get(name);
    if (setting === undefined) return /TOKEN|KEY|SECRET|PASSWORD/i.test(name);
    return setting.secret === 'yes' || (setting.secret === 'partly' && text.includes('@'));
  });
}

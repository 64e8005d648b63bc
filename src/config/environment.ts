import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'dotenv';

import { ConfigError, messageOf } from '../errors.ts';

/** Names and values as a process is given them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where {@link readEnvironment} looks. */
export interface EnvironmentSources {
  /** The directory whose `.env` is read, if there is one. Default: the current one. */
  cwd?: string;
  /** The real variables. Default: this process's own. */
  real?: Environment;
}

/**
 * The variables of this process together with those of `.env`; a real variable wins, also when it is empty, so
 * that `NAME= npm start` brings back a default. This is the only place that reads `process.env`, and nothing is
 * written to it.
 *
 * @throws ConfigError when `.env` exists and cannot be read
 */
export function readEnvironment({
  cwd = process.cwd(),
  real = process.env,
}: EnvironmentSources = {}): Environment {
  return Object.freeze({ ...readDotenv(join(cwd, '.env')), ...real });
}

function readDotenv(file: string): Environment {
  try {
    return parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw new ConfigError(`${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

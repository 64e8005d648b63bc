import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { messageOf } from '../errors.ts';
import type { Environment } from './environment.ts';
import { parseSettings } from './parse-settings.ts';
import { SETTINGS } from './settings.ts';
import { type Origin, textOf } from './sources.ts';

/** What the settings file of an environment says; nothing when there is none. */
export interface SettingsFile {
  /** Where it is, or would be. */
  readonly path: string;
  readonly values: Environment;
  readonly origins: ReadonlyMap<string, Origin>;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** Environments that everybody has, with a settings file or without. */
const USUAL = ['development', 'production', 'test'];

/**
 * Reads the settings file that `NODE_ENV` and `CONFIG_DIR` choose. A file that is not there sets nothing. Never
 * throws: what is wrong is among the problems.
 */
export function readSettingsFile(env: Environment, cwd: string): SettingsFile {
  const name = choose(env, cwd, 'NODE_ENV');
  const folder = choose(env, cwd, 'CONFIG_DIR');
  const file = path.join(path.resolve(cwd, folder), `${name}.yaml`);
  const shown = path.join(folder, `${name}.yaml`);
  const nothing: SettingsFile = { path: file, values: {}, origins: new Map(), problems: [], warnings: [] };
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch (error) {
    if (!isMissing(error)) return { ...nothing, problems: [`${shown} cannot be read: ${messageOf(error)}`] };
    return { ...nothing, warnings: missingWarnings({ env, cwd, folder, name, shown }) };
  }
  const { values, problems } = parseSettings(source, shown);
  const origins = [...values].map(([setting, { line, column }]): [string, Origin] => [
    setting,
    { name: `${shown}:${line}`, place: `${shown}:${line}:${column}` },
  ]);
  const texts = [...values].map(([setting, { text }]) => [setting, text]);
  return {
    ...nothing,
    values: Object.fromEntries(texts) as Environment,
    origins: new Map(origins),
    problems,
  };
}

/** The text of a setting that can be used; its default while it is wrong, which `loadConfig` tells. */
function choose(env: Environment, cwd: string, name: 'NODE_ENV' | 'CONFIG_DIR'): string {
  const text = textOf(env, name);
  return text !== '' && 'value' in SETTINGS[name].parser.read(text, cwd) ? text : SETTINGS[name].default;
}

function missingWarnings(look: {
  env: Environment;
  cwd: string;
  folder: string;
  name: string;
  shown: string;
}): string[] {
  const { env, cwd, folder, name, shown } = look;
  if (textOf(env, 'CONFIG_DIR') !== '' && !existsSync(path.resolve(cwd, folder))) {
    return [`CONFIG_DIR: there is no folder ${folder}; make it, or correct CONFIG_DIR`];
  }
  return USUAL.includes(name)
    ? []
    : [`NODE_ENV is ${name}, but there is no ${shown}; make it, or correct NODE_ENV`];
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

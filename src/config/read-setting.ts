import type { Environment } from './environment.ts';
import type { Parsed } from './parsers.ts';
import type { Setting } from './setting.ts';
import { ALL_SETTINGS, type SettingName, SETTINGS, type SettingValue } from './settings.ts';
import { sourcesOf, textOf } from './sources.ts';

/**
 * The value of a setting in an environment.
 *
 * @param problems - gets a line when it is wrong; its default stands in then, until the others are read as well
 */
export function readSetting<Name extends SettingName>(
  env: Environment,
  name: Name,
  cwd: string,
  problems: string[],
): SettingValue<Name> {
  const setting: Setting = SETTINGS[name];
  problems.push(...problemOf(env, name, cwd));
  const given = textOf(env, name);
  for (const text of [given, setting.default]) {
    const parsed = setting.parser.read(text === '' ? setting.default : text, cwd);
    if ('value' in parsed) return parsed.value as SettingValue<Name>;
  }
  throw new Error(`the default of ${name} is wrong`);
}

/** What is wrong with a setting in an environment, in no line or in one. A secret is not repeated. */
export function problemOf(env: Environment, name: string, cwd: string): string[] {
  const text = textOf(env, name);
  if (text === '') return [];
  const problem = problemWith(name, text, cwd);
  const place = sourcesOf(env).origins.get(name)?.place;
  return problem === undefined ? [] : [place === undefined ? problem : `${place}: ${problem}`];
}

/** What is wrong with this text for a setting; undefined when nothing is. A secret is not repeated. */
export function problemWith(name: string, text: string, cwd: string): string | undefined {
  const setting = ALL_SETTINGS.get(name);
  if (setting === undefined) return `there is no setting ${JSON.stringify(name)}`;
  const parsed: Parsed<unknown> = setting.parser.read(text, cwd);
  if ('value' in parsed) return undefined;
  const shown = setting.secret === undefined ? JSON.stringify(text) : 'the value (not shown)';
  return `${name}: ${shown} ${parsed.problem}; allowed: ${parsed.allowed ?? setting.parser.allowed}`;
}

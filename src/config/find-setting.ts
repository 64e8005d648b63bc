import { InputError } from '../errors.ts';
import { nearest } from '../util/nearest.ts';
import type { Setting } from './setting.ts';
import { ALL_SETTINGS } from './settings.ts';

/**
 * The name of a setting, whatever its case.
 *
 * @throws {InputError} when there is no such setting, with the one that was probably meant
 */
export function findSetting(word: string): string {
  const name = word.toUpperCase();
  if (ALL_SETTINGS.has(name)) return name;
  const meant = nearest(word, ALL_SETTINGS.keys());
  throw new InputError(
    `there is no setting ${JSON.stringify(word.slice(0, 64))}${meant === undefined ? '' : `; did you mean ${meant}?`}`,
    { remedy: 'npm run config shows them all.' },
  );
}

/** @throws {InputError} when the setting cannot change while a host runs */
export function refuseUnlessRuntime(name: string): void {
  const setting = ALL_SETTINGS.get(name);
  if (setting?.runtime === true) return;
  throw new InputError(`${name} cannot change while the host runs`, {
    remedy: setting === undefined ? '' : `Change it ${howToChange(name, setting)}.`,
  });
}

/** Where a setting is changed, and when that counts. */
export function howToChange(name: string, { runtime, environmentOnly }: Setting): string {
  if (environmentOnly === true) return 'in .env or the environment; read at start';
  if (runtime === undefined) return 'in the settings file, .env or the environment; read at start';
  return `while the host runs: npm run config -- set ${name} VALUE; or in the settings file, .env or the environment`;
}

import { redactShapes, REDACTED } from '../observability/secret-shapes.ts';
import type { Environment } from './environment.ts';
import { problemOf } from './read-setting.ts';
import type { Setting } from './setting.ts';
import { ALL_SETTINGS } from './settings.ts';
import { sourcesOf, textOf } from './sources.ts';

/** A setting as it is shown to a person or a program. */
export interface ListedSetting {
  readonly name: string;
  readonly setting: Setting;
  /** Its value without secrets; undefined: not set. */
  readonly shown: string | undefined;
  /** Where it came from: `default`, `config/production.yaml:3`, `.env`, `environment`, `database`. */
  readonly source: string;
  /** Whether it differs from the default. */
  readonly isChanged: boolean;
  /** Whether its text cannot be used. */
  readonly isWrong: boolean;
}

/** Every setting as it is in an environment, in the order of the registry. */
export function listSettings(env: Environment, cwd: string): ListedSetting[] {
  const { origins } = sourcesOf(env);
  return [...ALL_SETTINGS].map(([name, setting]) => {
    const text = textOf(env, name);
    const origin =
      text === '' ? storedOrigin(origins.get(name)?.name) : (origins.get(name)?.name ?? 'environment');
    const value = text === '' && origin === undefined ? setting.default : text;
    const isWrong = problemOf(env, name, cwd).length > 0;
    return {
      name,
      setting,
      shown: value === '' ? undefined : shownValue(value, setting, isWrong),
      source: origin ?? 'default',
      // An empty one in the database differs from what the environment says.
      isChanged: value !== setting.default || origin === 'database',
      isWrong,
    };
  });
}

/** An empty text counts in the database alone: it takes a limit away. */
function storedOrigin(origin: string | undefined): string | undefined {
  return origin === 'database' ? origin : undefined;
}

function shownValue(text: string, { secret }: Setting, isWrong: boolean): string {
  if (secret === 'yes' || (secret === 'partly' && isWrong)) return REDACTED;
  if (secret === undefined) return redactShapes(text);
  // Who logs in, and what may be a password among the parameters.
  const login = text.replace(/\/\/.*@/s, `//${REDACTED}@`);
  return redactShapes(login.replace(/\?.*$/s, `?${REDACTED}`));
}

import type { Environment } from './environment.ts';
import {
  PROVIDER_NAMES,
  PROVIDER_VARIABLES,
  type ProviderName,
  type ProviderVariables,
} from './provider-variables.ts';
import { problemOf } from './read-setting.ts';
import { providerAddress } from './settings.ts';
import { textOf } from './sources.ts';

/** The host's own key and address for one provider. */
export interface ProviderSetting {
  /** In what {@link readProviderSettings} makes it is not enumerable, so that printing or copying leaves it out. */
  readonly apiKey?: string | undefined;
  /** Without a slash at its end. */
  readonly baseUrl?: string | undefined;
}

/** What the host has for each provider; an agent may bring its own. */
export type ProviderSettings = Readonly<Partial<Record<ProviderName, ProviderSetting>>>;

/**
 * Picks the providers' keys and addresses out of an environment. A variable that is blank counts as not set.
 *
 * @param problems - gets a line for each address that is wrong; neither it nor a key is repeated there
 */
export function readProviderSettings(env: Environment, problems: string[]): ProviderSettings {
  const settings: Partial<Record<ProviderName, ProviderSetting>> = {};
  for (const provider of PROVIDER_NAMES) {
    const { keys, baseUrl }: ProviderVariables = PROVIDER_VARIABLES[provider];
    const apiKey = keys.map((name) => textOf(env, name)).find((key) => key !== '');
    const address = baseUrl === undefined ? undefined : readAddress(env, baseUrl, problems);
    if (apiKey === undefined && address === undefined) continue;
    const setting = address === undefined ? {} : { baseUrl: address };
    settings[provider] =
      apiKey === undefined ? setting : Object.defineProperty(setting, 'apiKey', { value: apiKey });
  }
  return settings;
}

function readAddress(env: Environment, name: string, problems: string[]): string | undefined {
  const parsed = providerAddress.read(textOf(env, name), '');
  if ('value' in parsed) return parsed.value;
  problems.push(...problemOf(env, name, ''));
  return undefined;
}

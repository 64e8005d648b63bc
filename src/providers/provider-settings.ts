import { PRESETS, PROVIDER_NAMES, type ProviderName } from './presets.ts';

/** The host's own key and address for one provider. */
export interface ProviderSetting {
  readonly apiKey?: string | undefined;
  readonly baseUrl?: string | undefined;
}

/** What the host has for each provider; an agent may bring its own. */
export type ProviderSettings = Readonly<Partial<Record<ProviderName, ProviderSetting>>>;

/** Picks the providers' keys and addresses out of an environment. A variable that is blank counts as not set. */
export function readProviderSettings(env: Readonly<Record<string, string | undefined>>): ProviderSettings {
  const read = (name: string): string | undefined => {
    const text = env[name]?.trim() ?? '';
    return text === '' ? undefined : text;
  };
  const settings: Partial<Record<ProviderName, ProviderSetting>> = {};
  for (const provider of PROVIDER_NAMES) {
    const { keyVariables, baseUrlVariable } = PRESETS[provider];
    const apiKey = keyVariables.map(read).find((key) => key !== undefined);
    const baseUrl = baseUrlVariable === undefined ? undefined : read(baseUrlVariable);
    if (apiKey !== undefined || baseUrl !== undefined) settings[provider] = { apiKey, baseUrl };
  }
  return settings;
}

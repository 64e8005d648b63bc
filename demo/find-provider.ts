import type { Environment } from '../src/config/environment.ts';
import {
  PROVIDER_NAMES,
  PROVIDER_VARIABLES,
  type ProviderVariables,
} from '../src/config/provider-variables.ts';
import { PRESETS } from '../src/providers/presets.ts';

/** What an LLM agent of the demo speaks with. */
export interface FoundProvider {
  /** As an agent's config has them. */
  readonly provider: string;
  readonly model: string;
  /** The variables that the host needs for it, and no others. */
  readonly env: Readonly<Record<string, string>>;
}

/** The first provider that the environment has a key for, with its default model; undefined where there is none. */
export function findProvider(env: Environment): FoundProvider | undefined {
  for (const provider of PROVIDER_NAMES) {
    const { keys, baseUrl }: ProviderVariables = PROVIDER_VARIABLES[provider];
    const model = PRESETS[provider].defaultModel;
    const key = keys.find((name) => isSet(env[name]));
    if (key === undefined || model === undefined) continue;
    const names = [key, ...(baseUrl === undefined ? [] : [baseUrl])];
    const given = names.map((name) => [name, env[name]] as const).filter(([, value]) => isSet(value));
    return { provider, model, env: Object.fromEntries(given) as Record<string, string> };
  }
  return undefined;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value.trim() !== '';
}

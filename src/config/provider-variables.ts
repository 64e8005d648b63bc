/** The environment variables of one provider. */
export interface ProviderVariables {
  /** Those that may hold its key; the first that is set counts. None: it works without a key. */
  readonly keys: readonly string[];
  /** The one that may hold another address for it; undefined where every agent names an address of its own. */
  readonly baseUrl: string | undefined;
}

/** The variables of every provider, by the name that an agent's settings give it. */
export const PROVIDER_VARIABLES = {
  openai: { keys: ['OPENAI_API_KEY'], baseUrl: 'OPENAI_BASE_URL' },
  anthropic: { keys: ['ANTHROPIC_API_KEY'], baseUrl: 'ANTHROPIC_BASE_URL' },
  perplexity: { keys: ['PERPLEXITY_API_KEY'], baseUrl: 'PERPLEXITY_BASE_URL' },
  xai: { keys: ['XAI_API_KEY'], baseUrl: 'XAI_BASE_URL' },
  gemini: { keys: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'], baseUrl: 'GEMINI_BASE_URL' },
  'openai-compatible': { keys: [], baseUrl: undefined },
} as const satisfies Record<string, ProviderVariables>;

/** A provider's name, as an agent's settings give it. */
export type ProviderName = keyof typeof PROVIDER_VARIABLES;

/** Every provider's name, in the order in which they are shown. */
export const PROVIDER_NAMES = Object.keys(PROVIDER_VARIABLES) as [ProviderName, ...ProviderName[]];

/** Whether there is a provider of this name. */
export function isProviderName(name: string): name is ProviderName {
  return Object.hasOwn(PROVIDER_VARIABLES, name);
}

/** Every variable of every provider. */
export const PROVIDER_VARIABLE_NAMES: readonly string[] = Object.values<ProviderVariables>(
  PROVIDER_VARIABLES,
).flatMap(({ keys, baseUrl }) => (baseUrl === undefined ? keys : [...keys, baseUrl]));

/** How a provider is spoken to. */
export type Protocol = 'openai' | 'anthropic';

/** What is known of a provider. */
export interface Preset {
  readonly protocol: Protocol;
  /** Where it is reached; undefined where every agent names an address of its own. */
  readonly baseUrl: string | undefined;
  /** Environment variables that may hold its key; the first that is set counts. None: works without a key. */
  readonly keyVariables: readonly string[];
  /** Environment variable that may hold another address for it. */
  readonly baseUrlVariable: string | undefined;
  /** What an agent that names no model speaks with; undefined where it must name one. */
  readonly defaultModel: string | undefined;
  /** Where a key is made. */
  readonly keyPage: string;
  /** Where the models and their names are listed. */
  readonly modelPage: string;
}

/**
 * Every provider by the name that an agent's settings give it. Which parameters a model takes is told by
 * `model-traits.ts`.
 */
export const PRESETS = {
  openai: {
    protocol: 'openai',
    baseUrl: 'https://api.openai.com/v1',
    keyVariables: ['OPENAI_API_KEY'],
    baseUrlVariable: 'OPENAI_BASE_URL',
    defaultModel: 'gpt-4o',
    keyPage: 'https://platform.openai.com/api-keys',
    modelPage: 'https://platform.openai.com/docs/models',
  },
  anthropic: {
    protocol: 'anthropic',
    baseUrl: 'https://api.anthropic.com',
    keyVariables: ['ANTHROPIC_API_KEY'],
    baseUrlVariable: 'ANTHROPIC_BASE_URL',
    // Goes on with an answer that was begun and does not think unasked, which small token limits need.
    defaultModel: 'claude-haiku-4-5',
    keyPage: 'https://platform.claude.com/settings/keys',
    modelPage: 'https://platform.claude.com/docs/en/about-claude/models/overview',
  },
  perplexity: {
    protocol: 'openai',
    baseUrl: 'https://api.perplexity.ai',
    keyVariables: ['PERPLEXITY_API_KEY'],
    baseUrlVariable: 'PERPLEXITY_BASE_URL',
    defaultModel: 'sonar',
    keyPage: 'https://www.perplexity.ai/account/api',
    modelPage: 'https://docs.perplexity.ai/getting-started/models',
  },
  xai: {
    protocol: 'openai',
    baseUrl: 'https://api.x.ai/v1',
    keyVariables: ['XAI_API_KEY'],
    baseUrlVariable: 'XAI_BASE_URL',
    defaultModel: 'grok-4',
    keyPage: 'https://console.x.ai',
    modelPage: 'https://docs.x.ai/docs/models',
  },
  gemini: {
    protocol: 'openai',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    keyVariables: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
    baseUrlVariable: 'GEMINI_BASE_URL',
    defaultModel: 'gemini-2.5-flash',
    keyPage: 'https://aistudio.google.com/apikey',
    modelPage: 'https://ai.google.dev/gemini-api/docs/models',
  },
  'openai-compatible': {
    protocol: 'openai',
    baseUrl: undefined,
    keyVariables: [],
    baseUrlVariable: undefined,
    defaultModel: undefined,
    keyPage: 'the server',
    modelPage: 'those that the server lists',
  },
} as const satisfies Record<string, Preset>;

/** A provider's name, as an agent's settings give it. */
export type ProviderName = keyof typeof PRESETS;

/** Every provider's name, in the order in which they are shown. */
export const PROVIDER_NAMES = Object.keys(PRESETS) as readonly ProviderName[];

/** Whether there is a provider of this name. */
export function isProviderName(name: string): name is ProviderName {
  return Object.hasOwn(PRESETS, name);
}

import { PROVIDER_VARIABLES, type ProviderName } from '../config/provider-variables.ts';

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
    keyVariables: PROVIDER_VARIABLES.openai.keys,
    baseUrlVariable: PROVIDER_VARIABLES.openai.baseUrl,
    defaultModel: 'gpt-4o',
    keyPage: 'https://platform.openai.com/api-keys',
    modelPage: 'https://platform.openai.com/docs/models',
  },
  anthropic: {
    protocol: 'anthropic',
    baseUrl: 'https://api.anthropic.com',
    keyVariables: PROVIDER_VARIABLES.anthropic.keys,
    baseUrlVariable: PROVIDER_VARIABLES.anthropic.baseUrl,
    // Goes on with an answer that was begun and does not think unasked, which small token limits need.
    defaultModel: 'claude-haiku-4-5',
    keyPage: 'https://platform.claude.com/settings/keys',
    modelPage: 'https://platform.claude.com/docs/en/about-claude/models/overview',
  },
  perplexity: {
    protocol: 'openai',
    baseUrl: 'https://api.perplexity.ai',
    keyVariables: PROVIDER_VARIABLES.perplexity.keys,
    baseUrlVariable: PROVIDER_VARIABLES.perplexity.baseUrl,
    defaultModel: 'sonar',
    keyPage: 'https://www.perplexity.ai/account/api',
    modelPage: 'https://docs.perplexity.ai/getting-started/models',
  },
  xai: {
    protocol: 'openai',
    baseUrl: 'https://api.x.ai/v1',
    keyVariables: PROVIDER_VARIABLES.xai.keys,
    baseUrlVariable: PROVIDER_VARIABLES.xai.baseUrl,
    defaultModel: 'grok-4',
    keyPage: 'https://console.x.ai',
    modelPage: 'https://docs.x.ai/docs/models',
  },
  gemini: {
    protocol: 'openai',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    keyVariables: PROVIDER_VARIABLES.gemini.keys,
    baseUrlVariable: PROVIDER_VARIABLES.gemini.baseUrl,
    defaultModel: 'gemini-2.5-flash',
    keyPage: 'https://aistudio.google.com/apikey',
    modelPage: 'https://ai.google.dev/gemini-api/docs/models',
  },
  'openai-compatible': {
    protocol: 'openai',
    baseUrl: undefined,
    keyVariables: PROVIDER_VARIABLES['openai-compatible'].keys,
    baseUrlVariable: PROVIDER_VARIABLES['openai-compatible'].baseUrl,
    defaultModel: undefined,
    keyPage: 'the server',
    modelPage: 'those that the server lists',
  },
} as const satisfies Record<ProviderName, Preset>;

import type { ApiName } from './recorded-request.ts';

/** A model that the stand-in serves. */
export interface Model {
  readonly name: string;
  readonly api: ApiName;
  /** Tokens of prompt and answer together. */
  readonly contextWindow: number;
  /** The largest token limit that may be asked for. */
  readonly maxOutput: number;
  /** OpenAI: which parameter carries the token limit. */
  readonly parameterStyle: 'either' | 'max_tokens' | 'max_completion_tokens';
  /** Whether a temperature other than the default is refused. */
  readonly refusesTemperature: boolean;
  readonly vision: boolean;
  /** Anthropic: whether the conversation may end with the beginning of the answer. */
  readonly prefill: boolean;
  /** Anthropic: whether `system` may be a role inside `messages`. */
  readonly systemMessages: boolean;
  /** OpenAI: whether `user` and `assistant` must take turns, as Perplexity and many local models want it. */
  readonly alternates: boolean;
}

/** A model to add: its name, and what differs from a usual one of that API (OpenAI's when left out). */
export type ModelInit = Pick<Model, 'name'> & Partial<Model>;

/** What a model is when nobody says otherwise. */
export const USUAL_MODEL = {
  api: 'openai',
  contextWindow: 128_000,
  maxOutput: 16_384,
  parameterStyle: 'either',
  refusesTemperature: false,
  vision: true,
  prefill: true,
  systemMessages: false,
  alternates: false,
} as const satisfies Omit<Model, 'name'>;

const reasoning = {
  contextWindow: 200_000,
  maxOutput: 100_000,
  parameterStyle: 'max_completion_tokens',
  refusesTemperature: true,
} as const;
const claude = { api: 'anthropic', contextWindow: 200_000, maxOutput: 64_000 } as const;
// From 4.6 on the conversation must end with the user; from 4.7 on sampling parameters are refused; from 4.8 on
// `system` is a role (platform.claude.com/docs/en/about-claude/models/migration-guide).
const claude46 = { ...claude, contextWindow: 1_000_000, prefill: false } as const;
const claude47 = { ...claude46, maxOutput: 128_000, refusesTemperature: true } as const;
const claude48 = { ...claude47, systemMessages: true } as const;

/** The models that every stand-in serves from the start: one or two of each kind. */
export const USUAL_MODELS: readonly ModelInit[] = [
  { name: 'gpt-4o' },
  { name: 'gpt-4o-mini' },
  { name: 'gpt-4.1', contextWindow: 1_047_576, maxOutput: 32_768 },
  { name: 'gpt-3.5-turbo', contextWindow: 16_385, maxOutput: 4_096, vision: false },
  { name: 'o3-mini', ...reasoning, vision: false },
  { name: 'o3', ...reasoning },
  { name: 'gpt-5', ...reasoning, contextWindow: 400_000, maxOutput: 128_000 },
  { name: 'gpt-5-mini', ...reasoning, contextWindow: 400_000, maxOutput: 128_000 },
  { name: 'sonar', alternates: true },
  { name: 'grok-4', contextWindow: 256_000 },
  { name: 'gemini-2.5-flash', contextWindow: 1_048_576, maxOutput: 65_536 },
  { name: 'claude-haiku-4-5', ...claude },
  { name: 'claude-sonnet-4-5', ...claude },
  { name: 'claude-opus-4-5', ...claude },
  { name: 'claude-sonnet-4-6', ...claude46 },
  { name: 'claude-opus-4-7', ...claude47 },
  { name: 'claude-opus-4-8', ...claude48 },
  { name: 'claude-sonnet-5-5', ...claude48 },
];

/** The models that a stand-in serves. */
export class Models {
  readonly #models = new Map<string, Model>();

  constructor() {
    for (const init of USUAL_MODELS) this.add(init);
  }

  /** Adds a model, or replaces the one of that name and API. */
  add(init: ModelInit): Model {
    const model: Model = { ...USUAL_MODEL, ...init };
    this.#models.set(`${model.api} ${model.name}`, model);
    return model;
  }

  find(api: ApiName, name: string): Model | undefined {
    return this.#models.get(`${api} ${name}`);
  }

  of(api: ApiName): Model[] {
    return [...this.#models.values()].filter((model) => model.api === api);
  }
}

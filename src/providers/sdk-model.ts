import type { LearnedTraits } from './learned-traits.ts';
import type { ResolvedModel } from './resolve-model.ts';

/** What a model that is asked through an SDK works with. */
export interface SdkModelTools {
  readonly traits: LearnedTraits;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** How requests are sent. Default: the platform's. */
  readonly fetch?: typeof fetch | undefined;
}

/** The model to ask, and what it works with. */
export interface SdkModelOptions extends SdkModelTools {
  readonly target: ResolvedModel;
}

/**
 * An event without text: something came, if only a thought. It keeps `withDeadlines` from taking the model
 * for idle, and goes no further than that.
 */
export const SIGN_OF_LIFE = { kind: 'text', text: '' } as const;

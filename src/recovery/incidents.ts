import type { RecoveryAction } from './incident.ts';
import type { Area, ReasonOf } from './policy.ts';

/** What is known of a failure besides its kind. */
export interface FailureDetails {
  /** Which one of several, such as the provider: `openai`. */
  readonly of?: string | undefined;
  /** Whose it is; undefined: the host's. */
  readonly agentId?: string | undefined;
  /** What went wrong, in words or as an error. Secrets are taken out of it. */
  readonly error?: unknown;
  /** What was done, where that is not what the policy says: the next thing after a retry, say. */
  readonly action?: RecoveryAction;
  /** Whether it helped, where that is known at once. */
  readonly helped?: boolean;
}

/** What is over. */
export interface RecoveredDetails {
  readonly of?: string | undefined;
  readonly agentId?: string | undefined;
  /** Only these. Default: whatever failed there. */
  readonly reasons?: readonly string[];
}

/**
 * Is told of failures that something was done about. Returns at once and never throws; what is told is written down
 * later.
 */
export interface Incidents {
  /** It happened, or happened again. */
  report<A extends Area>(area: A, reason: ReasonOf<A>, details?: FailureDetails): void;
  /** It works: what was done helped. Costs next to nothing where nothing had failed. */
  recovered(area: Area, details?: RecoveredDetails): void;
  /** An agent runs here no more: nobody will know how it went on. */
  forget(agentId: string): void;
}

/** Takes note of nothing: where no host runs. */
export const NO_INCIDENTS: Incidents = {
  report: () => undefined,
  recovered: () => undefined,
  forget: () => undefined,
};

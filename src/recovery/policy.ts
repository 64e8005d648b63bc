import type { BackOff } from '../util/back-off.ts';
import type { RecoveryAction, Severity } from './incident.ts';
import { AGENT_RULES } from './rules-agents.ts';
import { DISCORD_RULES } from './rules-discord.ts';
import { HOST_RULES } from './rules-host.ts';

/** What is done about one kind of failure, and why. */
export interface Rule {
  readonly severity: Severity;
  readonly action: RecoveryAction;
  /** What happens, and for what reason: a sentence for the operator. */
  readonly because: string;
  /** Between two tries, in milliseconds; undefined where it is not tried again by the clock. */
  readonly backOff?: BackOff;
  /**
   * When its incident is over without a word: after so many milliseconds in which it did not happen again. Undefined: it
   * lasts until somebody says that it is over.
   */
  readonly quiet?: number;
  /** What the operator has to do, where the host stops over it. */
  readonly remedy?: string;
  /** With what the process ends, where the host stops over it. */
  readonly exitCode?: number;
}

/** Every kind of failure that there is, by the part that fails: the one place where it is decided what is done. */
export const POLICY = { ...DISCORD_RULES, ...AGENT_RULES, ...HOST_RULES } as const satisfies Readonly<
  Record<string, Readonly<Record<string, Rule>>>
>;

/** A part that can fail. */
export type Area = keyof typeof POLICY;

/** The ways in which a part can fail. */
export type ReasonOf<A extends Area> = keyof (typeof POLICY)[A] & string;

/** What is done about a failure. */
export function policyOf<A extends Area>(area: A, reason: ReasonOf<A>): Rule {
  return (POLICY[area] as unknown as Record<string, Rule>)[reason] ?? DEFECT;
}

/** Whether the same may succeed a little later, and is tried again by itself. */
export function isRetried<A extends Area>(area: A, reason: ReasonOf<A>): boolean {
  return policyOf(area, reason).action === 'retry';
}

/** Cannot be reached from typed code. */
const DEFECT: Rule = { severity: 'persistent', action: 'degrade', because: 'nobody has decided about it' };

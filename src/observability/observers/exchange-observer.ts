/** Where the time of an answer goes: waiting for its turn, for the agent, for what is left to deliver after that. */
export type AnswerPhase = 'waiting' | 'model' | 'delivery';

/** Hears what becomes of exchanges. Must not throw, and costs next to nothing: every answer passes here. */
export interface ExchangeObserver {
  /**
   * An exchange ended, was set aside (`dead-letter`) or is not answered (`ignored`).
   *
   * @param reason - a code; undefined where the outcome says it all
   */
  ended(agentId: string, outcome: string, reason: string | undefined): void;
  /** A part of an answer took so many milliseconds. */
  took(phase: AnswerPhase, ms: number): void;
}

/** Nobody listens. */
export const UNOBSERVED: ExchangeObserver = { ended: () => undefined, took: () => undefined };

/** What an input guard found in a question. */
export interface GuardFinding {
  readonly agentId: string;
  readonly exchangeId: string;
  readonly userId: string;
  /** The rule's name. */
  readonly rule: string;
  /** What was done about it: recorded only, or the question was not answered. */
  readonly action: 'warned' | 'blocked';
  /** Where it was found: in the text, in a file, in the message replied to, … */
  readonly source: string;
  readonly at: Date;
}

/** The record of what input guards did. Holds nothing of what users wrote. */
export interface GuardLog {
  /** Written behind; what cannot be written is logged. */
  record(findings: readonly GuardFinding[]): void;
}

import type { AgentRecord } from '../../agents/agent-record.ts';
import type { UsageGrouping, UsageReports } from '../../usage/usage-report.ts';
import type { OpenBooks } from '../open-store.ts';

/** The flags of `npm run usage`. */
export interface UsageFlags {
  readonly by: UsageGrouping;
  readonly since?: Date;
  readonly until?: Date;
  readonly agent?: string;
  readonly budgets?: true;
  readonly json?: true;
}

/** What a report is made from. */
export interface UsageTask {
  readonly flags: UsageFlags;
  readonly since: Date;
  readonly until: Date;
  readonly agents: readonly AgentRecord[];
  /** The agent that was asked for. */
  readonly agentId: string | undefined;
  readonly usageReports: UsageReports;
  readonly hostBudget: OpenBooks['hostBudget'];
}

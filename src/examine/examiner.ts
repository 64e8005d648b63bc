import type { AgentStore } from '../agents/agent-store.ts';
import type { AgentTools } from '../agents/agent-type.ts';
import type { ApplicationReport } from '../discord/inspect-application.ts';

/** What agents are examined with. */
export interface Examiner {
  readonly store: Pick<AgentStore, 'list' | 'openToken' | 'openConfig'>;
  /** What a host under this environment gives its agents; calls are booked. */
  readonly tools: AgentTools;
  /** Asks Discord who a token belongs to. Throws as `inspectApplication` does. */
  readonly inspect: (token: string, signal: AbortSignal) => Promise<ApplicationReport>;
}

/** How long Discord, or a model, is waited for, in milliseconds. */
export const PATIENCE = 15_000;

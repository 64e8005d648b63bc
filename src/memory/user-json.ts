import type { ErasureOutcome } from './erasures.ts';
import type { UserRows, UserShare } from './user-data.ts';

/** How much there is of a user with one agent, for programs. */
export function shareAsJson({ agentId, agentName, ...counts }: UserShare) {
  return { agent: agentName, agent_id: agentId, ...counts };
}

/** What was erased, for programs. */
export function erasureAsJson({ erasure, overwritten }: ErasureOutcome) {
  return {
    applied: erasure !== undefined,
    erasure: erasure?.id ?? null,
    at: erasure?.at.toISOString() ?? null,
    erased: erasure?.counts ?? null,
    overwritten: overwritten ?? null,
  };
}

/** Everything that there is of a user, for programs. */
export function userExportAsJson(userId: string, rows: UserRows, exportedAt: Date) {
  return {
    user_id: userId,
    exported_at: exportedAt.toISOString(),
    memories: [...rows.memories],
    exchanges: [...rows.exchanges],
    model_calls: [...rows.calls],
    budget_counters: [...rows.counters],
    guard_findings: [...rows.findings],
  };
}

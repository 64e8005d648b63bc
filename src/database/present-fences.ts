import { placeholders, type TransactionStatements } from './statements.ts';

/**
 * Of these agents, those that may be written now, which stays so until the transaction ends: under the fence of the
 * present lease, or under none where no host holds one.
 *
 * @param fences - by agent id
 */
export async function agentsUnderFence(
  transaction: TransactionStatements,
  fences: ReadonlyMap<string, bigint | undefined>,
): Promise<Set<string>> {
  const { dialect } = transaction;
  const agentIds = [...fences.keys()];
  if (agentIds.length === 0) return new Set();
  const rows = await transaction.rows(
    `SELECT agent_id, fence, CASE WHEN expires_at > ${dialect.now} THEN 1 ELSE 0 END AS is_live FROM bot_leases WHERE agent_id IN ${placeholders(agentIds.length)} ${dialect.forShare}`,
    agentIds,
  );
  const leases = new Map(rows.map((row) => [row['agent_id'], row]));
  const mayBeWritten = ([id, fence]: [string, bigint | undefined]): boolean => {
    const lease = leases.get(id);
    return fence === undefined ? Number(lease?.['is_live'] ?? 0) === 0 : lease?.['fence'] === String(fence);
  };
  return new Set([...fences].filter(mayBeWritten).map(([id]) => id));
}

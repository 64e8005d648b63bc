import { placeholders, type TransactionStatements } from './statements.ts';

/**
 * Those of these exchanges whose user was erased; that stays so until the transaction ends. Whoever writes about an
 * exchange that is still being answered asks first, so that nothing of an erased user comes back.
 */
export async function erasedAmong(
  statements: TransactionStatements,
  exchangeIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (exchangeIds.length === 0) return new Set();
  // All of them, and not only those that are erased: these locks are what an erasure waits for.
  const rows = await statements.rows(
    `SELECT id, user_id FROM exchanges WHERE id IN ${placeholders(exchangeIds.length)} ${statements.dialect.forShare}`,
    exchangeIds,
  );
  return new Set(rows.flatMap(({ id, user_id }) => (user_id === '' ? [id ?? ''] : [])));
}

import type { BotCommand } from '../bots/bot-command.ts';
import { agentsUnderFence } from './present-fences.ts';
import type { TransactionStatements } from './statements.ts';
import { storable } from './storable.ts';

/**
 * Changes the agent as a command says that is in force from when it is sent, so that it holds also where no host runs:
 * the host that does the command has nothing left to write. Any other changes nothing.
 *
 * @param isPaused - whether the agent is by now; it stays so since then
 */
export async function changeAgent(
  transaction: TransactionStatements,
  { agentId, order, requestedAt }: BotCommand,
  isPaused: boolean,
): Promise<void> {
  if (order.kind === 'pause' && !isPaused) {
    await transaction.run('UPDATE agents SET paused_at = ? WHERE id = ?', [requestedAt, agentId]);
  }
  if (order.kind === 'resume' && isPaused) {
    await transaction.run('UPDATE agents SET paused_at = NULL WHERE id = ?', [agentId]);
    await forgetMissed(transaction, agentId);
  }
  if (order.kind === 'presence') {
    const presence = order.presence === null ? null : storable(JSON.stringify(order.presence));
    await transaction.run('UPDATE agents SET presence = ? WHERE id = ?', [presence, agentId]);
  }
}

/**
 * What was written to a paused bot is not answered, also where no host was there to say so: the next one looks for
 * nothing that came before it. A host that runs the bot knows by itself.
 */
async function forgetMissed(transaction: TransactionStatements, agentId: string): Promise<void> {
  const nobody = await agentsUnderFence(transaction, new Map([[agentId, undefined]]));
  if (!nobody.has(agentId)) return;
  await transaction.run('DELETE FROM last_seen WHERE agent_id = ?', [agentId]);
  await transaction.run('DELETE FROM gateway_sessions WHERE agent_id = ?', [agentId]);
}

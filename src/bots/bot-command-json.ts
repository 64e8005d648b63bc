import type { BotCommand } from './bot-command.ts';

/** A command for programs, as the API and `npm run bots -- commands --json` have it. */
export function botCommandAsJson(command: BotCommand) {
  const { order } = command;
  return {
    id: command.id,
    agent_id: command.agentId,
    kind: order.kind,
    ...(order.kind === 'restart' && { fresh: order.fresh ?? false }),
    ...(order.kind === 'say' && { channel_id: order.channelId, text: order.text }),
    ...(order.kind === 'presence' && { presence: order.presence }),
    requested_by: command.requestedBy,
    requested_at: command.requestedAt.toISOString(),
    expires_at: command.expiresAt?.toISOString() ?? null,
    state: command.state,
    result: command.result,
    finished_at: command.finishedAt?.toISOString() ?? null,
  };
}

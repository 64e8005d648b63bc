import type { BotPresence } from '../agents/agent-record.ts';
import type { SayProgress } from '../agents/said.ts';
import type { BotCommand, BotCommandState, BotOrder } from '../bots/bot-command.ts';
import type { BotObstacle, OpenBotCommand } from '../bots/bot-command-queue.ts';
import type { Row } from './statements.ts';
import { storable } from './storable.ts';

const COLUMNS = [
  'id',
  'agent_id',
  'kind',
  'payload',
  'requested_by',
  'requested_at',
  'expires_at',
  'state',
  'result',
  'finished_at',
] as const;

/** What a command's payload holds: what its order takes, and how far a `say` has come. */
interface Payload {
  readonly fresh?: boolean;
  readonly channelId?: string;
  readonly text?: string;
  readonly presence?: BotPresence | null;
  readonly progress?: SayProgress;
}

/** The columns of a command. */
export function commandColumns(): string {
  return COLUMNS.map((column) => `bot_commands.${column}`).join(', ');
}

/** The columns of a command that is not over, and of its agent. */
export const OPEN_COLUMNS = (now: string): string => `${commandColumns()}, bot_commands.attempts,
  CASE WHEN bot_commands.expires_at <= ${now} THEN 1 ELSE 0 END AS is_expired,
  CASE WHEN agents.id IS NULL THEN 'deleted' WHEN agents.discord_token IS NULL THEN 'off-discord' ELSE '' END AS obstacle,
  agents.enabled AS is_enabled`;

/** What is kept of an order besides its kind. */
export function writePayload(order: BotOrder, progress?: SayProgress): string {
  return storable(JSON.stringify({ ...order, kind: undefined, progress }));
}

/** A row of {@link commandColumns}. */
export function readCommand(row: Row): BotCommand {
  const { payload, ...rest } = readRow(row);
  return { ...rest, order: orderOf(row['kind'] ?? '', payload) };
}

/** A row of {@link OPEN_COLUMNS}. */
export function readOpenCommand(row: Row): OpenBotCommand {
  const { progress } = readRow(row).payload;
  return {
    ...readCommand(row),
    attempts: Number(row['attempts']),
    progress,
    obstacle: obstacleOf(row),
    isExpired: Number(row['is_expired']) === 1,
  };
}

function readRow(row: Row): Omit<BotCommand, 'order'> & { readonly payload: Payload } {
  return {
    id: row['id'] ?? '',
    agentId: row['agent_id'] ?? '',
    requestedBy: row['requested_by'] ?? '',
    requestedAt: new Date(row['requested_at'] ?? 0),
    expiresAt: timeOf(row['expires_at']),
    state: row['state'] as BotCommandState,
    result: row['result'] ?? '',
    finishedAt: timeOf(row['finished_at']),
    payload: JSON.parse(row['payload'] ?? '{}') as Payload,
  };
}

function orderOf(kind: string, { channelId = '', text = '', presence = null, fresh }: Payload): BotOrder {
  switch (kind) {
    case 'say':
      return { kind, channelId, text };
    case 'presence':
      return { kind, presence };
    case 'restart':
      return { kind, ...(fresh !== undefined && { fresh }) };
    default:
      return { kind: kind as 'reload' | 'pause' | 'resume' };
  }
}

function obstacleOf(row: Row): BotObstacle | undefined {
  const obstacle = row['obstacle'] ?? '';
  if (obstacle !== '') return obstacle as BotObstacle;
  return Number(row['is_enabled']) === 1 ? undefined : 'disabled';
}

function timeOf(text: string | null | undefined): Date | undefined {
  return text === null || text === undefined ? undefined : new Date(text);
}

import type { OpenBotCommand } from '../bots/bot-command-queue.ts';
import type { BotPool } from '../bots/bot-pool.ts';
import { type CommandedBot, type CommandResult, CommandRunner } from '../bots/command-runner.ts';
import { performOrder } from '../bots/perform-order.ts';
import { failed } from '../bots/plan-command.ts';
import type { Scheduler } from '../bots/scheduler.ts';
import type { Database } from '../database/open-database.ts';
import type { EventSink } from '../events/host-events.ts';
import { LeaseLostError } from '../leases/lease.ts';
import { DeliveryError, isUnreachable } from '../messages/outbox.ts';
import type { Recipients } from '../messages/recipients.ts';
import { say } from '../messages/say.ts';
import type { Logger } from '../observability/logger.ts';
import type { PartWatch } from '../util/part-watch.ts';

/** What the commands to bots need of a host. */
export interface BotOrderTools {
  readonly database: Pick<Database, 'botCommands'>;
  readonly pool: BotPool;
  readonly scheduler: Scheduler;
  readonly recipients: Recipients;
  /** In characters. */
  readonly maxMessageLength: number;
  readonly events: EventSink;
  readonly logger: Logger;
  /** Told how it fares. */
  readonly watch: PartWatch;
}

/** Does the commands to the bots of a host, once it is started. */
export function createCommandRunner(tools: BotOrderTools): CommandRunner {
  const { database, pool, scheduler, logger, watch } = tools;
  return new CommandRunner({
    queue: database.botCommands,
    bots: () => pool.bots,
    perform: (command, bot, signal) =>
      performOrder(command, bot, { pool, scheduler, say: (...given) => sayAs(...given, tools) }, signal),
    logger,
    watch,
    onEnd: ({ id: commandId, agentId, order }, { state }) => {
      tools.events.emit({ kind: 'command', agentId, commandId, order: order.kind, state });
    },
  });
}

/** Has a bot say what it was told to, once, and says what came of it. */
async function sayAs(
  command: OpenBotCommand,
  { agentId, lease }: CommandedBot,
  signal: AbortSignal,
  { database, recipients, maxMessageLength }: BotOrderTools,
): Promise<CommandResult> {
  const { id, order } = command;
  const recipient = recipients.of(agentId);
  if (order.kind !== 'say' || recipient?.lease !== lease)
    return { state: 'waiting', result: 'its bot is not connected yet' };
  let { progress } = command;
  try {
    const said = await say(
      { id, channelId: order.channelId, text: order.text, progress },
      {
        recipient,
        now: Date.now,
        maxMessageLength,
        advance: async (made) => {
          if (!(await database.botCommands.advance(command, made, lease.fence)))
            throw new LeaseLostError(agentId);
          progress = made;
        },
      },
      signal,
    );
    if (said.kind === 'said') return { state: 'done', result: `posted as ${said.messageIds.join(' ')}` };
    return failed(
      `${DOUBT} ${said.posted} of ${said.pieces} messages are known to be posted. ${DOUBT_REMEDY}`,
    );
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    if (isUnreachable(error)) return { state: 'waiting', result: error.message };
    const posted = progress?.posted.length ?? 0;
    const part = posted === 0 ? '' : ` after ${posted} of ${progress?.pieces.length ?? 0} messages`;
    return failed(`${error.message}${part}. ${error.remedy || remedyFor(error.reason)}`.trim());
  }
}

const DOUBT =
  'the host was interrupted while it posted this, and it cannot be found out whether all of it arrived; it is not posted again.';
const DOUBT_REMEDY =
  'Look into the channel, and say it again if it is missing; with "Read Message History" there the bot finds out by itself.';

function remedyFor(reason: string): string {
  switch (reason) {
    case 'channel-gone':
      return 'Look at its id: the bot has to be in that server.';
    case 'missing-permissions':
      return 'Give the bot "View Channel" and "Send Messages" there.';
    case 'bad-token':
      return 'Enter another token for the agent.';
    default:
      return '';
  }
}

import type { BotPresence } from '../agents/agent-record.ts';
import type { BotPool } from './bot-pool.ts';
import type { OpenBotCommand } from './bot-command-queue.ts';
import type { CommandedBot, CommandResult } from './command-runner.ts';
import { failed } from './plan-command.ts';
import type { Scheduler } from './scheduler.ts';

/** What {@link performOrder} works with. */
export interface OrderTools {
  readonly scheduler: Pick<Scheduler, 'poll' | 'isFailing'>;
  readonly pool: Pick<BotPool, 'reconnect' | 'settled'>;
  /** Posts what a bot is told to say. */
  readonly say: (command: OpenBotCommand, bot: CommandedBot, signal: AbortSignal) => Promise<CommandResult>;
}

/** How long a bot may take to connect anew, in milliseconds. */
const RESTART_PATIENCE = 60_000;

/**
 * Does what an operator wants of a bot that this process runs.
 *
 * @param signal - aborts when that has to end
 */
export async function performOrder(
  command: OpenBotCommand,
  bot: CommandedBot,
  tools: OrderTools,
  signal: AbortSignal,
): Promise<CommandResult> {
  const { order } = command;
  if (order.kind === 'say') return tools.say(command, bot, signal);
  // What is in force from when it is sent stands in the agent's row by now.
  await tools.scheduler.poll();
  if (tools.scheduler.isFailing) return { state: 'waiting', result: 'the agents table cannot be read' };
  switch (order.kind) {
    case 'reload':
      return done('its settings were read anew', bot);
    case 'pause':
      bot.showPresence();
      return done('it answers nobody', bot);
    case 'resume':
      bot.showPresence();
      return done('it answers again', bot);
    case 'presence':
      bot.showPresence();
      return done(order.presence === null ? 'it shows nothing any more' : shown(order.presence), bot);
    case 'restart':
      return restart(bot, order.fresh ?? false, tools, signal);
  }
}

async function restart(
  { agentId }: CommandedBot,
  fresh: boolean,
  { pool }: OrderTools,
  signal: AbortSignal,
): Promise<CommandResult> {
  const begun = pool.reconnect(agentId, { fresh });
  if (begun === 'no-place') {
    return failed('all places are taken. Raise MAX_CONCURRENT_BOTS or disable another agent.');
  }
  const late = AbortSignal.timeout(RESTART_PATIENCE);
  const status = begun === 'begun' ? await pool.settled(agentId, AbortSignal.any([signal, late])) : undefined;
  signal.throwIfAborted();
  if (status === undefined) return failed('its bot does not run here any more');
  switch (status.state) {
    case 'ready':
      return { state: 'done', result: 'it is connected anew' };
    case 'parked':
      return failed(`it was parked: ${status.reason}`);
    default:
      return failed(`it is not connected yet and goes on trying: ${status.reason}`);
  }
}

/** What is done also where the bot is not connected. */
function done(result: string, { status }: CommandedBot): CommandResult {
  const isConnected = status.state === 'ready';
  return { state: 'done', result: isConnected ? result : `${result}; its bot is ${status.state} at present` };
}

function shown({ status, activity }: BotPresence): string {
  if (activity === undefined) return `it is shown as ${status}`;
  const { type, text } = activity;
  return `it is shown as ${status}: ${type === 'custom' ? '' : `${type} `}${text}`;
}

import type { AgentRecord } from '../../agents/agent-record.ts';
import type { BotCommand, BotOrder } from '../../bots/bot-command.ts';
import { findAgent, unknownAgent } from '../find-agent.ts';
import { jsonLine } from '../json-line.ts';
import type { CommandOutput } from '../run-command.ts';
import { commandAsJson, commandLine, type NamedCommand } from './bot-words.ts';
import type { OpenBots } from './open-bots.ts';

/** What an operator wants of bots. */
export interface Wish {
  readonly order: BotOrder;
  /** Names or ids of agents. */
  readonly names: readonly string[];
  /** In the place of names: every enabled agent. */
  readonly all: boolean;
  readonly expiresAt: Date | undefined;
  readonly requestedBy: string;
  /** How long to wait until it is done, in milliseconds; 0: not at all. */
  readonly wait: number;
  readonly json: boolean;
}

/** What {@link sendOrders} works with. */
export interface SendOrdersTools {
  readonly open: OpenBots;
  readonly io: CommandOutput;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Between two looks whether it is done, in milliseconds. */
const LOOK_INTERVAL = 100;

/**
 * Gives bots an order, waits until it is done, and says what came of it.
 *
 * @returns the exit code: 0 when all is done or kept, 1 when something failed or expired
 * @throws {InputError} when there is no such agent, or nobody could do it; nothing was sent then
 */
export async function sendOrders(wish: Wish, { open, io, sleep }: SendOrdersTools): Promise<number> {
  const agents = await chosenAgents(wish, open);
  const running = await runningAgents(open);
  const { order, requestedBy, expiresAt } = wish;
  const sent: NamedCommand[] = [];
  for (const { id, name } of agents) {
    const command = await open.commands.send({ agentId: id, order, requestedBy, expiresAt });
    sent.push({ command, name });
  }
  const isRunning = ({ command }: NamedCommand): boolean => running.has(command.agentId);
  const waited = sent.some(isRunning) ? await untilOver(sent, wish.wait, isRunning, open, sleep) : sent;
  if (wish.json) io.stdout.write(jsonLine(waited.map(commandAsJson)));
  else {
    for (const one of waited)
      io.stdout.write(isOver(one.command) ? commandLine(one) : keptLine(one, isRunning(one)));
    if (agents.length === 0) io.stdout.write('There is no enabled agent.\n');
  }
  return waited.some(({ command: { state } }) => state === 'failed' || state === 'expired') ? 1 : 0;
}

/** @throws {InputError} when one is not there */
async function chosenAgents({ names, all }: Wish, { agents }: OpenBots): Promise<AgentRecord[]> {
  const every = await agents.list();
  if (all) return every.filter(({ enabled }) => enabled);
  const chosen = names.map((name) => {
    const agent = findAgent(name, every);
    if (agent === undefined) throw unknownAgent(name, every);
    return agent;
  });
  return [...new Set(chosen)];
}

/** The agents whose bots a host runs at present, with that host's name. */
export async function runningAgents({ leases }: OpenBots): Promise<Map<string, string>> {
  const live = (await leases.list()).filter(({ isLive }) => isLive);
  return new Map(live.map(({ agentId, holder: { hostName } }) => [agentId, hostName]));
}

/** The commands as they are once those that a host can do are over, or the time is. */
async function untilOver(
  sent: readonly NamedCommand[],
  wait: number,
  isRunning: (one: NamedCommand) => boolean,
  { commands }: OpenBots,
  sleep: (ms: number) => Promise<void>,
): Promise<readonly NamedCommand[]> {
  let present = sent;
  for (let waited = 0; waited < wait; waited += LOOK_INTERVAL) {
    await sleep(LOOK_INTERVAL);
    const looks = present.map(async (one) => {
      const command = isOver(one.command) ? one.command : await commands.get(one.command.id);
      return { ...one, command: command ?? one.command };
    });
    present = await Promise.all(looks);
    if (present.every((one) => isOver(one.command) || !isRunning(one))) break;
  }
  return present;
}

function isOver({ state }: BotCommand): boolean {
  return state !== 'pending';
}

function keptLine({ command, name }: NamedCommand, isRunning: boolean): string {
  const { order, result } = command;
  const inForce = order.kind === 'pause' || order.kind === 'resume' || order.kind === 'presence';
  const why = isRunning
    ? `not done yet${result === '' ? '' : ` (${result})`}`
    : 'no host runs its bot at present';
  const then = inForce && !isRunning ? 'in force from the next start on' : 'kept until it is done';
  return `${name ?? command.agentId}: ${order.kind}: ${why}; it is ${then}\n`;
}

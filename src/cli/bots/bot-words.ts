import type { AgentRecord, BotPresence } from '../../agents/agent-record.ts';
import { printable } from '../../agents-file/show-value.ts';
import { botCommandAsJson } from '../../bots/bot-command-json.ts';
import type { BotCommand, BotOrder } from '../../bots/bot-command.ts';
import { alignedTable } from '../aligned-table.ts';
import { minute } from '../minute.ts';

/** A bot as it is listed. */
export interface ListedBot {
  readonly agent: AgentRecord;
  /** The name of the host that runs it; undefined: none does at present. */
  readonly host: string | undefined;
  /** Commands that are not over. */
  readonly pending: number;
}

/** A command with the name of its agent; undefined: that is gone. */
export interface NamedCommand {
  readonly command: BotCommand;
  readonly name: string | undefined;
}

/** Longest beginning of a text in a table, in UTF-16 units. */
const MAX_WORDS = 40;

/** Bots as a table, a line each. */
export function botTable(bots: readonly ListedBot[]): string {
  const rows = bots.map(({ agent, host, pending }) => [
    printable(agent.name),
    agent.status.state,
    agent.pausedAt === undefined ? '-' : `since ${minute(agent.pausedAt)}`,
    printable(host ?? '-'),
    agent.presence === undefined ? '-' : printable(presenceInWords(agent.presence)),
    pending === 0 ? '-' : String(pending),
    printable(agent.status.reason),
  ]);
  return alignedTable([['NAME', 'STATE', 'PAUSED', 'HOST', 'SHOWS', 'PENDING', 'WHY'], ...rows]);
}

/** A bot for programs. */
export function botAsJson({ agent, host, pending }: ListedBot): object {
  return {
    id: agent.id,
    name: agent.name,
    enabled: agent.enabled,
    state: agent.status.state,
    state_reason: agent.status.reason,
    paused: agent.pausedAt !== undefined,
    paused_at: agent.pausedAt?.toISOString() ?? null,
    presence: agent.presence ?? null,
    host: host ?? null,
    pending_commands: pending,
  };
}

/** Commands as a table, a line each. */
export function commandTable(commands: readonly NamedCommand[]): string {
  const rows = commands.map(({ command, name }) => [
    minute(command.requestedAt),
    printable(name ?? `${command.agentId} (deleted)`),
    printable(orderInWords(command.order)),
    command.state,
    printable(command.requestedBy),
    printable(command.result),
  ]);
  return alignedTable([['TIME', 'AGENT', 'COMMAND', 'STATE', 'BY', 'RESULT'], ...rows]);
}

/** A command for programs. */
export function commandAsJson({ command, name }: NamedCommand): object {
  return { agent: name ?? null, ...botCommandAsJson(command) };
}

/** What became of a command, a line of it. */
export function commandLine({ command, name }: NamedCommand): string {
  const { order, state, result } = command;
  const what = `${printable(name ?? command.agentId)}: ${order.kind} is ${state}`;
  return `${what}${result === '' ? '' : `: ${printable(result)}`}\n`;
}

function orderInWords(order: BotOrder): string {
  switch (order.kind) {
    case 'say':
      return `say in ${order.channelId}: ${firstWords(order.text)}`;
    case 'presence':
      return order.presence === null ? 'presence: nothing' : `presence: ${presenceInWords(order.presence)}`;
    case 'restart':
      return order.fresh === true ? 'restart (fresh)' : 'restart';
    default:
      return order.kind;
  }
}

function presenceInWords({ status, activity }: BotPresence): string {
  if (activity === undefined) return status;
  return `${status}, ${activity.type === 'custom' ? '' : `${activity.type} `}${activity.text}`;
}

function firstWords(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= MAX_WORDS ? line : `${line.slice(0, MAX_WORDS - 1).toWellFormed()}…`;
}

import { CHANNEL_NAMES } from './house.ts';

/** What the words behind a command's name are. */
export type Argument = 'bot' | 'channel' | 'part' | 'text';

/** A command of the chat. */
export interface Command {
  /** Its arguments, in the order in which they are written. */
  readonly takes: readonly Argument[];
  /** How it is written, behind its name. */
  readonly usage: string;
  readonly help: string;
}

/** The commands of the chat, in the order of `/help`. */
export const COMMANDS = {
  dm: { takes: ['bot', 'text'], usage: 'NAME TEXT', help: 'a direct message; alone: go there' },
  reply: { takes: ['text'], usage: '[N] TEXT', help: 'reply to the last answer, or ‹N›' },
  channel: { takes: ['channel'], usage: 'NAME', help: `go to ${CHANNEL_NAMES.join(', ')}` },
  reset: { takes: ['bot'], usage: 'NAME', help: "a bot's slash command: forget me" },
  memory: { takes: ['bot', 'part'], usage: 'NAME [WHAT]', help: 'likewise: show, export or forget' },
  agents: { takes: [], usage: '', help: 'the agents table' },
  disable: { takes: ['bot'], usage: 'NAME', help: 'switch an agent off in the table' },
  enable: { takes: ['bot'], usage: 'NAME', help: 'and on again' },
  prefix: { takes: ['bot', 'text'], usage: 'NAME TEXT', help: 'what an echo says first' },
  prompt: { takes: ['bot', 'text'], usage: 'NAME TEXT', help: 'what an LLM agent is told to be' },
  drop: { takes: ['bot'], usage: 'NAME', help: "cut a bot's socket and see it resume" },
  help: { takes: [], usage: '', help: 'this list' },
  quit: { takes: [], usage: '', help: 'leave; so do Ctrl-C and Ctrl-D' },
} as const satisfies Record<string, Command>;

/** The name of one of the {@link COMMANDS}. */
export type CommandName = keyof typeof COMMANDS;

/** The parts of a bot's own `/memory`, the first where none is named. */
export const MEMORY_PARTS = ['show', 'export', 'forget'] as const;

/** The command of that name, if there is one. */
export function commandNamed(name: string): CommandName | undefined {
  return Object.hasOwn(COMMANDS, name) ? (name as CommandName) : undefined;
}

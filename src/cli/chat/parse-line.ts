import type { CommandDefinition, CommandOption } from '../../commands/command.ts';
import { nearest } from '../../util/nearest.ts';

/** What a line asks for. */
export type ChatAction =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'say'; readonly text: string }
  | { readonly kind: 'attach'; readonly paths: readonly string[] }
  | { readonly kind: 'quit' }
  | {
      readonly kind: 'command';
      readonly name: string;
      readonly subcommand: string | undefined;
      readonly options: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'mistake'; readonly hint: string };

/** What only a terminal understands, besides the agent's own commands. */
export const TERMINAL_COMMANDS = [
  { usage: '/attach PATH…', description: 'Send these files with the next message' },
  { usage: '/quit', description: 'Leave, as Ctrl-D does' },
] as const;

/**
 * Reads what was typed: a slash and a word is a command, `//` begins a message with a slash; anything else is a
 * message.
 *
 * @param commands - the agent's own
 */
export function parseLine(line: string, commands: readonly CommandDefinition[]): ChatAction {
  const text = line.trim();
  if (text === '') return { kind: 'nothing' };
  if (text.startsWith('//')) return { kind: 'say', text: text.slice(1) };
  const [, word, rest = ''] = /^\/([a-z]+)(?:\s+([^]*))?$/i.exec(text) ?? [];
  if (word === undefined) return { kind: 'say', text };
  const name = word.toLowerCase();
  if (name === 'quit' || name === 'exit') return { kind: 'quit' };
  const words = splitWords(rest);
  if (name === 'attach') {
    return words.length === 0
      ? { kind: 'mistake', hint: '/attach takes the paths of files; quote one that has spaces.' }
      : { kind: 'attach', paths: words };
  }
  const command = commands.find((one) => one.name === name);
  if (command !== undefined) return parseCommand(command, words);
  const meant = nearest(name, [...commands.map((one) => one.name), 'attach', 'quit']);
  const help = meant === undefined ? '/help lists them all' : `Did you mean /${meant}?`;
  return { kind: 'mistake', hint: `There is no /${name}. ${help} (// begins a message with a slash.)` };
}

/** The lines that a Tab can make of this one: commands and their subcommands. */
export function completeLine(
  line: string,
  commands: readonly CommandDefinition[],
): [candidates: string[], word: string] {
  const whole = [
    ...commands.flatMap(({ name, subcommands }) =>
      subcommands === undefined ? [`/${name}`] : subcommands.map((sub) => `/${name} ${sub.name}`),
    ),
    '/attach ',
    '/quit',
  ];
  return [line.startsWith('/') ? whole.filter((one) => one.startsWith(line)) : [], line];
}

function parseCommand({ name, subcommands, options }: CommandDefinition, words: string[]): ChatAction {
  if (subcommands === undefined) return withOptions({ name, subcommand: undefined }, options, words);
  const [word = '', ...rest] = words;
  const sub = subcommands.find((one) => one.name === word.toLowerCase());
  if (sub !== undefined) return withOptions({ name, subcommand: sub.name }, sub.options, rest);
  const names = subcommands.map((one) => one.name);
  const meant = nearest(word, names);
  const known = `/${name} takes one of: ${names.join(', ')}.`;
  return {
    kind: 'mistake',
    hint: meant === undefined || word === '' ? known : `${known} Did you mean /${name} ${meant}?`,
  };
}

/** Words behind a command choose among its options' values; their names need not be given. */
function withOptions(
  command: { readonly name: string; readonly subcommand: string | undefined },
  options: readonly CommandOption[] = [],
  words: readonly string[],
): ChatAction {
  const chosen: Record<string, string> = {};
  for (const word of words) {
    const option = options.find(({ choices }) => choices.some(({ value }) => value === word.toLowerCase()));
    if (option === undefined) {
      const values = options.flatMap(({ choices }) => choices.map(({ value }) => value));
      const takes = values.length === 0 ? 'takes nothing more' : `takes one of: ${values.join(', ')}`;
      return {
        kind: 'mistake',
        hint: `/${[command.name, command.subcommand].join(' ').trim()} ${takes}.`,
      };
    }
    chosen[option.name] = word.toLowerCase();
  }
  return { kind: 'command', ...command, options: chosen };
}

/** Words as a shell splits them: quotes keep spaces, and so does a backslash. */
function splitWords(text: string): string[] {
  const words = text.match(/(?:"[^"]*"|'[^']*'|\\.|[^\s])+?(?=\s|$)/g) ?? [];
  return words.map((word) =>
    word.replaceAll(
      /"([^"]*)"|'([^']*)'|\\(.)/g,
      (_, double?: string, single?: string, escaped?: string) => double ?? single ?? escaped ?? '',
    ),
  );
}

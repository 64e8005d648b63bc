import { nearest } from '../src/util/nearest.ts';
import { CAST, isLlm, type RoleName, roleNamed } from './cast.ts';
import { type CommandName, commandNamed, COMMANDS, MEMORY_PARTS } from './commands.ts';

/** What a line that was typed asks for. */
export type Action =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'say'; readonly text: string }
  | { readonly kind: 'dm'; readonly name: RoleName; readonly text: string }
  | { readonly kind: 'reply'; readonly number: number | undefined; readonly text: string }
  | { readonly kind: 'channel'; readonly name: string }
  | { readonly kind: 'disable' | 'enable' | 'drop'; readonly name: RoleName }
  | { readonly kind: 'slash'; readonly name: RoleName; readonly command: string }
  | {
      readonly kind: 'configure';
      readonly name: RoleName;
      readonly setting: 'prefix' | 'system_prompt';
      readonly text: string;
    }
  | { readonly kind: 'agents' }
  | { readonly kind: 'help' }
  | { readonly kind: 'quit' }
  | { readonly kind: 'mistake'; readonly hint: string };

/** Reads a line: one with a slash is a command, `//` begins a text with a slash, `\n` is a line break. */
export function parseLine(line: string): Action {
  const text = line.replaceAll(String.raw`\n`, '\n');
  if (text.trim() === '') return { kind: 'nothing' };
  if (!text.startsWith('/') || text.startsWith('//')) {
    return { kind: 'say', text: text.replace(/^\/\//, '/').trim() };
  }
  const [, word = '', rest = ''] = /^\/(\S*)\s*([^]*)$/.exec(text) ?? [];
  const command = commandNamed(word.toLowerCase());
  return command === undefined ? unknown(word) : readCommand(command, rest);
}

function readCommand(kind: CommandName, rest: string): Action {
  switch (kind) {
    case 'agents':
    case 'help':
    case 'quit':
      return { kind };
    case 'channel':
      return rest === '' ? missing(kind) : { kind, name: rest.trim() };
    case 'reply':
      return readReply(rest);
    case 'dm':
    case 'reset':
    case 'memory':
    case 'prefix':
    case 'prompt':
    case 'disable':
    case 'enable':
    case 'drop':
      return readForBot(kind, rest);
  }
}

function readReply(rest: string): Action {
  const [, digits, text = ''] = /^(?:(\d{1,6})\s+)?([^]*)$/.exec(rest) ?? [];
  if (text.trim() === '') return missing('reply');
  return { kind: 'reply', number: digits === undefined ? undefined : Number(digits), text: text.trim() };
}

type CommandForBot = Exclude<CommandName, 'agents' | 'help' | 'quit' | 'channel' | 'reply'>;

function readForBot(kind: CommandForBot, rest: string): Action {
  const [, word = '', text = ''] = /^@?(\S*)\s*([^]*)$/.exec(rest) ?? [];
  if (word === '') return missing(kind);
  const name = roleNamed(word);
  if (name === undefined) return stranger(word);
  switch (kind) {
    case 'dm':
      return { kind, name, text: text.trim() };
    case 'reset':
      return { kind: 'slash', name, command: kind };
    case 'memory':
      return readMemory(name, text.trim().toLowerCase());
    case 'prefix':
    case 'prompt':
      return readSetting(kind, name, text);
    case 'disable':
    case 'enable':
    case 'drop':
      return { kind, name };
  }
}

function readMemory(name: RoleName, word: string): Action {
  const part = word === '' ? MEMORY_PARTS[0] : MEMORY_PARTS.find((known) => known === word);
  return part === undefined ? missing('memory') : { kind: 'slash', name, command: `memory ${part}` };
}

/** Each type of agent has settings of its own. */
function readSetting(kind: 'prefix' | 'prompt', name: RoleName, text: string): Action {
  if (kind === 'prefix') {
    if (!isLlm(name)) return { kind: 'configure', name, setting: 'prefix', text: withGap(text) };
    return {
      kind: 'mistake',
      hint: `${name} is an LLM agent, and only echo bots have a prefix: try /prompt.`,
    };
  }
  if (!isLlm(name)) {
    return {
      kind: 'mistake',
      hint: `${name} is an echo bot, and only LLM agents have a prompt: try /prefix.`,
    };
  }
  if (text.trim() === '') return missing('prompt');
  return { kind: 'configure', name, setting: 'system_prompt', text: text.trim() };
}

/** A prefix that ends with a word or a sentence is kept apart from what follows it. */
function withGap(prefix: string): string {
  return /[\p{L}\p{N}.,:;!?…]$/u.test(prefix) ? `${prefix} ` : prefix;
}

function missing(name: CommandName): Action {
  return { kind: 'mistake', hint: `/${name} ${COMMANDS[name].usage}: ${COMMANDS[name].help}` };
}

function stranger(word: string): Action {
  const names = CAST.map(({ name }) => name);
  const meant = nearest(word, names);
  const hint = meant === undefined ? `On stage are ${names.join(', ')}.` : `Did you mean ${meant}?`;
  return { kind: 'mistake', hint: `Nobody here is called ${word}. ${hint}` };
}

function unknown(word: string): Action {
  const meant = nearest(word, Object.keys(COMMANDS));
  const hint =
    meant === undefined
      ? '/help lists what there is; // begins a text with a slash.'
      : `Did you mean /${meant}?`;
  return { kind: 'mistake', hint: `There is no /${word}. ${hint}` };
}

import { CAST } from './cast.ts';
import { type Argument, commandNamed, COMMANDS, MEMORY_PARTS } from './commands.ts';
import { CHANNEL_NAMES } from './house.ts';

/**
 * What Tab makes of a line: the ways in which its last word can go on, and that word. Commands, then their
 * arguments; anywhere else the names of bots, behind an `@`.
 */
export function completeLine(line: string): [candidates: string[], word: string] {
  const word = /\S*$/.exec(line)?.[0] ?? '';
  const candidates = candidatesFor(line.slice(0, line.length - word.length), word);
  return [candidates.filter((candidate) => startsWith(candidate, word)).map((name) => `${name} `), word];
}

function candidatesFor(before: string, word: string): readonly string[] {
  if (before === '' && word.startsWith('/')) return Object.keys(COMMANDS).map((name) => `/${name}`);
  const names = CAST.map(({ name }) => name);
  const argument = argumentAfter(before);
  if (argument === 'bot' && !word.startsWith('@')) return names;
  if (argument === 'channel') return CHANNEL_NAMES;
  if (argument === 'part') return MEMORY_PARTS;
  if (word.startsWith('@')) return [...names, 'everyone'].map((name) => `@${name}`);
  return word === '' && before === '' ? names.map((name) => `@${name}`) : [];
}

/** What the next word is to a command that the line begins with. */
function argumentAfter(before: string): Argument | undefined {
  const [name = '', ...given] = before.trim().split(/\s+/);
  const command = name.startsWith('/') ? commandNamed(name.slice(1)) : undefined;
  return command === undefined ? undefined : COMMANDS[command].takes[given.length];
}

function startsWith(candidate: string, word: string): boolean {
  return candidate.toLowerCase().startsWith(word.toLowerCase());
}

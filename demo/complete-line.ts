import { CAST } from './cast.ts';
import { commandNamed, COMMANDS } from './commands.ts';
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
  const command = commandNamed(/^\/(\S+)\s+$/.exec(before)?.[1] ?? '');
  const [first] = command === undefined ? [] : COMMANDS[command].takes;
  if (first === 'bot' && !word.startsWith('@')) return names;
  if (first === 'channel') return CHANNEL_NAMES;
  if (word.startsWith('@')) return [...names, 'everyone'].map((name) => `@${name}`);
  return word === '' && before === '' ? names.map((name) => `@${name}`) : [];
}

function startsWith(candidate: string, word: string): boolean {
  return candidate.toLowerCase().startsWith(word.toLowerCase());
}

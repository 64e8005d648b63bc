import type { AgentDefinition } from '../agents/agent-definition.ts';
import type { CommandCall } from './command.ts';

/** The place of a call, as {@link MemoryOwner.scope} has it: `dm`, or the guild's id. */
export function placeOf({ guildId }: Pick<CommandCall, 'guildId'>): string {
  return guildId ?? 'dm';
}

/** Whether an agent keeps its memories of direct messages and of each guild apart. */
export function keepsPlacesApart({ config }: AgentDefinition): boolean {
  return config['memory_scope'] === 'user_and_place';
}

/** Whether an agent says back what it is told, and remembers nothing. */
export function isEcho({ type }: AgentDefinition): boolean {
  return type === 'echo';
}

/** A number of turns in words: `1 question and its answer`. */
export function turnsInWords(turns: number): string {
  return turns === 1 ? '1 question and its answer' : `${turns.toString()} questions and their answers`;
}

/**
 * Where a memory is from, as seen from the place of a call, with a blank before it: ` on this server`. Empty for a
 * memory that is for everywhere.
 */
export function placeInWords(scope: string, call: Pick<CommandCall, 'guildId'>): string {
  if (scope === '') return '';
  if (scope === 'dm') return ' in direct messages';
  return scope === call.guildId ? ' on this server' : ` on the server ${scope}`;
}

/** A day as Discord shows it, in the reader's language and time zone. */
export function dayInWords(date: Date): string {
  return `<t:${Math.floor(date.getTime() / 1_000).toString()}:D>`;
}

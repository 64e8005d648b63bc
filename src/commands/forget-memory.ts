import type { MemoryFilter, MemoryStore } from '../memory/memory-store.ts';
import type { CommandReply } from './command.ts';
import { harmless } from './harmless.ts';
import { turnsInWords } from './memory-words.ts';

/** Longest agent's name that is shown, and the most of them. */
const MAX_NAME = 40;
const MAX_NAMES = 15;

/** `/memory forget`: forgets at once, and says what; undefined when there was nothing. */
export async function forgetMemory(
  memory: MemoryStore,
  filter: MemoryFilter,
): Promise<CommandReply | undefined> {
  const sizes = await memory.sizes(filter);
  // Also when there is nothing to show: a memory that has just begun is one.
  const { turns } = await memory.forget(filter);
  if (turns === 0) return undefined;
  const names = [...new Set(sizes.filter((size) => size.turns > 0).map(({ agentName }) => agentName))];
  return {
    text:
      `Forgotten: ${turnsInWords(turns)}${names.length === 0 ? '' : ` (${list(names)})`}, and any summary of them. ` +
      'This cannot be undone. To keep a copy another time, use `/memory export` first.',
  };
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).map((name) => harmless(name, MAX_NAME));
  const left = names.length - shown.length;
  return shown.join(', ') + (left > 0 ? ` and ${left.toString()} more` : '');
}

import type { MemoryFilter, MemoryStore } from '../memory/memory-store.ts';
import type { CommandReply } from './command.ts';
import { memoryJson } from './memory-json.ts';

/** What Discord takes as a file everywhere, with room for the rest of the request; in bytes. */
const MAX_FILE = 10_000_000;

/** `/memory export`: all of it as a JSON file; undefined when there is nothing. */
export async function exportMemory(
  memory: MemoryStore,
  filter: MemoryFilter,
  now: Date,
): Promise<CommandReply | undefined> {
  const memories = await memory.export(filter);
  const kept = memories.filter(({ summary, turns }) => summary !== undefined || turns.length > 0);
  if (kept.length === 0) return undefined;
  const content = memoryJson({ userId: filter.userId, exportedAt: now, memories: kept });
  if (Buffer.byteLength(content) > MAX_FILE) {
    const smaller = filter.agentId === undefined ? 'Ask each bot for its own, or whoever' : 'Ask whoever';
    return { text: `This is more than a file on Discord can hold. ${smaller} runs this bot for a copy.` };
  }
  return {
    text: 'Here is everything that is remembered of you. `/memory forget` deletes it.',
    file: {
      name: `troupe-memory-${now.toISOString().slice(0, 10)}.json`,
      mediaType: 'application/json',
      content,
    },
  };
}

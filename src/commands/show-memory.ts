import type { MemoryFilter, MemorySize, MemoryStore, Turn } from '../memory/memory-store.ts';
import type { CommandCall, CommandReply } from './command.ts';
import { harmless } from './harmless.ts';
import { dayInWords, placeInWords, turnsInWords } from './memory-words.ts';

/** Discord's limit for a message. */
const MAX_TEXT = 2_000;
/** How much of it the list of memories may take; in characters. */
const MAX_LIST = 1_000;
/** Of how many memories the last turns are looked up, and how many turns are shown. */
const RECENT_MEMORIES = 3;
const RECENT_TURNS = 3;
/** How much is shown of a question or an answer; in characters. */
const MAX_QUOTE = 150;

const TITLE = '**What is remembered of you**';
const RECENT = '**Most recently**';
const CLOSING = '`/memory export` gives you all of it as a file, `/memory forget` deletes it.';

interface SpokenTurn extends Turn {
  readonly agentName: string;
}

/** `/memory show`: how much there is, and the last of it in short; undefined when there is nothing. */
export async function showMemory(
  memory: MemoryStore,
  filter: MemoryFilter,
  call: CommandCall,
): Promise<CommandReply | undefined> {
  const sizes = (await memory.sizes(filter)).filter(({ turns, hasSummary }) => turns > 0 || hasSummary);
  if (sizes.length === 0) return undefined;
  return { text: textOf(sizes, await recentTurns(memory, sizes, filter.userId), call) };
}

/** The last turns of all these memories, newest first. */
async function recentTurns(
  memory: MemoryStore,
  sizes: readonly MemorySize[],
  userId: string,
): Promise<SpokenTurn[]> {
  const recent = sizes
    .filter(({ turns }) => turns > 0)
    .toSorted((a, b) => (b.last?.getTime() ?? 0) - (a.last?.getTime() ?? 0))
    .slice(0, RECENT_MEMORIES);
  const turns = await Promise.all(
    recent.map(async ({ agentId, agentName, scope }) => {
      const recollection = await memory.recall({ agentId, userId, scope }, RECENT_TURNS);
      return recollection.turns.map((turn) => ({ ...turn, agentName }));
    }),
  );
  return turns.flat().toSorted((a, b) => b.at.getTime() - a.at.getTime());
}

function textOf(sizes: readonly MemorySize[], newestFirst: readonly SpokenTurn[], call: CommandCall): string {
  const list = thatFit(
    sizes.map((size) => lineOf(size, call)),
    MAX_LIST,
  );
  const left = sizes.length - list.length;
  if (left > 0) list.push(`… and ${left.toString()} more`);
  const parts = [TITLE, ...list, CLOSING];
  const room = MAX_TEXT - parts.join('\n').length - RECENT.length - 1;
  const turns = thatFit(newestFirst.slice(0, RECENT_TURNS).map(linesOf), room);
  if (turns.length > 0) parts.splice(-1, 0, RECENT, ...turns.toReversed());
  return parts.join('\n');
}

/** The first of these lines that have room together, each with a line break; the room is in characters. */
function thatFit(lines: readonly string[], room: number): string[] {
  let used = 0;
  const end = lines.findIndex((line) => (used += line.length + 1) > room);
  return lines.slice(0, end === -1 ? undefined : end);
}

function lineOf({ agentName, scope, turns, first, hasSummary }: MemorySize, call: CommandCall): string {
  const since = first === undefined ? '' : ` since ${dayInWords(first)}`;
  const summary = hasSummary ? ', with a summary' : '';
  return `- **${harmless(agentName, 80)}**${placeInWords(scope, call)}: ${turnsInWords(turns)}${since}${summary}`;
}

function linesOf({ agentName, question, answer, at }: SpokenTurn): string {
  const said = harmless(question, MAX_QUOTE) || '(no text)';
  return `${dayInWords(at)} **You:** ${said}\n**${harmless(agentName, 40)}:** ${harmless(answer, MAX_QUOTE)}`;
}

import { printable } from '../../agents-file/show-value.ts';
import { scopeName } from '../../commands/memory-json.ts';
import type { MemoryFilter, MemorySize, StoredMemory } from '../../memory/memory-store.ts';
import { alignedTable } from '../aligned-table.ts';
import { minute } from '../minute.ts';

/** `3 turns in 1 memory` */
export function amount({ memories, turns }: { memories: number; turns: number }): string {
  return `${turns} ${turns === 1 ? 'turn' : 'turns'} in ${memories} ${memories === 1 ? 'memory' : 'memories'}`;
}

/** How much is remembered of a user, as a table. */
export function memoryTable(sizes: readonly MemorySize[], { userId }: MemoryFilter): string {
  if (sizes.length === 0) return `Nothing is remembered of user ${userId}.\n`;
  const rows = sizes.map(({ agentName, scope, turns, first, last, hasSummary }) => [
    printable(agentName),
    scopeName(scope),
    String(turns),
    minute(first),
    minute(last),
    hasSummary ? 'yes' : 'no',
  ]);
  return alignedTable([['AGENT', 'PLACE', 'TURNS', 'FIRST', 'LAST', 'SUMMARY'], ...rows]);
}

/** The last turns of a memory, to read. */
export function conversation({ agentName, scope, turns }: StoredMemory, limit: number): string {
  const name = printable(agentName);
  const lines = turns
    .slice(-limit)
    .flatMap(({ at, question, answer }) => [
      `[${minute(at)}]`,
      ...said('user', question),
      ...said(name, answer),
    ]);
  return lines.length === 0 ? '' : `\n${[`${name}, ${scopeName(scope)}:`, ...lines].join('\n')}\n`;
}

function said(who: string, text: string): string[] {
  return text.split(/\r?\n/).map((line, index) => `  ${index === 0 ? `${who}: ` : '  '}${printable(line)}`);
}

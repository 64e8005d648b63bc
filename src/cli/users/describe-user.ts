import { printable } from '../../agents-file/show-value.ts';
import type { Erasure } from '../../memory/erasures.ts';
import { USER_KINDS, type UserCounts, type UserShare } from '../../memory/user-data.ts';
import { alignedTable } from '../aligned-table.ts';

/** One and many of each kind. */
const WORDS: Readonly<Record<keyof UserCounts, readonly [string, string]>> = {
  memories: ['memory', 'memories'],
  turns: ['turn', 'turns'],
  exchanges: ['exchange', 'exchanges'],
  calls: ['model call', 'model calls'],
  counters: ['budget counter', 'budget counters'],
  findings: ['guard finding', 'guard findings'],
};

/** `2 turns, 3 exchanges`: those kinds of which there are any; `nothing` without. */
export function amounts(counts: UserCounts): string {
  const parts = USER_KINDS.filter((kind) => counts[kind] > 0).map(
    (kind) => `${counts[kind]} ${WORDS[kind][counts[kind] === 1 ? 0 : 1]}`,
  );
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}

/** How much there is of a user with each agent, as a table. */
export function sharesTable(shares: readonly UserShare[]): string {
  const heads = ['AGENT', 'MEMORIES', 'TURNS', 'EXCHANGES', 'CALLS', 'COUNTERS', 'FINDINGS'];
  const rows = shares.map((share) => [
    printable(share.agentName),
    ...USER_KINDS.map((kind) => String(share[kind])),
  ]);
  return alignedTable([heads, ...rows], 1);
}

/** How much there is of all kinds. */
export function sumOf(shares: readonly UserCounts[]): UserCounts {
  const sum = (kind: keyof UserCounts): number => shares.reduce((total, share) => total + share[kind], 0);
  return {
    memories: sum('memories'),
    turns: sum('turns'),
    exchanges: sum('exchanges'),
    calls: sum('calls'),
    counters: sum('counters'),
    findings: sum('findings'),
  };
}

/** `Erased on 2026-11-21T10:15:30.123Z (0193…): 2 turns, 3 exchanges.` */
export function erasureLine({ id, at, counts }: Erasure): string {
  return `Erased on ${at.toISOString()} (record ${id}): ${amounts(counts)}.\n`;
}

import { type ChainHead, problemOfNext } from '../audit/audit-chain.ts';
import type { Actor } from '../audit/audit-log.ts';
import type { DumpRow } from './dump.ts';

/** Which entries of a dump come into an audit log. */
export interface AuditMerge {
  /** Those of these rows that do. They come in the order of their sequence, in several calls. */
  take(rows: readonly DumpRow[]): readonly DumpRow[];
  /** Entries that do not fit what is there: the dump is of another history, and the present one stays. */
  readonly refused: number;
}

/**
 * A log that has entries is continued by those of a dump that are chained to its last one, and by no others: two histories
 * in one would be a log that is broken. An empty log takes all of the dump's, whole or not.
 *
 * @param head - where the present log ends
 * @param hashOf - the hash of an entry that is there, by its sequence
 */
export function mergeAudit(head: ChainHead, hashOf: ReadonlyMap<string, string>): AuditMerge {
  const wasEmpty = head.sequence === 0n;
  let at = head;
  let refused = 0;
  return {
    take: (rows) =>
      rows.filter((row) => {
        if (wasEmpty) return true;
        const hash = String(row['hash']);
        const known = hashOf.get(String(row['sequence']));
        if (known === hash) return false;
        if (known !== undefined || refused > 0 || problemOfNext(toEntry(row), at) !== undefined) {
          refused += 1;
          return false;
        }
        at = { sequence: BigInt(String(row['sequence'])), hash };
        return true;
      }),
    get refused() {
      return refused;
    },
  };
}

function toEntry(row: DumpRow): Parameters<typeof problemOfNext>[0] {
  const optional = (column: string): string | null => (row[column] ?? null) as string | null;
  const text = (column: string): string => optional(column) ?? '';
  return {
    sequence: BigInt(text('sequence')),
    at: new Date(text('at')),
    actor: { kind: text('actor_kind') as Actor['kind'], id: text('actor_id'), name: text('actor_name') },
    action: text('action'),
    subject: { kind: text('subject_kind'), id: text('subject_id') },
    before: optional('state_before'),
    after: optional('state_after'),
    hash: text('hash'),
  };
}

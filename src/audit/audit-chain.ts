import { createHash } from 'node:crypto';
import type { Actor } from './audit-log.ts';

/** The hash before that of the first entry. */
export const NO_HASH = '0'.repeat(64);

/** An entry as it is stored: what its hash is made of. */
export interface StoredAuditEntry {
  readonly sequence: bigint;
  readonly at: Date;
  readonly actor: Actor;
  readonly action: string;
  readonly subject: { readonly kind: string; readonly id: string };
  /** JSON, byte for byte as it is stored; null: nothing. */
  readonly before: string | null;
  readonly after: string | null;
}

/** Where a chain ends: the next entry is chained to it. */
export interface ChainHead {
  /** 0: there is no entry yet. */
  readonly sequence: bigint;
  readonly hash: string;
}

/** The head of a log without entries. */
export const EMPTY_HEAD: ChainHead = { sequence: 0n, hash: NO_HASH };

/**
 * SHA-256 over the JSON array of all that an entry says, in this order, and the hash of the entry before it. Whoever
 * wants to check the log with a program of their own computes the same.
 */
export function hashOfEntry(entry: StoredAuditEntry, previous: string): string {
  const { sequence, at, actor, action, subject, before, after } = entry;
  const all = [
    'troupe-audit-1',
    String(sequence),
    at.toISOString(),
    ...[actor.kind, actor.id, actor.name],
    action,
    ...[subject.kind, subject.id],
    before,
    after,
    previous,
  ];
  return createHash('sha256').update(JSON.stringify(all), 'utf8').digest('hex');
}

/** What is wrong with the entry that should follow a head; undefined when it does follow it. */
export function problemOfNext(
  entry: StoredAuditEntry & { readonly hash: string },
  head: ChainHead,
): { readonly brokenAt: bigint; readonly problem: string } | undefined {
  const expected = head.sequence + 1n;
  if (entry.sequence !== expected) {
    const last = entry.sequence - 1n;
    const gone =
      last === expected
        ? `entry ${expected} is missing`
        : `the entries from ${expected} to ${last} are missing`;
    return { brokenAt: expected, problem: entry.sequence < expected ? 'it is there twice' : gone };
  }
  if (hashOfEntry(entry, head.hash) === entry.hash) return undefined;
  return {
    brokenAt: entry.sequence,
    problem: 'it does not fit its hash: it, or its place after the entry before it, was changed',
  };
}

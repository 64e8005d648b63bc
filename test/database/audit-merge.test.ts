import { expect, it } from 'vitest';
import { HOST_ACTOR } from '../../src/audit/audit-log.ts';
import { withSnapshot } from '../../src/database/dump-snapshot.ts';
import { restoreDatabase } from '../../src/database/restore-database.ts';
import { testDatabase } from '../support/test-database.ts';

const signal = new AbortController().signal;
const change = (id: string) => ({ action: 'test.change', subject: { kind: 'test', id }, after: { id } });

/** A database whose log has these entries, one after the other. */
async function withEntries(...ids: string[]) {
  const file = await testDatabase();
  const database = await file.open({ now: () => new Date('2026-11-30T12:00:00Z') });
  for (const id of ids) await database.auditLog.append(HOST_ACTOR, [change(id)]);
  return { file, database };
}

it.each([
  { what: 'takes all of it into an empty log', there: [], comes: ['a', 'b'], result: ['a', 'b'], refused: 0 },
  {
    what: 'continues the log that it continues',
    there: ['a'],
    comes: ['a', 'b', 'c'],
    result: ['a', 'b', 'c'],
    refused: 0,
  },
  {
    what: 'leaves a log that is ahead of it',
    there: ['a', 'b', 'c'],
    comes: ['a'],
    result: ['a', 'b', 'c'],
    refused: 0,
  },
  { what: 'keeps a log of another history', there: ['x'], comes: ['a', 'b'], result: ['x'], refused: 2 },
  {
    what: 'keeps a log that parted from it',
    there: ['a', 'x'],
    comes: ['a', 'b', 'c'],
    result: ['a', 'x'],
    refused: 2,
  },
])('a backup $what, and the log stays whole', async ({ there, comes, result, refused }) => {
  const target = await withEntries(...there);
  const source = await withEntries(...comes);
  const restored = await withSnapshot(source.file.config, (dump) =>
    restoreDatabase(target.file.config, dump, { resume: true, signal, actor: HOST_ACTOR }),
  );
  expect(restored.refusedAuditEntries).toBe(refused);
  const entries = (await target.database.auditLog.list({ limit: 10 })).toReversed();
  expect(entries.map(({ action, subject }) => (action === 'test.change' ? subject.id : action))).toEqual([
    ...result,
    'database.restore',
  ]);
  expect(await target.database.auditLog.verify()).toMatchObject({ isWhole: true });
});

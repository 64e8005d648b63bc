import { HOST_ACTOR } from '../../src/audit/audit-log.ts';
import { AuditTable } from '../../src/database/audit-table.ts';
import { type Auditor, auditorFor } from '../../src/database/auditor.ts';
import type { Statements } from '../../src/database/statements.ts';

/** What puts changes on record that a table of the test's own makes. */
export function testAuditor(statements: Statements): Auditor {
  return auditorFor(HOST_ACTOR, new AuditTable(statements, () => new Date()));
}

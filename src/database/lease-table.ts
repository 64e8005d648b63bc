import type { HeldLease, LeaseHolder, LeaseStore } from '../leases/lease-store.ts';
import type { Dialect } from './dialect.ts';
import { placeholders, type Row, type Statements, type TransactionStatements } from './statements.ts';
import { storable } from './storable.ts';

/** The lengths of the columns that have no form of their own. */
const MAX_TEXT = 190;

/**
 * The bot_leases table. A row is made when a lease is first claimed and stays, so that its fence only ever rises; a lease
 * that was released belongs to no process and has run out.
 */
export class LeaseTable implements LeaseStore {
  readonly #statements: Statements;
  readonly #dialect: Dialect;

  constructor(statements: Statements) {
    this.#statements = statements;
    this.#dialect = statements.dialect;
  }

  async claim(
    agentIds: readonly string[],
    holder: LeaseHolder,
    ttl: number,
  ): Promise<ReadonlyMap<string, bigint>> {
    if (agentIds.length === 0) return new Map();
    return this.#statements.transaction(async (transaction) => {
      await this.#makeRows(transaction, agentIds);
      await transaction.run(
        `UPDATE bot_leases SET host_id = ?, process_id = ?, proof = ?, host_name = ?, fence = fence + 1, expires_at = ${this.#dialect.fromNow(ttl)}
         WHERE agent_id IN ${placeholders(agentIds.length)}
         AND (expires_at <= ${this.#dialect.now} OR process_id = ? OR (proof <> '' AND proof = ? AND host_id = ? AND process_id < ?))`,
        [
          holder.hostId,
          holder.processId,
          storable(holder.proof, MAX_TEXT),
          storable(holder.hostName, MAX_TEXT),
          ...agentIds,
          holder.processId,
          storable(holder.proof, MAX_TEXT),
          holder.hostId,
          holder.processId,
        ],
      );
      return fencesOf(transaction, agentIds, holder);
    });
  }

  async renew(
    fences: ReadonlyMap<string, bigint>,
    holder: LeaseHolder,
    ttl: number,
  ): Promise<ReadonlySet<string>> {
    const agentIds = [...fences.keys()];
    if (agentIds.length === 0) return new Set();
    await this.#statements.run(
      `UPDATE bot_leases SET expires_at = ${this.#dialect.fromNow(ttl)} WHERE process_id = ? AND agent_id IN ${placeholders(agentIds.length)}`,
      [holder.processId, ...agentIds],
    );
    const present = await fencesOf(this.#statements, agentIds, holder);
    return new Set(agentIds.filter((id) => present.get(id) === fences.get(id)));
  }

  async release(fences: ReadonlyMap<string, bigint>, holder: LeaseHolder): Promise<void> {
    if (fences.size === 0) return;
    // Without its process, so that a renewal which comes late does not bring it back.
    await this.#statements.run(
      `UPDATE bot_leases SET process_id = '', expires_at = ${this.#dialect.fromNow(-1)} WHERE process_id = ? AND agent_id IN ${placeholders(fences.size)}`,
      [holder.processId, ...fences.keys()],
    );
  }

  async list(): Promise<HeldLease[]> {
    const rows = await this.#statements.rows(
      `SELECT agent_id, host_id, process_id, proof, host_name, CASE WHEN expires_at > ${this.#dialect.now} THEN 1 ELSE 0 END AS is_live FROM bot_leases`,
      [],
    );
    return rows.map((row) => ({
      agentId: text(row, 'agent_id'),
      holder: {
        hostId: text(row, 'host_id'),
        processId: text(row, 'process_id'),
        proof: text(row, 'proof'),
        hostName: text(row, 'host_name'),
      },
      isLive: Number(row['is_live']) === 1,
    }));
  }

  /** Free ones of those that nobody claimed before. */
  async #makeRows(transaction: TransactionStatements, agentIds: readonly string[]): Promise<void> {
    const row = `(?, '', '', '', '', 0, ${this.#dialect.fromNow(-1)})`;
    await transaction.run(
      `INSERT INTO bot_leases (agent_id, host_id, process_id, proof, host_name, fence, expires_at)
       VALUES ${agentIds.map(() => row).join(', ')} ${this.#dialect.onConflictDoNothing('agent_id')}`,
      agentIds,
    );
  }
}

/** The fences of those of these leases that are the holder's, by agent id. */
async function fencesOf(
  on: TransactionStatements,
  agentIds: readonly string[],
  { processId }: LeaseHolder,
): Promise<Map<string, bigint>> {
  const rows = await on.rows(
    `SELECT agent_id, fence FROM bot_leases WHERE process_id = ? AND agent_id IN ${placeholders(agentIds.length)}`,
    [processId, ...agentIds],
  );
  return new Map(rows.map((row) => [text(row, 'agent_id'), BigInt(row['fence'] ?? 0)]));
}

function text(row: Row, column: string): string {
  return row[column] ?? '';
}

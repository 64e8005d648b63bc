import type { Incident, IncidentFilter, IncidentLog, IncidentStore } from '../recovery/incident.ts';
import {
  placeholders,
  type Row,
  type Statements,
  type TransactionStatements,
  type Value,
} from './statements.ts';
import { storable } from './storable.ts';

/** What stays as it was when an incident began, then what changes while it lasts. */
const FIXED = ['id', 'agent_id', 'component', 'severity', 'reason', 'started_at'] as const;
const CHANGING = ['host_id', 'message', 'action', 'attempts', 'last_at', 'ended_at', 'helped'] as const;

const INSERT = `INSERT INTO incidents (${[...FIXED, ...CHANGING].join(', ')}) VALUES `;
const ROW = placeholders(FIXED.length + CHANGING.length);
const UPDATE = `UPDATE incidents SET ${CHANGING.map((name) => `${name} = ?`).join(', ')} WHERE id = ?`;
const SELECT = `SELECT ${[...FIXED, ...CHANGING].join(', ')} FROM incidents`;

/** The incidents table. */
export class IncidentTable implements IncidentLog, IncidentStore {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  async list({ agentId, isOpen, before, limit }: IncidentFilter): Promise<Incident[]> {
    const conditions: [sql: string, values: Value[]][] = [];
    if (agentId !== undefined) conditions.push(['agent_id = ?', [agentId]]);
    if (isOpen !== undefined) conditions.push([`ended_at IS ${isOpen ? '' : 'NOT '}NULL`, []]);
    if (before !== undefined) conditions.push(['id < ?', [before]]);
    const where = conditions.map(([sql]) => sql).join(' AND ');
    const rows = await this.#statements.rows(
      `${SELECT} ${where === '' ? '' : `WHERE ${where} `}ORDER BY id DESC LIMIT ${Math.trunc(limit)}`,
      conditions.flatMap(([, values]) => values),
    );
    return rows.map(toIncident);
  }

  /** How many last. */
  async countOpen(): Promise<number> {
    const [row] = await this.#statements.rows(
      'SELECT count(*) AS total FROM incidents WHERE ended_at IS NULL',
      [],
    );
    return Number(row?.['total'] ?? 0);
  }

  async save(incidents: readonly Incident[]): Promise<void> {
    await this.#statements.transaction(async (transaction) => {
      for (const incident of incidents) await saveOne(transaction, incident);
    });
  }

  async endAbandoned(hostId: string, startedAt: Date, untouchedSince: Date): Promise<void> {
    const { now } = this.#statements.dialect;
    // Times that nobody knows better: the last one that is known of.
    const end = 'UPDATE incidents SET ended_at = last_at WHERE ended_at IS NULL';
    await this.#statements.run(`${end} AND host_id = ? AND started_at < ? AND last_at < ?`, [
      hostId,
      startedAt,
      startedAt,
    ]);
    await this.#statements.run(
      `${end} AND host_id <> ? AND last_at < ? AND NOT EXISTS (SELECT 1 FROM bot_leases
         WHERE bot_leases.host_id = incidents.host_id AND bot_leases.process_id <> '' AND bot_leases.expires_at > ${now})`,
      [hostId, untouchedSince],
    );
  }
}

async function saveOne(transaction: TransactionStatements, incident: Incident): Promise<void> {
  const changing = changingOf(incident);
  if ((await transaction.run(UPDATE, [...changing, incident.id])) > 0) return;
  const { id, agentId, component, severity, reason, startedAt } = incident;
  const fixed = [id, agentId ?? null, storable(component, 80), severity, storable(reason, 190), startedAt];
  await transaction.run(`${INSERT}${ROW}`, [...fixed, ...changing]);
}

/** In the order of {@link CHANGING}. */
function changingOf({ hostId, message, action, attempts, lastAt, endedAt, helped }: Incident): Value[] {
  return [hostId, storable(message, 1_000), action, attempts, lastAt, endedAt ?? null, helped ?? null];
}

function toIncident(row: Row): Incident {
  const { ended_at: endedAt = null, helped = null } = row;
  return {
    id: row['id'] ?? '',
    agentId: row['agent_id'] ?? undefined,
    hostId: row['host_id'] ?? '',
    component: row['component'] ?? '',
    severity: row['severity'] as Incident['severity'],
    reason: row['reason'] ?? '',
    message: row['message'] ?? '',
    action: row['action'] as Incident['action'],
    attempts: Number(row['attempts']),
    startedAt: new Date(row['started_at'] ?? 0),
    lastAt: new Date(row['last_at'] ?? 0),
    endedAt: endedAt === null ? undefined : new Date(endedAt),
    helped: helped === null ? undefined : helped === '1',
  };
}

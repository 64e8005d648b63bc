import type { GuardFinding, GuardLog } from '../agents/guard/guard-log.ts';
import type { Logger } from '../observability/logger.ts';
import { createBatcher } from '../util/batcher.ts';
import { uuidV7 } from '../util/uuid-v7.ts';
import { erasedAmong } from './erased-exchanges.ts';
import { placeholders, type Statements, type Value } from './statements.ts';
import { storable } from './storable.ts';

/** Rows in one statement: well below the 32,766 values that SQLite takes. */
const MAX_BATCH = 200;

const COLUMNS = ['id', 'agent_id', 'exchange_id', 'user_id', 'rule', 'action', 'source', 'at'] as const;

const INSERT = `INSERT INTO guard_findings (${COLUMNS.join(', ')}) VALUES `;
const ROW = placeholders(COLUMNS.length);

/** The guard_findings table. */
export class GuardTable implements GuardLog {
  readonly #statements: Statements;
  readonly #logger: Logger;
  readonly #inserts = createBatcher<GuardFinding>((batch) => this.#insert(batch), MAX_BATCH);

  constructor(statements: Statements, logger: Logger) {
    this.#statements = statements;
    this.#logger = logger;
  }

  record(findings: readonly GuardFinding[]): void {
    for (const finding of findings) this.#inserts.add(finding);
  }

  /** Resolves once everything that was recorded so far is written, or logged as lost. */
  flush(): Promise<void> {
    return this.#inserts.flush();
  }

  async #insert(findings: readonly GuardFinding[]): Promise<void> {
    try {
      const exchangeIds = [...new Set(findings.map(({ exchangeId }) => exchangeId))];
      await this.#statements.transaction(async (statements) => {
        const erased = await erasedAmong(statements, exchangeIds);
        const rows = findings.map((finding) =>
          toRow(erased.has(finding.exchangeId) ? { ...finding, userId: '' } : finding),
        );
        await statements.run(INSERT + rows.map(() => ROW).join(', '), rows.flat());
      });
    } catch (error) {
      for (const exchange of new Set(findings.map(({ exchangeId }) => exchangeId))) {
        this.#logger.error('could not record what a guard found', { error, exchange });
      }
    }
  }
}

/** In the order of {@link COLUMNS}. */
function toRow(finding: GuardFinding): Value[] {
  const { agentId, exchangeId, userId, rule, action, source, at } = finding;
  return [
    uuidV7(at.getTime()),
    agentId,
    exchangeId,
    userId,
    storable(rule, 80),
    action,
    storable(source, 190),
    at,
  ];
}

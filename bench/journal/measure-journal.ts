import { randomUUID } from 'node:crypto';
import type { DatabaseConfig } from '../../src/config/database-url.ts';
import { ExchangeTable } from '../../src/database/exchange-table.ts';
import { openClient } from '../../src/database/open-client.ts';
import { openDatabase } from '../../src/database/open-database.ts';
import type { Row, Statements } from '../../src/database/statements.ts';
import { LeaseKeeper } from '../../src/leases/lease-keeper.ts';
import { type Lease, withoutLease } from '../../src/leases/lease.ts';
import { silentLogger } from '../../src/observability/logger.ts';
import { uuidV7 } from '../../src/util/uuid-v7.ts';
import { quantile } from '../statistics.ts';
import { countStatements } from './count-statements.ts';
import type { JournalScale } from './scale.ts';
import { type JournalResult, type MessageJournal, MessageWriter } from './write-messages.ts';

/** What the journal costs where it is kept. */
export interface JournalMeasure {
  /** One message at a time. */
  readonly alone: JournalResult;
  /** As many as the scale says. */
  readonly together: JournalResult;
  /** What the database itself does; undefined where there is none. */
  readonly database: DatabaseMeasure | undefined;
}

/** What is known of a database besides. */
export interface DatabaseMeasure {
  /** Its version, and whether its commits wait for the disk. */
  readonly version: string;
  /** A transaction that changes one row, in milliseconds: the least that a commit takes. */
  readonly commit: number;
  /** What went to it for each message. */
  readonly alone: PerMessage;
  readonly together: PerMessage;
}

/** What went to the database for each message, on average. */
export interface PerMessage {
  readonly transactions: number;
  /** Without the begin and the end of transactions. */
  readonly statements: number;
}

/** Messages whose statements are counted would be measured wrongly: they come after the others. Seconds. */
const COUNTING = 0.5;

/** How often a bare commit is timed. */
const COMMITS = 200;

/** A journal that keeps nothing, at no cost: what is left is this program's own. */
const NO_JOURNAL: MessageJournal = {
  admit: () => Promise.resolve(true),
  reply: () => Promise.resolve(),
  posted: () => undefined,
  finish: () => undefined,
  flush: () => Promise.resolve(),
};

/** Measures no journal at all: a second is enough for that. */
export async function measureNoJournal(scale: JournalScale): Promise<JournalMeasure> {
  const writer = new MessageWriter(NO_JOURNAL, agentIds(scale).map(withoutLease));
  const results = await measure(writer, { ...scale, seconds: Math.min(scale.seconds, 1) });
  return { ...results, database: undefined };
}

/**
 * Measures the journal on a database, which it makes where there is none.
 *
 * @throws Error when a message is not on record in the end
 */
export async function measureJournal(config: DatabaseConfig, scale: JournalScale): Promise<JournalMeasure> {
  const database = await openDatabase({
    database: config,
    secretKey: { key: Buffer.alloc(32), file: '' },
    logger: silentLogger,
  });
  const holder = { hostId: randomUUID(), processId: uuidV7(Date.now()), proof: '', hostName: 'bench' };
  const keeper = new LeaseKeeper({ store: database.leases, holder, logger: silentLogger });
  keeper.start(() => undefined);
  try {
    const leases = await claim(keeper, agentIds(scale));
    const writer = new MessageWriter(database.journal, leases);
    const results = await measure(writer, scale);
    return { ...results, database: await lookAt(config, leases, scale, writer.written) };
  } finally {
    await keeper.stop();
    await database.close();
  }
}

async function measure(
  writer: MessageWriter,
  { together, warmUp, seconds }: JournalScale,
): Promise<{ readonly alone: JournalResult; readonly together: JournalResult }> {
  await writer.write(together, warmUp / 2);
  await writer.write(1, warmUp / 2);
  return { alone: await writer.write(1, seconds), together: await writer.write(together, seconds) };
}

/** On connections of its own, with statements that are counted. */
async function lookAt(
  config: DatabaseConfig,
  leases: readonly Lease[],
  { together }: JournalScale,
  written: number,
): Promise<DatabaseMeasure> {
  const opened = await openClient(config);
  const { statements } = opened;
  try {
    const [row] = await statements.rows('SELECT COUNT(*) AS kept FROM exchanges WHERE state = ?', [
      'delivered',
    ]);
    if (Number(row?.['kept']) !== written)
      throw new Error(`of ${written} messages ${row?.['kept']} are on record`);
    const commit = await timeCommit(statements, leases[0]?.agentId ?? '');
    const version = await versionOf(statements);
    const counts = countStatements(statements);
    const journal = new ExchangeTable(statements, () => new Date(), silentLogger);
    const writer = new MessageWriter(journal, leases, written);
    const count = async (messages: number): Promise<PerMessage> => {
      const before = { ...counts, written: writer.written };
      await writer.write(messages, COUNTING);
      const all = writer.written - before.written;
      return {
        transactions: (counts.transactions - before.transactions) / all,
        statements: (counts.statements - before.statements) / all,
      };
    };
    return { version, commit, alone: await count(1), together: await count(together) };
  } finally {
    await opened.close();
  }
}

async function timeCommit(statements: Statements, agentId: string): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < COMMITS; n++) {
    const from = performance.now();
    await statements.transaction((transaction) =>
      transaction.run('UPDATE bot_leases SET host_name = ? WHERE agent_id = ?', [`bench-${n}`, agentId]),
    );
    times.push(performance.now() - from);
  }
  return quantile(times, 0.5);
}

async function versionOf(statements: Statements): Promise<string> {
  const ask = async (sql: string): Promise<Row> => (await statements.rows(sql, []))[0] ?? {};
  switch (statements.dialect.provider) {
    case 'sqlite': {
      const { version } = await ask('SELECT sqlite_version() AS version');
      const { synchronous } = await ask('PRAGMA synchronous');
      return `SQLite ${version ?? ''}, synchronous ${synchronous === '1' ? 'NORMAL' : (synchronous ?? '')}`;
    }
    case 'postgresql': {
      const { version, fsync, waits } = await ask(
        "SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS waits",
      );
      return `PostgreSQL ${version ?? ''}, fsync ${fsync ?? ''}, synchronous_commit ${waits ?? ''}`;
    }
    case 'mysql': {
      const { version, flush } = await ask(
        'SELECT VERSION() AS version, @@innodb_flush_log_at_trx_commit AS flush',
      );
      return `MySQL ${version ?? ''}, innodb_flush_log_at_trx_commit ${flush ?? ''}`;
    }
  }
}

async function claim(keeper: LeaseKeeper, ids: readonly string[]): Promise<Lease[]> {
  await keeper.claim(ids);
  return ids.map((id) => {
    const lease = keeper.lease(id);
    if (lease === undefined) throw new Error('a lease could not be had');
    return lease;
  });
}

function agentIds({ bots }: JournalScale): string[] {
  return Array.from({ length: bots }, () => randomUUID());
}

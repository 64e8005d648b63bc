import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import type { AgentStore } from '../agents/agent-store.ts';
import type { GuardLog } from '../agents/guard/guard-log.ts';
import type { IdentifyLedger, SessionStore } from '../bots/gateway-session.ts';
import type { DatabaseConfig } from '../config/database-url.ts';
import type { SettingsStore } from '../config/settings-store.ts';
import { ConfigError, TroupeError, UnavailableError } from '../errors.ts';
import type { MemoryStore } from '../memory/memory-store.ts';
import type { Journal } from '../messages/journal.ts';
import type { Logger } from '../observability/logger.ts';
import type { UsageLedger } from '../usage/usage-ledger.ts';
import type { UsageReports } from '../usage/usage-report.ts';
import { AgentTable } from './agent-table.ts';
import { countMemories, type MemoryCount } from './count-memories.ts';
import { ExchangeTable } from './exchange-table.ts';
import { IdentifyTable, SessionTable } from './gateway-tables.ts';
import { PrismaClient } from './generated/sqlite/client.ts';
import { GuardTable } from './guard-table.ts';
import { MemoryTable } from './memory-table.ts';
import { migrate } from './migrate.ts';
import { SecretBox } from './secret-box.ts';
import { SecretKeeper } from './secret-keeper.ts';
import { loadSecretKeys } from './secret-key.ts';
import { watchSecretKeys } from './secret-key-watch.ts';
import { SettingsTable } from './settings-table.ts';
import { SqliteAdapter } from './sqlite-adapter.ts';
import { Statements } from './statements.ts';
import { UsageReportsTable } from './usage-reports.ts';
import { UsageTable } from './usage-table.ts';

/** The tables, open for use. */
export interface Database {
  readonly agents: AgentStore;
  readonly journal: Journal;
  readonly sessions: SessionStore;
  readonly identifies: IdentifyLedger;
  readonly memory: MemoryStore;
  readonly usage: UsageLedger;
  readonly usageReports: UsageReports;
  readonly guardLog: GuardLog;
  /** The keys of the secrets in the agents table. */
  readonly secrets: SecretKeeper;
  /** The runtime settings, as they were when it was opened until they are read again. */
  readonly settings: SettingsStore;
  /** How much an agent remembers: what would be gone with it. */
  countMemories(agentId: string): Promise<MemoryCount>;
  /** Writes what is still waiting, then lets go of the database. */
  close(): Promise<void>;
}

/** What {@link openDatabase} needs. */
export interface DatabaseOptions {
  /** Which database, and where. */
  readonly database: DatabaseConfig;
  /**
   * The key for secrets at rest with older ones that still open what they encrypted; or the file that holds them,
   * which counts only without a key.
   */
  readonly secretKey: {
    readonly key?: Buffer | undefined;
    readonly previous?: readonly Buffer[] | undefined;
    readonly file: string;
  };
  readonly logger: Logger;
  readonly now?: () => Date;
}

const MIGRATIONS = path.join(import.meta.dirname, '../../prisma');

/**
 * Opens the database, makes it and its secret key where there is none, and brings its schema up to date.
 *
 * @throws {ConfigError} when this version cannot use such a database, or the secret key is unusable.
 * @throws {UnavailableError} when it cannot be opened.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { database } = options;
  if (database.provider !== 'sqlite') {
    throw new ConfigError(
      `DATABASE_URL: ${database.provider} is not supported yet; this version runs on SQLite (file:…)`,
    );
  }
  const { provider, file } = database;
  const now = options.now ?? ((): Date => new Date());
  const { box, keyFile, isNew } = await openSecretBox(options.secretKey);
  const adapter = new SqliteAdapter(file);
  const client = new PrismaClient({ adapter });
  const flush = (): Promise<void> => syncWriteAheadLog(file);
  const secrets = new SecretKeeper({ client, secrets: box, keyFile, flush, logger: options.logger });
  let statements: Statements;
  let settings: SettingsTable;
  try {
    // What users wrote is in there: nobody else's to read. SQLite gives the files beside it the same mode.
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await (await open(file, 'a', 0o600)).close();
    statements = new Statements(await adapter.connect());
    await migrate(client, path.join(MIGRATIONS, provider, 'migrations'), options.logger);
    settings = new SettingsTable(client, statements, now);
    await settings.read();
    if (isNew) await secrets.refuseLostKey();
  } catch (error) {
    await client.$disconnect().catch(() => undefined);
    if (error instanceof TroupeError) throw error;
    throw new UnavailableError(`cannot open the database ${file}`, { cause: error });
  }
  const journal = new ExchangeTable(statements, now, options.logger);
  const usage = new UsageTable(statements, now, options.logger);
  const guardLog = new GuardTable(statements, options.logger);
  return {
    agents: new AgentTable(client, box, now),
    journal,
    sessions: new SessionTable(client, statements, now),
    identifies: new IdentifyTable(client),
    memory: new MemoryTable(client, statements, now),
    usage,
    usageReports: new UsageReportsTable(statements),
    guardLog,
    secrets,
    settings,
    countMemories: (agentId) => countMemories(statements, agentId),
    async close() {
      await Promise.all([journal.close(), usage.close(), guardLog.flush()]);
      await client.$disconnect();
    },
  };
}

/** `isNew`: the key was made just now. `keyFile` is undefined when the file is not used. */
async function openSecretBox({
  key,
  previous = [],
  file,
}: DatabaseOptions['secretKey']): Promise<{ box: SecretBox; keyFile: string | undefined; isNew: boolean }> {
  if (key !== undefined) {
    return { box: new SecretBox(key, { previous }), keyFile: undefined, isNew: false };
  }
  const { keys, isNew } = await loadSecretKeys(file);
  const [current, ...others] = keys;
  const box = new SecretBox(current, { previous: others, reread: watchSecretKeys(file) });
  return { box, keyFile: file, isNew };
}

/** Makes what was committed so far survive the loss of power: commits themselves do not wait for the disk. */
async function syncWriteAheadLog(file: string): Promise<void> {
  try {
    const handle = await open(`${file}-wal`, 'r+');
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

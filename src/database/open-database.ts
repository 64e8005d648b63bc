import { mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import type { AgentStore } from '../agents/agent-store.ts';
import type { GuardLog } from '../agents/guard-log.ts';
import type { IdentifyLedger, SessionStore } from '../bots/gateway-session.ts';
import type { DatabaseConfig } from '../config/database-url.ts';
import { ConfigError, TroupeError, UnavailableError } from '../errors.ts';
import type { MemoryStore } from '../memory/memory-store.ts';
import type { Journal } from '../messages/journal.ts';
import type { Logger } from '../observability/logger.ts';
import type { UsageLedger } from '../usage/usage-ledger.ts';
import type { UsageReports } from '../usage/usage-report.ts';
import { AgentTable } from './agent-table.ts';
import { ExchangeTable } from './exchange-table.ts';
import { IdentifyTable, SessionTable } from './gateway-tables.ts';
import { PrismaClient } from './generated/sqlite/client.ts';
import { GuardTable } from './guard-table.ts';
import { MemoryTable } from './memory-table.ts';
import { migrate } from './migrate.ts';
import { sealedSecrets } from './sealed-config.ts';
import { SecretBox } from './secret-box.ts';
import { loadSecretKey } from './secret-key.ts';
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
  /** Writes what is still waiting, then lets go of the database. */
  close(): Promise<void>;
}

/** What {@link openDatabase} needs. */
export interface DatabaseOptions {
  /** Which database, and where. */
  readonly database: DatabaseConfig;
  /** The key for secrets at rest, or the file that holds it. */
  readonly secretKey: { readonly key?: Buffer | undefined; readonly file: string };
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
  const { key, file: keyFile } = options.secretKey;
  const secret = key === undefined ? await loadSecretKey(keyFile) : { key, isNew: false };
  const secrets = new SecretBox(secret.key);
  const adapter = new SqliteAdapter(file);
  const client = new PrismaClient({ adapter });
  let statements: Statements;
  try {
    // What users wrote is in there: nobody else's to read. SQLite gives the files beside it the same mode.
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await (await open(file, 'a', 0o600)).close();
    statements = new Statements(await adapter.connect());
    await migrate(client, path.join(MIGRATIONS, provider, 'migrations'), options.logger);
    if (secret.isNew) await refuseLostKey(client, secrets, keyFile);
  } catch (error) {
    await client.$disconnect().catch(() => undefined);
    if (error instanceof TroupeError) throw error;
    throw new UnavailableError(`cannot open the database ${file}`, { cause: error });
  }
  const journal = new ExchangeTable(statements, now, options.logger);
  const usage = new UsageTable(statements, now, options.logger);
  const guardLog = new GuardTable(statements, options.logger);
  return {
    agents: new AgentTable(client, secrets, now),
    journal,
    sessions: new SessionTable(client, statements, now),
    identifies: new IdentifyTable(client),
    memory: new MemoryTable(client, statements, now),
    usage,
    usageReports: new UsageReportsTable(statements),
    guardLog,
    async close() {
      await Promise.all([journal.close(), usage.close(), guardLog.flush()]);
      await client.$disconnect();
    },
  };
}

/** A new key beside old secrets means that the key was lost: better told at once than by every bot. */
async function refuseLostKey(client: PrismaClient, secrets: SecretBox, keyFile: string): Promise<void> {
  const agents = await client.agent.findMany({ select: { discordToken: true, config: true } });
  const stored = agents.flatMap(({ discordToken, config }) =>
    [discordToken ?? [], sealedSecrets(config)].flat(),
  );
  // Another process that started at the same time may have stored some under the same new key.
  const sealed = stored.filter((secret) => !secret.startsWith(secrets.prefix)).length;
  if (sealed === 0) return;
  await rm(keyFile, { force: true });
  throw new ConfigError(
    `SECRET_KEY_FILE: there is no key at ${keyFile}, but the database holds ${sealed} tokens and keys that were encrypted with one. ` +
      'Restore the file (or set SECRET_KEY), or remove them and enter them again',
  );
}

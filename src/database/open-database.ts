import { open } from 'node:fs/promises';
import type { IdempotencyStore } from '../access/idempotency-store.ts';
import type { GuardLog } from '../agents/guard/guard-log.ts';
import { type Actor, type AuditLog, HOST_ACTOR } from '../audit/audit-log.ts';
import type { BotCommandDesk } from '../bots/bot-command.ts';
import type { BotCommandQueue } from '../bots/bot-command-queue.ts';
import type { IdentifyLedger, SessionStore } from '../bots/gateway-session.ts';
import type { LastSeenStore } from '../bots/last-seen.ts';
import type { DatabaseConfig } from '../config/database-url.ts';
import { TroupeError, UnavailableError } from '../errors.ts';
import type { LeaseStore } from '../leases/lease-store.ts';
import type { UserData } from '../memory/user-data.ts';
import type { Journal } from '../messages/journal.ts';
import type { Logger } from '../observability/logger.ts';
import type { StatementObserver } from '../observability/observers/statement-observer.ts';
import { type Incidents, NO_INCIDENTS } from '../recovery/incidents.ts';
import type { RetentionStore } from '../retention/retention-store.ts';
import type { UsageLedger } from '../usage/usage-ledger.ts';
import type { UsageReports } from '../usage/usage-report.ts';
import { AdminSessionTable } from './admin-session-table.ts';
import { AdminUserTable } from './admin-user-table.ts';
import { AgentTable } from './agent-table.ts';
import { ApiTokenTable } from './api-token-table.ts';
import { AuditTable } from './audit-table.ts';
import { type AuditedStores, storesFor } from './audited-stores.ts';
import { auditorFor } from './auditor.ts';
import { BotCommandTable, type ListenForCommands } from './bot-command-table.ts';
import { checkPromises } from './check-promises.ts';
import { countMemories, type MemoryCount } from './count-memories.ts';
import { ErasureTable } from './erasure-table.ts';
import { ExchangeLogTable } from './exchange-log.ts';
import { ExchangeTable } from './exchange-table.ts';
import { IdentifyTable, SessionTable } from './gateway-tables.ts';
import { GuardTable } from './guard-table.ts';
import { IdempotencyTable } from './idempotency-table.ts';
import { IncidentTable } from './incident-table.ts';
import { LastSeenTable } from './last-seen-table.ts';
import { LeaseTable } from './lease-table.ts';
import { MemoryTable } from './memory-table.ts';
import { describeDatabase, type OpenClient } from './open-client.ts';
import { openMigrated } from './open-migrated.ts';
import { RetentionTable } from './retention-table.ts';
import { SecretBox } from './secret-box.ts';
import { SecretKeeper } from './secret-keeper.ts';
import { loadSecretKeys } from './secret-key.ts';
import { watchSecretKeys } from './secret-key-watch.ts';
import { serverAddress } from './server-address.ts';
import { SettingsTable } from './settings-table.ts';
import { UsageReportsTable } from './usage-reports.ts';
import { UsageTable } from './usage-table.ts';
import { UserDataTable } from './user-data.ts';

/** The tables, open for use. */
export interface Database extends AuditedStores {
  readonly journal: Journal;
  readonly leases: LeaseStore;
  readonly sessions: SessionStore;
  readonly identifies: IdentifyLedger;
  readonly lastSeen: LastSeenStore;
  readonly botCommands: BotCommandDesk & BotCommandQueue;
  readonly usage: UsageLedger;
  readonly usageReports: UsageReports;
  readonly guardLog: GuardLog;
  readonly incidents: IncidentTable;
  readonly retention: RetentionStore;
  readonly userData: UserData;
  readonly idempotency: IdempotencyStore;
  /** The record of every change. */
  readonly auditLog: AuditLog;
  /** The keys of the secrets in the agents table. */
  readonly secrets: SecretKeeper;
  /** The stores whose changes are on record in another's name than this opening's. */
  storesFor(actor: Actor): AuditedStores;
  /** How much an agent remembers: what would be gone with it. */
  countMemories(agentId: string): Promise<MemoryCount>;
  /** Resolves once the database has answered. */
  ask(): Promise<void>;
  /** Looks whether what a running host rests on is still there; what is not is told as an incident. */
  readonly checkPromises: () => Promise<void>;
  /** Writes what is still waiting, then lets go of the database. */
  close(): Promise<void>;
  /**
   * Has whatever waits for the database fail at once, and all that comes later: for an end that must not wait. What was
   * not written is where the death of the process would leave it.
   */
  destroy(): void;
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
  /** In whose name changes are on record. Default: the host's. */
  readonly actor?: Actor;
  readonly now?: () => Date;
  /** Told how long each statement took. */
  readonly onStatement?: StatementObserver;
  /** Told of what is wrong with it. Default: nobody is. */
  readonly incidents?: Incidents;
}

/**
 * Opens the database, makes it and its secret key where there is none, and brings its schema up to date.
 *
 * @throws {ConfigError} when this version cannot use such a database, or the secret key is unusable.
 * @throws {UnavailableError} when it cannot be opened.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { database, logger, incidents = NO_INCIDENTS } = options;
  const now = options.now ?? ((): Date => new Date());
  const { box, keyFile, isNew } = await openSecretBox(options.secretKey);
  let opened: OpenClient | undefined;
  let settings: SettingsTable;
  let secrets: SecretKeeper;
  let listen: ListenForCommands;
  let auditLog: AuditTable;
  try {
    opened = await openMigrated(database, logger, options.onStatement);
    const { client, statements } = opened;
    // Servers wait for the disk at every commit.
    const flush = (): Promise<void> =>
      database.provider === 'sqlite' ? syncWriteAheadLog(database.file) : Promise.resolve();
    const { provider } = database;
    auditLog = new AuditTable(statements, now);
    const auditor = auditorFor(options.actor ?? HOST_ACTOR, auditLog);
    secrets = new SecretKeeper({ client, provider, secrets: box, keyFile, flush, logger, auditor });
    settings = new SettingsTable(statements, now, auditor);
    await settings.read();
    if (isNew) await secrets.refuseLostKey();
    listen = await listening(database, logger);
  } catch (cause) {
    await opened?.close().catch(() => undefined);
    if (cause instanceof TroupeError) throw cause;
    throw new UnavailableError(`cannot open the database ${describeDatabase(database)}`, { cause });
  }
  const { client, statements } = opened;
  const journal = new ExchangeTable(statements, now, options.logger, incidents);
  const usage = new UsageTable(statements, now, options.logger);
  const guardLog = new GuardTable(statements, options.logger);
  const auditor = auditorFor(options.actor ?? HOST_ACTOR, auditLog);
  const tables = {
    agents: new AgentTable(client, statements, box, now, auditor),
    settings,
    memory: new MemoryTable(client, statements, now, auditor),
    exchangeLog: new ExchangeLogTable(statements, now, auditor),
    erasures: new ErasureTable({ statements, secrets: box, now, logger, auditor }),
    adminUsers: new AdminUserTable(statements, now, auditor),
    adminSessions: new AdminSessionTable(statements, now, auditor),
    apiTokens: new ApiTokenTable(statements, now, auditor),
    botCommands: new BotCommandTable(statements, now, listen, auditor),
  };
  return {
    ...tables,
    auditor,
    auditLog,
    storesFor: (actor) => storesFor(actor, tables, auditLog),
    journal,
    leases: new LeaseTable(statements),
    sessions: new SessionTable(client, statements, now),
    identifies: new IdentifyTable(client),
    lastSeen: new LastSeenTable(statements, now),
    usage,
    usageReports: new UsageReportsTable(statements),
    guardLog,
    incidents: new IncidentTable(statements),
    retention: new RetentionTable(statements),
    userData: new UserDataTable(statements),
    idempotency: new IdempotencyTable(statements, now),
    secrets,
    async ask() {
      await statements.rows('SELECT 1 AS answer', []);
    },
    checkPromises: checkPromises({ database, statements, client, box, keyFile, incidents }),
    countMemories: (agentId) => countMemories(statements, agentId),
    async close() {
      await Promise.all([journal.close(), usage.close(), guardLog.flush()]);
      await opened.close();
    },
    destroy: () => {
      opened.destroy();
    },
  };
}

/** How to hear of commands to bots at once; the driver is loaded by now. */
async function listening(database: DatabaseConfig, logger: Logger): Promise<ListenForCommands> {
  if (database.provider !== 'postgresql') return undefined;
  const { PostgresqlListener } = await import('./postgresql-listener.ts');
  const address = serverAddress('postgresql', database.url);
  return (onCommand) => new PostgresqlListener(address, onCommand, logger);
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

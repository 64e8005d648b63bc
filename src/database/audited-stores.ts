import type { AdminSessionStore } from '../access/admin-session-store.ts';
import type { AdminUserStore } from '../access/admin-user-store.ts';
import type { ApiTokenStore } from '../access/api-token-store.ts';
import type { AgentStore } from '../agents/agent-store.ts';
import type { Actor } from '../audit/audit-log.ts';
import type { BotCommandDesk } from '../bots/bot-command.ts';
import type { SettingsStore } from '../config/settings-store.ts';
import type { Erasures } from '../memory/erasures.ts';
import type { MemoryStore } from '../memory/memory-store.ts';
import type { ExchangeLog } from '../messages/exchange-log.ts';
import type { AdminSessionTable } from './admin-session-table.ts';
import type { AdminUserTable } from './admin-user-table.ts';
import type { AgentTable } from './agent-table.ts';
import type { ApiTokenTable } from './api-token-table.ts';
import type { AuditTable } from './audit-table.ts';
import { type Auditor, auditorFor } from './auditor.ts';
import type { BotCommandTable } from './bot-command-table.ts';
import type { ErasureTable } from './erasure-table.ts';
import type { ExchangeLogTable } from './exchange-log.ts';
import type { MemoryTable } from './memory-table.ts';
import type { SettingsTable } from './settings-table.ts';

/**
 * The stores that people and programs change something in. Each change is on record in the audit log in the name of one
 * actor, in the same transaction: neither is there without the other.
 */
export interface AuditedStores {
  readonly agents: AgentStore;
  /** The runtime settings, as they were when it was opened until they are read again. */
  readonly settings: SettingsStore;
  readonly memory: MemoryStore;
  readonly exchangeLog: ExchangeLog;
  readonly erasures: Erasures;
  readonly botCommands: BotCommandDesk;
  readonly adminUsers: AdminUserStore;
  readonly adminSessions: AdminSessionStore;
  readonly apiTokens: ApiTokenStore;
  /** For changes that none of these stores makes. */
  readonly auditor: Auditor;
}

/** The tables that these stores are. */
export interface AuditedTables {
  readonly agents: AgentTable;
  readonly settings: SettingsTable;
  readonly memory: MemoryTable;
  readonly exchangeLog: ExchangeLogTable;
  readonly erasures: ErasureTable;
  readonly botCommands: BotCommandTable;
  readonly adminUsers: AdminUserTable;
  readonly adminSessions: AdminSessionTable;
  readonly apiTokens: ApiTokenTable;
}

/** The same stores with changes in an actor's name. Costs nothing: make them for each request. */
export function storesFor(actor: Actor, tables: AuditedTables, log: AuditTable): AuditedStores {
  const auditor = auditorFor(actor, log);
  return {
    agents: tables.agents.withAuditor(auditor),
    settings: tables.settings.withAuditor(auditor),
    memory: tables.memory.withAuditor(auditor),
    exchangeLog: tables.exchangeLog.withAuditor(auditor),
    erasures: tables.erasures.withAuditor(auditor),
    botCommands: tables.botCommands.withAuditor(auditor),
    adminUsers: tables.adminUsers.withAuditor(auditor),
    adminSessions: tables.adminSessions.withAuditor(auditor),
    apiTokens: tables.apiTokens.withAuditor(auditor),
    auditor,
  };
}

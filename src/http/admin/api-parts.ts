import type { IdempotencyStore } from '../../access/idempotency-store.ts';
import type { AgentRecord, BotStatus } from '../../agents/agent-record.ts';
import type { AgentStore } from '../../agents/agent-store.ts';
import type { Actor, AuditLog } from '../../audit/audit-log.ts';
import type { BotCommandDesk } from '../../bots/bot-command.ts';
import type { CapacityReport } from '../../capacity/capacity-report.ts';
import type { Environment } from '../../config/environment.ts';
import type { SettingsStore } from '../../config/settings-store.ts';
import type { EventSink, EventSource } from '../../events/host-events.ts';
import type { HeldLease } from '../../leases/lease-store.ts';
import type { Erasures } from '../../memory/erasures.ts';
import type { MemoryStore } from '../../memory/memory-store.ts';
import type { UserData } from '../../memory/user-data.ts';
import type { ExchangeLog } from '../../messages/exchange-log.ts';
import type { Logger } from '../../observability/logger.ts';
import type { IncidentLog } from '../../recovery/incident.ts';
import type { BudgetLimit } from '../../usage/usage-ledger.ts';
import type { UsageReports } from '../../usage/usage-report.ts';

/** The stores as one actor writes to them: each change is on record as theirs. */
export interface ActorStores {
  readonly agents: Pick<AgentStore, 'apply'>;
  readonly settings: Pick<SettingsStore, 'set' | 'unset'>;
  readonly exchanges: Pick<ExchangeLog, 'replay' | 'drop'>;
  readonly memory: Pick<MemoryStore, 'forget'>;
  readonly erasures: Pick<Erasures, 'erase'>;
  readonly commands: Pick<BotCommandDesk, 'send'>;
}

/** One thing that was looked at of an agent. */
export interface AgentCheck {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'error';
  /** What is so, and how to mend it. */
  readonly message: string;
}

/** What the admin API works with. */
export interface ApiParts {
  /** Whatever is written is written through these. */
  readonly storesFor: (actor: Actor) => ActorStores;
  readonly agents: Pick<AgentStore, 'list' | 'openConfig' | 'openToken'>;
  readonly leases: { list(): Promise<HeldLease[]> };
  /** Where the bots of this process stand, by agent id. */
  readonly bots: () => ReadonlyMap<string, { readonly status: BotStatus }>;
  /** Looks at everything that an agent needs to answer on Discord. Changes nothing. */
  readonly testAgent: (agent: AgentRecord, signal: AbortSignal) => Promise<readonly AgentCheck[]>;
  /** The link that invites the bot of an application. */
  readonly inviteUrl: (applicationId: string) => string;
  readonly commands: Pick<BotCommandDesk, 'list' | 'get'>;
  readonly exchanges: Pick<ExchangeLog, 'list' | 'find' | 'countDeadLetters'>;
  readonly memory: Pick<MemoryStore, 'sizes' | 'export'>;
  readonly userData: UserData;
  readonly erasures: Pick<Erasures, 'left' | 'find' | 'countRecords'>;
  readonly usageReports: UsageReports;
  /** What the host may spend in a day, as it is set now; undefined: as much as it likes. */
  readonly hostBudget: () => Omit<BudgetLimit, 'kind'> | undefined;
  readonly settings: Pick<SettingsStore, 'read'>;
  /** What the host's config was made from. */
  readonly env: Environment;
  /** The folder from which relative paths in settings begin. */
  readonly cwd: string;
  readonly audit: Pick<AuditLog, 'list' | 'verify'>;
  /** How many more bots this host will bear. */
  readonly capacity: () => CapacityReport;
  readonly incidents: IncidentLog;
  readonly events: EventSource & EventSink;
  readonly idempotency: IdempotencyStore;
  /** Whether an error says that the database cannot be used, and later may be. */
  readonly isOutage: (error: unknown) => boolean;
  readonly logger: Logger;
  readonly now: () => Date;
}

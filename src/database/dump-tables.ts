/** What a column holds. */
export interface DumpColumn {
  readonly type: 'text' | 'int' | 'bigint' | 'boolean' | 'time' | 'json';
  /** Characters that fit; undefined: as many as `maxBytes` allows. Only for text. */
  readonly maxLength?: number;
  /** Bytes of UTF-8 that fit on MySQL. Only for text. */
  readonly maxBytes?: number;
  readonly nullable?: true;
  /** The database fills it in where a row lacks it. */
  readonly hasDefault?: true;
}

/**
 * What becomes of a table when a backup is restored or a database is copied.
 *
 * - `replaced`: the rows that were there go.
 * - `merged`: they stay, and those that are missing come in: what was spent or erased since stays on record.
 * - `marks`: replaced where the new database takes up the work of the old one; otherwise the rows go and none come in.
 */
export type DumpPolicy = 'replaced' | 'merged' | 'marks';

/** A table that backups hold. */
export interface DumpTable {
  /** As in the database. */
  readonly name: string;
  /** As a property of Prisma's client. */
  readonly model: string;
  readonly policy: DumpPolicy;
  /** The columns of its primary key, in order. */
  readonly key: readonly string[];
  /** By name in the database; Prisma's name for each is {@link fieldOf} it. */
  readonly columns: Readonly<Record<string, DumpColumn>>;
}

/** Tables that no backup holds: they mean nothing to another database. */
export const LEFT_OUT_TABLES: readonly string[] = [
  'admin_sessions',
  'bot_commands',
  'bot_leases',
  'gateway_sessions',
  'idempotency_keys',
];

const text = (maxLength: number): DumpColumn => ({ type: 'text', maxLength });
const longText: DumpColumn = { type: 'text', maxBytes: 65_535 };
const mediumText: DumpColumn = { type: 'text', maxBytes: 16_777_215 };
const int: DumpColumn = { type: 'int' };
const bigint: DumpColumn = { type: 'bigint' };
const boolean: DumpColumn = { type: 'boolean' };
const time: DumpColumn = { type: 'time' };
const json: DumpColumn = { type: 'json' };
const optional = (column: DumpColumn): DumpColumn => ({ ...column, nullable: true });
const defaulted = (column: DumpColumn): DumpColumn => ({ ...column, hasDefault: true });

/**
 * Every table that backups hold, those that others refer to first. Prisma's small runtime cannot tell them, so they
 * stand here; a test compares them with `prisma/models.prisma`.
 */
export const DUMP_TABLES: readonly DumpTable[] = [
  {
    name: 'settings',
    model: 'setting',
    policy: 'replaced',
    key: ['name'],
    columns: { name: text(80), value: text(190), updated_at: time },
  },
  {
    name: 'agents',
    model: 'agent',
    policy: 'replaced',
    key: ['id'],
    columns: {
      id: text(36),
      name: text(80),
      name_key: text(190),
      enabled: boolean,
      type: text(32),
      discord_token: optional(text(512)),
      token_fingerprint: optional(text(64)),
      respond_to_dm: boolean,
      respond_to_everyone: boolean,
      respond_without_mention: boolean,
      guild_whitelist: json,
      channel_whitelist: json,
      allowed_users: optional(json),
      allowed_roles: optional(json),
      blocked_users: optional(json),
      rate_limit: defaulted(int),
      config: json,
      application_id: optional(text(20)),
      bot_user_id: optional(text(20)),
      bot_username: optional(text(80)),
      state: text(20),
      state_reason: longText,
      state_changed_at: time,
      version: defaulted(int),
      paused_at: optional(time),
      presence: optional(longText),
      created_at: time,
      updated_at: time,
    },
  },
  {
    name: 'memories',
    model: 'memory',
    policy: 'replaced',
    key: ['id'],
    columns: {
      id: text(36),
      agent_id: text(36),
      user_id: text(20),
      scope: text(20),
      summary: optional(mediumText),
      summary_until: optional(text(36)),
      created_at: time,
      updated_at: time,
    },
  },
  {
    name: 'memory_turns',
    model: 'memoryTurn',
    policy: 'replaced',
    key: ['memory_id', 'exchange_id'],
    columns: {
      memory_id: text(36),
      exchange_id: text(36),
      question: mediumText,
      answer: mediumText,
      at: time,
    },
  },
  {
    name: 'exchanges',
    model: 'exchange',
    policy: 'replaced',
    key: ['id'],
    columns: {
      id: text(36),
      agent_id: text(36),
      message_id: text(20),
      channel_id: text(20),
      guild_id: optional(text(20)),
      user_id: text(20),
      state: text(20),
      reason: text(190),
      question: mediumText,
      attempts: defaulted(int),
      message: optional(mediumText),
      answer: optional(mediumText),
      posted: optional(mediumText),
      admitted_at: time,
      answered_at: optional(time),
      finished_at: optional(time),
    },
  },
  {
    name: 'last_seen',
    model: 'lastSeen',
    policy: 'marks',
    key: ['agent_id'],
    columns: { agent_id: text(36), message_id: text(20), updated_at: time },
  },
  {
    name: 'model_calls',
    model: 'modelCall',
    policy: 'replaced',
    key: ['id'],
    columns: {
      id: text(36),
      agent_id: text(36),
      user_id: optional(text(20)),
      guild_id: optional(text(20)),
      exchange_id: optional(text(36)),
      purpose: text(20),
      provider: text(64),
      model: text(190),
      input_tokens: int,
      cached_tokens: int,
      output_tokens: int,
      counted: boolean,
      nano_usd: optional(bigint),
      latency_ms: int,
      outcome: text(32),
      at: time,
    },
  },
  {
    name: 'budget_counters',
    model: 'budgetCounter',
    policy: 'replaced',
    key: ['scope', 'day'],
    columns: { scope: text(190), day: text(10), nano_usd: bigint, tokens: bigint },
  },
  {
    name: 'guard_findings',
    model: 'guardFinding',
    policy: 'replaced',
    key: ['id'],
    columns: {
      id: text(36),
      agent_id: text(36),
      exchange_id: text(36),
      user_id: text(20),
      rule: text(80),
      action: text(20),
      source: text(190),
      at: time,
    },
  },
  {
    name: 'identifies',
    model: 'identify',
    policy: 'merged',
    key: ['id'],
    columns: { id: text(36), application_id: text(20), at: time },
  },
  {
    name: 'erasures',
    model: 'erasure',
    policy: 'merged',
    key: ['id'],
    columns: { id: text(36), subject: text(64), counts: longText, at: time },
  },
  {
    name: 'admin_users',
    model: 'adminUser',
    policy: 'replaced',
    key: ['id'],
    columns: {
      id: text(36),
      name: text(80),
      name_key: text(190),
      role: text(20),
      password_hash: text(255),
      failed_logins: defaulted(int),
      locked_until: optional(time),
      created_at: time,
      updated_at: time,
    },
  },
  {
    name: 'api_tokens',
    model: 'apiToken',
    policy: 'replaced',
    key: ['id'],
    columns: {
      id: text(36),
      admin_user_id: text(36),
      name: text(80),
      token_hash: text(64),
      role: text(20),
      scopes: longText,
      created_at: time,
      last_used_at: optional(time),
      expires_at: optional(time),
    },
  },
  {
    name: 'incidents',
    model: 'incident',
    policy: 'replaced',
    key: ['id'],
    columns: {
      id: text(36),
      agent_id: optional(text(36)),
      host_id: text(36),
      component: text(80),
      severity: text(20),
      reason: text(190),
      message: longText,
      action: text(20),
      attempts: int,
      started_at: time,
      last_at: time,
      ended_at: optional(time),
      helped: optional(boolean),
    },
  },
  {
    name: 'audit_entries',
    model: 'auditEntry',
    policy: 'merged',
    key: ['sequence'],
    columns: {
      sequence: bigint,
      at: time,
      actor_kind: text(20),
      actor_id: text(190),
      actor_name: text(190),
      action: text(80),
      subject_kind: text(40),
      subject_id: text(190),
      state_before: optional(mediumText),
      state_after: optional(mediumText),
      hash: text(64),
    },
  },
];

/** Prisma's name for a column: `agent_id` is `agentId`. */
export function fieldOf(column: string): string {
  return column.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

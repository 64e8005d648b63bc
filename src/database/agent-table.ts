import { PrismaClientKnownRequestError } from '@prisma/client/runtime/client';
import { agentNameKey, type AgentDefinition } from '../agents/agent-definition.ts';
import type { AgentRecord, BotIdentity, BotPresence, BotState, BotStatus } from '../agents/agent-record.ts';
import type { AgentChange, AgentStore } from '../agents/agent-store.ts';
import { ConflictError, InputError, UnavailableError } from '../errors.ts';
import { uuidV7 } from '../util/uuid-v7.ts';
import { agentChange } from './agent-audit.ts';
import type { Auditor } from './auditor.ts';
import type { Agent as AgentRow, Prisma, PrismaClient } from './generated/sqlite/client.ts';
import { withAgentsLocked } from './lock-agents.ts';
import { agentsUnderFence } from './present-fences.ts';
import { openConfig, renewConfig, sealConfig } from './sealed-config.ts';
import { type SecretBox, SecretKeyError } from './secret-box.ts';
import { reasonAgainst } from './secret-survey.ts';
import { isConflict, isUnavailable, placeholders, type Statements } from './statements.ts';
import { storable, storableJson } from './storable.ts';
import { isUniqueViolation } from './unique-violation.ts';

/** How long to wait for others that write, and for the changes of a large file, in milliseconds. */
const PATIENCE = { maxWait: 30_000, timeout: 300_000 };

/** Prisma's codes for a transaction that did not begin or end in time, and for a database that is busy. */
const TOO_LATE: ReadonlySet<string> = new Set(['P1008', 'P2028']);

/** Lengths of columns, in characters; that of a reason counts bytes on MySQL. */
const MAX_NAME_KEY = 190;
const MAX_SEALED_TOKEN = 512;
const MAX_USERNAME = 80;
const MAX_REASON = 16_000;

/** The agents table, with tokens and the secrets in configs encrypted. */
export class AgentTable implements AgentStore {
  readonly #client: PrismaClient;
  readonly #statements: Statements;
  readonly #secrets: SecretBox;
  readonly #now: () => Date;
  readonly #auditor: Auditor;

  constructor(
    client: PrismaClient,
    statements: Statements,
    secrets: SecretBox,
    now: () => Date,
    auditor: Auditor,
  ) {
    this.#client = client;
    this.#statements = statements;
    this.#secrets = secrets;
    this.#now = now;
    this.#auditor = auditor;
  }

  /** The same table, with changes on record in another's name. */
  withAuditor(auditor: Auditor): AgentTable {
    return new AgentTable(this.#client, this.#statements, this.#secrets, this.#now, auditor);
  }

  async list(): Promise<AgentRecord[]> {
    const rows = await this.#client.agent.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] });
    return rows.map(toRecord);
  }

  async apply(changes: readonly AgentChange[]): Promise<void> {
    // Deletions first: what takes a deleted agent's name or token in the same step is not a conflict.
    const ordered = changes.toSorted((a, b) => Number(b.kind === 'delete') - Number(a.kind === 'delete'));
    const run = async (transaction: Prisma.TransactionClient): Promise<void> => {
      this.#secrets.refresh();
      await this.#refuseUnopened(transaction, changes);
      const before = await rowsOf(
        transaction,
        ordered.flatMap((change) => (change.kind === 'create' ? [] : [change.id])),
      );
      const ids: string[] = [];
      for (const change of ordered) ids.push(await this.#applyOne(transaction, change));
      const after = await rowsOf(transaction, ids);
      const audited = ids.map((id) => agentChange(before.get(id), after.get(id), this.#secrets));
      await this.#auditor.withinPrisma(
        transaction,
        audited.filter((change) => change !== undefined),
      );
    };
    const { provider } = this.#statements.dialect;
    await withAgentsLocked(this.#client, provider, PATIENCE, run).catch((error: unknown) => {
      throw isTooLate(error) ? busy() : isUnavailable(error) ? unavailable(error) : error;
    });
  }

  openToken(agent: Pick<AgentRecord, 'id' | 'sealedToken'>): string | undefined {
    return agent.sealedToken === undefined ? undefined : this.#secrets.open(agent.sealedToken, agent.id);
  }

  openConfig(agent: Pick<AgentRecord, 'id' | 'config'>): Record<string, unknown> {
    return openConfig(agent.config, (sealed, setting) => {
      try {
        return this.#secrets.open(sealed, agent.id);
      } catch (error) {
        if (!(error instanceof SecretKeyError)) throw error;
        throw new SecretKeyError(`${setting}: ${error.message}`, {
          remedy: error.remedy,
          cause: error.cause,
        });
      }
    });
  }

  async saveStatus(
    statuses: ReadonlyMap<string, BotStatus>,
    fences: ReadonlyMap<string, bigint | undefined> = new Map(),
  ): Promise<void> {
    const all = new Map([...statuses.keys()].map((id) => [id, fences.get(id)]));
    await this.#statements.transaction(async (transaction) => {
      const ours = await agentsUnderFence(transaction, all);
      // Bots in the same state share a statement.
      const groups = Map.groupBy(
        [...statuses].filter(([id]) => ours.has(id)),
        ([, { state, reason }]) => `${state} ${reason}`,
      );
      for (const group of groups.values()) {
        const { state, reason } = group[0]?.[1] ?? { state: 'stopped', reason: '' };
        await transaction.run(
          `UPDATE agents SET state = ?, state_reason = ?, state_changed_at = ? WHERE id IN ${placeholders(group.length)}`,
          [state, storable(reason, MAX_REASON), this.#now(), ...group.map(([id]) => id)],
        );
      }
    });
  }

  async saveIdentity(id: string, identity: BotIdentity): Promise<void> {
    await this.#client.agent.updateMany({
      where: { id },
      data: {
        applicationId: identity.applicationId,
        botUserId: identity.userId,
        botUsername: storable(identity.username, MAX_USERNAME),
      },
    });
  }

  /** Returns the agent's id. */
  async #applyOne(transaction: Prisma.TransactionClient, change: AgentChange): Promise<string> {
    if (change.kind === 'delete') {
      const { id, ifVersion } = change;
      await refuseStale(transaction, id, ifVersion);
      await transaction.agent.deleteMany({ where: { id } });
      return id;
    }
    const now = this.#now();
    const { definition, token } = change;
    const id = change.kind === 'create' ? uuidV7(now.getTime()) : change.id;
    const columns = toColumns({ ...definition, config: this.#sealConfig(definition.config, id) });
    if (typeof token === 'string') await this.#refuseTaken(transaction, token, definition.name, id);
    const data = { ...columns, ...this.#tokenColumns(token, id), updatedAt: now };
    if (change.kind === 'update') {
      await refuseStale(transaction, id, change.ifVersion);
      if (definition.enabled) await forgetSeen(transaction, id);
    }
    refuseTooLong(definition.name, data);
    try {
      if (change.kind === 'create') {
        const fresh = {
          id,
          createdAt: now,
          state: 'stopped',
          stateReason: 'no host has run it yet',
          stateChangedAt: now,
        };
        await transaction.agent.create({ data: { ...data, ...fresh } });
      } else if (await isGone(transaction, id, data)) {
        throw new InputError(`agent "${definition.name}" was deleted meanwhile; nothing was changed`);
      }
    } catch (error) {
      throw isUniqueViolation(error) ? conflict(definition.name, error) : error;
    }
    return id;
  }

  /** What comes back encrypted may have been read before the key changed. */
  #sealConfig(config: Record<string, unknown>, id: string): Record<string, unknown> {
    const sealed = sealConfig(config, (secret) => this.#secrets.seal(secret, id));
    return renewConfig(sealed, (one) => {
      try {
        return this.#secrets.renew(one, id);
      } catch (error) {
        if (error instanceof SecretKeyError) return one;
        throw error;
      }
    });
  }

  /** A new agent's token may be one that cannot be opened here: nobody could tell. */
  async #refuseUnopened(
    transaction: Prisma.TransactionClient,
    changes: readonly AgentChange[],
  ): Promise<void> {
    const newcomer = changes.find((change) => change.kind === 'create' && typeof change.token === 'string');
    if (newcomer?.kind !== 'create') return;
    // Their tokens go in the same step.
    const gone = new Set(
      changes.map((change) =>
        change.kind === 'delete' || (change.kind === 'update' && change.token !== undefined) ? change.id : '',
      ),
    );
    const rows = await transaction.agent.findMany({
      where: { discordToken: { not: null } },
      select: { id: true, name: true, discordToken: true },
    });
    const locked = rows.find(
      ({ id, discordToken }) =>
        !gone.has(id) && reasonAgainst(() => this.#secrets.open(discordToken ?? '', id)) !== undefined,
    );
    if (locked !== undefined) throw unopened(newcomer.definition.name, locked.name);
  }

  /** The table itself refuses a fingerprint that is taken; those under older keys, while the key changes, it cannot. */
  async #refuseTaken(
    transaction: Prisma.TransactionClient,
    token: string,
    name: string,
    id: string,
  ): Promise<void> {
    const fingerprints = this.#secrets.fingerprints(token);
    if (fingerprints.length === 1) return;
    const where = { tokenFingerprint: { in: fingerprints }, id: { not: id } };
    if ((await transaction.agent.count({ where })) > 0) throw tokenTaken(name);
  }

  #tokenColumns(token: string | null | undefined, id: string): Partial<Pick<AgentRow, TokenColumn>> {
    if (token === undefined) return {};
    const seal = token === null ? null : this.#secrets.seal(token, id);
    return {
      discordToken: seal,
      tokenFingerprint: token === null ? null : this.#secrets.fingerprint(token),
      // Another token may be another bot: who it is will be told by Discord.
      applicationId: null,
      botUserId: null,
      botUsername: null,
    };
  }
}

/** By id, those that are there. */
async function rowsOf(
  transaction: Prisma.TransactionClient,
  ids: readonly string[],
): Promise<ReadonlyMap<string, AgentRow>> {
  if (ids.length === 0) return new Map();
  const rows = await transaction.agent.findMany({ where: { id: { in: [...ids] } } });
  return new Map(rows.map((row) => [row.id, row]));
}

/** Changes a row; returns whether it is gone. */
async function isGone(
  transaction: Prisma.TransactionClient,
  id: string,
  data: Prisma.AgentUpdateManyMutationInput,
): Promise<boolean> {
  const { count } = await transaction.agent.updateMany({
    where: { id },
    data: { ...data, version: { increment: 1 } },
  });
  return count === 0;
}

/** The table is locked: what holds now holds until the change is made. */
async function refuseStale(
  transaction: Prisma.TransactionClient,
  id: string,
  ifVersion: number | undefined,
): Promise<void> {
  if (ifVersion === undefined) return;
  const row = await transaction.agent.findUnique({ where: { id }, select: { name: true, version: true } });
  if (row?.version === ifVersion) return;
  throw new ConflictError(
    row === null
      ? 'the agent was deleted meanwhile; nothing was changed'
      : `agent "${row.name}" was changed meanwhile (version ${row.version}, not ${ifVersion}); nothing was changed`,
    { remedy: 'Read it again, and repeat the change if it still makes sense.' },
  );
}

/** For an agent that is switched on: what was written while it was switched off is not to be answered. */
async function forgetSeen(transaction: Prisma.TransactionClient, agentId: string): Promise<void> {
  const wasOff = await transaction.agent.count({ where: { id: agentId, enabled: false } });
  if (wasOff > 0) await transaction.lastSeen.deleteMany({ where: { agentId } });
}

type TokenColumn = 'discordToken' | 'tokenFingerprint' | 'applicationId' | 'botUserId' | 'botUsername';

/** SQLite would keep it, and other databases would refuse it in words of their own. */
function refuseTooLong(
  name: string,
  { nameKey, discordToken }: { nameKey: string; discordToken?: string | null },
): void {
  if (nameKey.length > MAX_NAME_KEY) throw new InputError(`agent "${name}": the name is too long`);
  if ((discordToken?.length ?? 0) > MAX_SEALED_TOKEN) {
    throw new InputError(`agent "${name}": its Discord token is far longer than one of Discord's`);
  }
}

function conflict(name: string, error: PrismaClientKnownRequestError): InputError {
  return JSON.stringify(error.meta).includes('token_fingerprint')
    ? tokenTaken(name)
    : new InputError(`agent "${name}": there is already an agent of that name`);
}

function unopened(name: string, locked: string): InputError {
  return new InputError(
    `agent "${name}" cannot be made with a token: that of agent "${locked}" cannot be opened here, so it may be the same`,
    {
      remedy: `Have the key it was stored under here (set SECRET_KEY_PREVIOUS, or add a line to the key file), or enter the token of "${locked}" again.`,
    },
  );
}

function isTooLate(error: unknown): boolean {
  return isConflict(error) || (error instanceof PrismaClientKnownRequestError && TOO_LATE.has(error.code));
}

/** Without its cause: Prisma's words tell an operator nothing more. */
function busy(): UnavailableError {
  return new UnavailableError('the database is busy: the agents could not be written; nothing was changed', {
    remedy: 'Another process is writing to it; try again when that is done.',
  });
}

function unavailable(cause: unknown): UnavailableError {
  return new UnavailableError('the database cannot be used: the agents could not be written', { cause });
}

function tokenTaken(name: string): InputError {
  return new InputError(`agent "${name}": its Discord token is already another agent's; each needs its own`);
}

type DefinitionColumns = Omit<
  Prisma.AgentUncheckedCreateInput,
  'id' | 'createdAt' | 'state' | 'stateReason'
> &
  AgentDefinition;

function toColumns(definition: AgentDefinition): Omit<DefinitionColumns, 'stateChangedAt' | 'updatedAt'> {
  return {
    name: definition.name,
    nameKey: agentNameKey(definition.name),
    enabled: definition.enabled,
    type: definition.type,
    respondToDm: definition.respondToDm,
    respondToEveryone: definition.respondToEveryone,
    respondWithoutMention: definition.respondWithoutMention,
    guildWhitelist: definition.guildWhitelist,
    channelWhitelist: definition.channelWhitelist,
    allowedUsers: definition.allowedUsers,
    allowedRoles: definition.allowedRoles,
    blockedUsers: definition.blockedUsers,
    rateLimit: definition.rateLimit,
    config: storableJson(definition.config) as AgentDefinition['config'] & Prisma.InputJsonObject,
  };
}

function toRecord(row: AgentRow): AgentRecord {
  const { applicationId, botUserId: userId, botUsername: username } = row;
  const known = applicationId !== null && userId !== null && username !== null;
  return {
    id: row.id,
    name: row.name,
    enabled: row.enabled,
    type: row.type,
    respondToDm: row.respondToDm,
    respondToEveryone: row.respondToEveryone,
    respondWithoutMention: row.respondWithoutMention,
    guildWhitelist: idList(row.guildWhitelist),
    channelWhitelist: idList(row.channelWhitelist),
    allowedUsers: idList(row.allowedUsers),
    allowedRoles: idList(row.allowedRoles),
    blockedUsers: idList(row.blockedUsers),
    rateLimit: row.rateLimit,
    config: row.config as Record<string, unknown>,
    sealedToken: row.discordToken ?? undefined,
    identity: known ? { applicationId, userId, username } : undefined,
    status: { state: row.state as BotState, reason: row.stateReason },
    version: row.version,
    pausedAt: row.pausedAt ?? undefined,
    presence: row.presence === null ? undefined : (JSON.parse(row.presence) as BotPresence),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

/**
 * Ids as text, also where somebody edited the row by hand and wrote numbers. One that JSON has rounded already becomes
 * an id that nothing has: the agent then answers in too few places, never in wrong ones.
 */
function idList(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.map((id) => (typeof id === 'number' && !Number.isSafeInteger(id) ? '0' : String(id)));
}

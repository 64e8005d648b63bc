import type { AuditedChange } from '../audit/audit-log.ts';
import { canonical, changedParts } from '../audit/changed-parts.ts';
import { secretMark } from './audit-text.ts';
import type { Agent as AgentRow } from './generated/sqlite/client.ts';
import { openConfig } from './sealed-config.ts';
import { type SecretBox, SecretKeyError } from './secret-box.ts';

/** What a keyed hash needs. */
type Secrets = Pick<SecretBox, 'open' | 'fingerprint'>;

/**
 * What was done to an agent, as it goes on record; undefined when nothing was. Of a change only what is different; of
 * secrets only that they are different; of lists of users only how many there are, and that they are different.
 */
export function agentChange(
  before: AgentRow | undefined,
  after: AgentRow | undefined,
  secrets: Secrets,
): AuditedChange | undefined {
  const subject = { kind: 'agent', id: before?.id ?? after?.id ?? '' };
  const [old, fresh] = [before, after].map((row) => row && stateOf(row, secrets));
  if (old === undefined) return fresh && { action: 'agent.create', subject, after: fresh };
  if (fresh === undefined) return { action: 'agent.delete', subject, before: old };
  const changed = changedParts(old, fresh, ['name']);
  if (changed === undefined) return undefined;
  const isSwitched =
    canonical({ ...changed.before, enabled: 0 }) === canonical({ ...changed.after, enabled: 0 });
  const switched = after?.enabled === true ? 'agent.enable' : 'agent.disable';
  return { action: isSwitched ? switched : 'agent.update', subject, ...changed };
}

function stateOf(row: AgentRow, secrets: Secrets): Readonly<Record<string, unknown>> {
  return {
    name: row.name,
    type: row.type,
    enabled: row.enabled,
    discord_token: row.tokenFingerprint === null ? null : secretMark(row.tokenFingerprint),
    respond_to_dm: row.respondToDm,
    respond_to_everyone: row.respondToEveryone,
    respond_without_mention: row.respondWithoutMention,
    guild_whitelist: row.guildWhitelist,
    channel_whitelist: row.channelWhitelist,
    allowed_users: peopleIn(row.allowedUsers, secrets),
    allowed_roles: row.allowedRoles,
    blocked_users: peopleIn(row.blockedUsers, secrets),
    rate_limit: row.rateLimit,
    config: markedConfig(row, secrets),
  };
}

/** The log is kept for ever, and a user may want to be forgotten: it holds no user's id. */
function peopleIn(ids: unknown, secrets: Secrets): object {
  if (!Array.isArray(ids) || ids.length === 0) return { users: 0 };
  return {
    users: ids.length,
    which: secrets.fingerprint(`audited users ${ids.toSorted().join(' ')}`).slice(0, 8),
  };
}

function markedConfig({ id, config }: AgentRow, secrets: Secrets): object {
  return openConfig(config as Record<string, unknown>, (sealed) => {
    try {
      return secretMark(secrets.fingerprint(secrets.open(sealed, id)));
    } catch (error) {
      if (error instanceof SecretKeyError) return 'a secret that cannot be opened';
      throw error;
    }
  });
}

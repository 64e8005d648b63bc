import type { AgentRecord } from './agent-record.ts';
import { withoutSecrets } from './show-value.ts';

/** An agent for programs: keys as in an agents file, ids as text, and never a secret. */
export function agentAsJson(agent: AgentRecord) {
  return {
    id: agent.id,
    name: agent.name,
    type: agent.type,
    enabled: agent.enabled,
    state: agent.status.state,
    state_reason: agent.status.reason,
    paused: agent.pausedAt !== undefined,
    paused_at: agent.pausedAt?.toISOString() ?? null,
    has_token: agent.sealedToken !== undefined,
    application_id: agent.identity?.applicationId ?? null,
    bot_user_id: agent.identity?.userId ?? null,
    bot_username: agent.identity?.username ?? null,
    respond_to_dm: agent.respondToDm,
    respond_to_everyone: agent.respondToEveryone,
    respond_without_mention: agent.respondWithoutMention,
    guild_whitelist: agent.guildWhitelist,
    channel_whitelist: agent.channelWhitelist,
    allowed_users: agent.allowedUsers,
    allowed_roles: agent.allowedRoles,
    blocked_users: agent.blockedUsers,
    rate_limit: agent.rateLimit,
    config: withoutSecrets(agent.config) as Record<string, unknown>,
    presence: agent.presence ?? null,
    version: agent.version,
    created_at: agent.createdAt.toISOString(),
    updated_at: agent.updatedAt.toISOString(),
  };
}

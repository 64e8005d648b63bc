import { z } from 'zod';
import { agentAsJson } from '../../agents/agent-json.ts';
import type { AgentRecord } from '../../agents/agent-record.ts';
import { presentAgents } from '../../bots/present-agents.ts';
import type { ApiParts } from './api-parts.ts';
import { HttpError } from './problem.ts';

/** An agent with what is known of its bot now. */
export interface LiveAgent {
  /** Its state is the bot's own where that runs in this process. */
  readonly agent: AgentRecord;
  /** The machine whose host runs the bot; undefined: none does. */
  readonly host: string | undefined;
  /** Whether that is this process. */
  readonly isHere: boolean;
}

type LiveParts = Pick<ApiParts, 'agents' | 'leases' | 'bots' | 'inviteUrl'>;

const ids = z.array(z.string());

/** An agent as the API shows it. */
export const agentSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    type: z.string(),
    enabled: z.boolean(),
    state: z.string().describe('Where its bot stands.'),
    state_reason: z.string().describe('Why, and what to do about it.'),
    host: z.string().nullable().describe('The machine whose host runs its bot; null: none does.'),
    here: z.boolean().describe('Whether the host that answers runs its bot.'),
    has_token: z.boolean().describe('Whether there is a Discord token; the token itself is never shown.'),
    application_id: z.string().nullable(),
    bot_user_id: z.string().nullable(),
    bot_username: z.string().nullable(),
    invite_url: z
      .string()
      .nullable()
      .describe('Invites its bot to a server; null: its bot is not known yet.'),
    respond_to_dm: z.boolean(),
    respond_to_everyone: z.boolean(),
    respond_without_mention: z.boolean(),
    guild_whitelist: ids,
    channel_whitelist: ids,
    allowed_users: ids,
    allowed_roles: ids,
    blocked_users: ids,
    rate_limit: z.int(),
    config: z.record(z.string(), z.unknown()).describe('What its type takes; `[redacted]` for each secret.'),
    paused_at: z.string().nullable().describe('Since when it answers nobody; null: it answers.'),
    presence: z.unknown().describe('What its bot shows beside its name; null: nothing.'),
    version: z.int().describe('Rises with each change of its settings or token; the `ETag`.'),
    created_at: z.string(),
    updated_at: z.string(),
  })
  .meta({ id: 'Agent' });

/** All agents, oldest first. */
export async function liveAgents({ agents, leases, bots }: LiveParts): Promise<LiveAgent[]> {
  const records = await agents.list();
  const held = await leases.list();
  const hosts = new Map(
    held.filter(({ isLive }) => isLive).map(({ agentId, holder }) => [agentId, holder.hostName]),
  );
  const own = bots();
  return presentAgents(records, held).map((agent) => {
    const bot = own.get(agent.id);
    return {
      agent: bot === undefined ? agent : { ...agent, status: bot.status },
      host: hosts.get(agent.id),
      isHere: bot !== undefined,
    };
  });
}

/** @throws {HttpError} 404 when there is no agent of this id */
export async function liveAgent(id: string, parts: LiveParts): Promise<LiveAgent> {
  const found = (await liveAgents(parts)).find(({ agent }) => agent.id === id);
  if (found === undefined) throw unknownAgent(id);
  return found;
}

/** @throws {HttpError} 404 when there is no agent of this id */
export async function storedAgent(id: string, { agents }: Pick<ApiParts, 'agents'>): Promise<AgentRecord> {
  const found = (await agents.list()).find((agent) => agent.id === id);
  if (found === undefined) throw unknownAgent(id);
  return found;
}

/** What the API shows of an agent. */
export function showAgent({ agent, host, isHere }: LiveAgent, { inviteUrl }: Pick<ApiParts, 'inviteUrl'>) {
  const { applicationId } = agent.identity ?? {};
  return {
    ...agentAsJson(agent),
    host: host ?? null,
    here: isHere,
    invite_url: applicationId === undefined ? null : inviteUrl(applicationId),
  };
}

function unknownAgent(id: string): HttpError {
  return new HttpError(404, `there is no agent ${JSON.stringify(id.slice(0, 64))}`, {
    remedy: 'GET /api/agents lists them all.',
  });
}

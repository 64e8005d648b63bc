import type { AgentDefinition } from '../agents/agent-definition.ts';
import type { AgentRecord } from '../agents/agent-record.ts';

/** What the plan must know of a bot that the pool has. */
export interface PooledBot {
  readonly agentId: string;
  readonly definition: AgentDefinition;
  /** The token that it runs on, as it is stored. */
  readonly sealedToken: string;
  /** Waits for a person: a change starts it anew. */
  readonly parked: boolean;
  /** Counts among those that may run at once. */
  readonly holdsPlace: boolean;
}

/** What brings the pool in line with the agents table. */
export interface SyncPlan {
  /** Agents whose bot is to be started. */
  readonly start: readonly AgentRecord[];
  /** Bots to stop, by agent id: the agent is disabled, deleted or without a token. */
  readonly stop: readonly string[];
  /** Bots to stop and start again: the token changed, or they were parked and something changed. */
  readonly restart: readonly AgentRecord[];
  /** Bots whose settings change while they run. */
  readonly update: readonly AgentRecord[];
  /** Enabled agents for which there is no place. */
  readonly leftOut: readonly AgentRecord[];
  /** Agents that do not run because nobody wants them to. */
  readonly idle: readonly AgentRecord[];
}

/**
 * Compares the agents that are wanted with the bots that there are.
 *
 * Who runs keeps its place; free places go to the oldest agents first.
 *
 * @param agents - the agents table, oldest first
 * @param bots - the pool
 * @param places - how many bots may run at once
 * @param sameToken - whether an agent's token is still the one that its bot runs on; asked only when the stored form
 *   differs, as it does after re-encryption
 */
export function planSync(
  agents: readonly AgentRecord[],
  bots: ReadonlyMap<string, PooledBot>,
  places: number,
  sameToken: (agent: AgentRecord) => boolean,
): SyncPlan {
  const start: AgentRecord[] = [];
  const restart: AgentRecord[] = [];
  const update: AgentRecord[] = [];
  const leftOut: AgentRecord[] = [];
  const idle: AgentRecord[] = [];
  const wanted = new Set<string>();
  const applicants: { agent: AgentRecord; bot: PooledBot | undefined }[] = [];
  let taken = 0;

  for (const agent of agents) {
    if (!agent.enabled || agent.sealedToken === undefined) {
      idle.push(agent);
      continue;
    }
    wanted.add(agent.id);
    const bot = bots.get(agent.id);
    if (bot === undefined) {
      applicants.push({ agent, bot });
      continue;
    }
    const changes = changesOf(agent, bot, sameToken);
    if (bot.holdsPlace) {
      taken += 1;
      if (changes === 'token' || (changes === 'settings' && bot.parked)) restart.push(agent);
      else if (changes === 'settings') update.push(agent);
    } else if (changes !== 'none') applicants.push({ agent, bot });
  }
  for (const { agent, bot } of applicants) {
    if (taken >= places) leftOut.push(agent);
    else {
      taken += 1;
      (bot === undefined ? start : restart).push(agent);
    }
  }
  // A bot that was parked and then left out gives up its entry: the reason it is shown with is the present one.
  const dropped = new Set(leftOut.map(({ id }) => id));
  const stop = [...bots.keys()].filter((id) => !wanted.has(id) || dropped.has(id));
  return { start, stop, restart, update, leftOut, idle };
}

function changesOf(
  agent: AgentRecord,
  bot: PooledBot,
  sameToken: (agent: AgentRecord) => boolean,
): 'none' | 'settings' | 'token' {
  if (agent.sealedToken !== bot.sealedToken && !sameToken(agent)) return 'token';
  return sameDefinition(agent, bot.definition) ? 'none' : 'settings';
}

/** Whether two definitions say the same, whatever the order of keys in their config. */
export function sameDefinition(a: AgentDefinition, b: AgentDefinition): boolean {
  return canonical(definitionOf(a)) === canonical(definitionOf(b));
}

/** The definition alone of what may be a whole row. */
export function definitionOf(agent: AgentDefinition): AgentDefinition {
  const { name, enabled, type, respondToDm, respondToEveryone, respondWithoutMention } = agent;
  const { guildWhitelist, channelWhitelist, allowedUsers, allowedRoles, blockedUsers, rateLimit } = agent;
  return {
    name,
    enabled,
    type,
    respondToDm,
    respondToEveryone,
    respondWithoutMention,
    guildWhitelist,
    channelWhitelist,
    allowedUsers,
    allowedRoles,
    blockedUsers,
    rateLimit,
    config: agent.config,
  };
}

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

import type { AgentTools } from '../agents/agent-type.ts';
import type { BotPool } from '../bots/bot-pool.ts';
import type { Config } from '../config/config.ts';
import type { Environment } from '../config/environment.ts';
import { isUnavailable } from '../database/database-errors.ts';
import type { Database } from '../database/open-database.ts';
import { inspectApplication, inviteUrl } from '../discord/inspect-application.ts';
import type { HostEvents } from '../events/host-events.ts';
import { examineAgent } from '../examine/examine-agent.ts';
import { PATIENCE } from '../examine/examiner.ts';
import type { ApiParts } from '../http/admin/api-parts.ts';
import type { Logger } from '../observability/logger.ts';
import type { Redactor } from '../observability/redactor.ts';

/** What {@link adminParts} puts together. */
export interface AdminPartsOptions {
  readonly config: Config;
  readonly env: Environment;
  readonly database: Database;
  readonly pool: Pick<BotPool, 'bots'>;
  readonly agentTools: AgentTools;
  readonly events: HostEvents;
  /** See {@link ApiParts.hostBudget}. */
  readonly hostBudget: ApiParts['hostBudget'];
  readonly capacity: ApiParts['capacity'];
  readonly logger: Logger;
  readonly redactor: Pick<Redactor, 'add'>;
}

/** What the admin API works with in a host. */
export function adminParts(options: AdminPartsOptions): ApiParts {
  const { config, env, database, pool, agentTools: tools, events, logger, redactor } = options;
  const { hostBudget, capacity } = options;
  const inspect = (token: string, signal: AbortSignal): ReturnType<typeof inspectApplication> => {
    redactor.add(token);
    return inspectApplication(token, { apiUrl: config.discord.apiUrl, timeout: PATIENCE }, signal);
  };
  const examiner = { store: database.agents, tools, inspect };
  return {
    storesFor: (actor) => {
      const { exchangeLog: exchanges, botCommands: commands, ...stores } = database.storesFor(actor);
      return { ...stores, exchanges, commands };
    },
    agents: database.agents,
    leases: database.leases,
    bots: () => pool.bots,
    testAgent: (agent, signal) => examineAgent(agent, examiner, { offline: false, signal }),
    inviteUrl,
    commands: database.botCommands,
    exchanges: database.exchangeLog,
    memory: database.memory,
    userData: database.userData,
    erasures: database.erasures,
    usageReports: database.usageReports,
    hostBudget,
    capacity,
    settings: database.settings,
    env,
    cwd: process.cwd(),
    audit: database.auditLog,
    isOutage: isUnavailable,
    incidents: database.incidents,
    events,
    idempotency: database.idempotency,
    logger,
    now: () => new Date(),
  };
}

import type { AgentTools } from './agents/agent-type.ts';
import type { BotPool } from './bots/bot-pool.ts';
import type { Config } from './config/config.ts';
import type { Environment } from './config/environment.ts';
import { runtimeConfig } from './config/runtime-config.ts';
import type { Database } from './database/open-database.ts';
import { inspectApplication, inviteUrl } from './discord/inspect-application.ts';
import { UnavailableError } from './errors.ts';
import type { HostEvents } from './events/host-events.ts';
import { examineAgent } from './examine/examine-agent.ts';
import { PATIENCE } from './examine/examiner.ts';
import type { ApiParts } from './http/admin/api-parts.ts';
import type { Logger } from './observability/logger.ts';
import type { Redactor } from './observability/redactor.ts';

/** What {@link adminParts} puts together. */
export interface AdminPartsOptions {
  readonly config: Config;
  readonly env: Environment;
  readonly database: Database;
  readonly pool: Pick<BotPool, 'bots'>;
  readonly agentTools: AgentTools;
  readonly events: HostEvents;
  readonly logger: Logger;
  readonly redactor: Pick<Redactor, 'add'>;
}

/** What the admin API works with in a host. */
export function adminParts(options: AdminPartsOptions): ApiParts {
  const { config, env, database, pool, agentTools: tools, events, logger, redactor } = options;
  const inspect = (token: string, signal: AbortSignal): ReturnType<typeof inspectApplication> => {
    redactor.add(token);
    return inspectApplication(token, { apiUrl: config.discord.apiUrl, timeout: PATIENCE }, signal);
  };
  const examiner = { store: database.agents, tools, inspect };
  return {
    storesFor: () => {
      throw notYet();
    },
    agents: database.agents,
    leases: database.leases,
    bots: () => pool.bots,
    testAgent: (agent, signal) => examineAgent(agent, examiner, { offline: false, signal }),
    inviteUrl,
    commands: { list: notYetDone, get: notYetDone },
    exchanges: database.exchangeLog,
    memory: database.memory,
    userData: database.userData,
    erasures: database.erasures,
    usageReports: database.usageReports,
    hostBudget: () => runtimeConfig(config, database.settings.values).budget,
    settings: database.settings,
    env,
    cwd: process.cwd(),
    audit: { list: notYetDone, verify: notYetDone },
    incidents: { list: notYetDone },
    events,
    idempotency: database.idempotency,
    logger,
    now: () => new Date(),
  };
}

/** Nobody is let in before these are there. */
function notYet(): UnavailableError {
  return new UnavailableError('this version cannot do that yet');
}

function notYetDone(): Promise<never> {
  return Promise.reject(notYet());
}

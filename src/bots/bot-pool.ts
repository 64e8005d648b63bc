import type { AgentRecord, BotIdentity, BotStatus } from '../agents/agent-record.ts';
import type { AgentStore } from '../agents/agent-store.ts';
import { messageOf, TroupeError } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import { createWindow } from '../util/window.ts';
import { Bot, type BotTools } from './bot.ts';
import type { GatewaySession, SessionStore } from './gateway-session.ts';
import { planSync, type SyncPlan } from './plan-sync.ts';

/** Settings of the pool, with what {@link BOT_POOL_DEFAULTS} says where they are left out. */
export interface BotPoolOptions {
  /** How many bots may run at once. */
  readonly maxBots: number;
  /** How many may connect at the same time. */
  readonly startWindow?: number;
  /** How long one may hold a place in that window, in milliseconds. */
  readonly startPatience?: number;
}

/** What the pool does unless it is told otherwise. Operators saw 503s when 5 to 13 bots started at once. */
export const BOT_POOL_DEFAULTS = {
  startWindow: 5,
  startPatience: 5_000,
} as const satisfies Partial<BotPoolOptions>;

/** What the pool works with: a bot's tools, but for those that the pool makes itself. */
export type BotPoolTools = Omit<BotTools, 'window' | 'onStatus' | 'onIdentity'> & {
  readonly agents: AgentStore;
  readonly sessions: SessionStore;
};

/** The bots of this process. */
export class BotPool {
  readonly #bots = new Map<string, Bot>();
  /** Bots on their way out, by agent id. */
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #tools: BotPoolTools;
  readonly #botTools: BotTools;
  readonly #logger: Logger;
  #maxBots: number;
  /** Statuses that are not in the table yet. */
  #unsaved = new Map<string, BotStatus>();
  #savingStatus: Promise<void> | undefined;
  /** The statuses of agents without a bot, as last told, so that each is told once. */
  readonly #told = new Map<string, string>();

  constructor(options: BotPoolOptions, tools: BotPoolTools) {
    const { maxBots, startWindow, startPatience } = { ...BOT_POOL_DEFAULTS, ...options };
    this.#maxBots = maxBots;
    this.#tools = tools;
    this.#logger = tools.logger;
    this.#botTools = {
      ...tools,
      window: createWindow(startWindow, startPatience),
      onStatus: (agentId, status) => {
        this.#saveStatus(agentId, status);
      },
      onIdentity: (agentId, identity) => {
        this.#saveIdentity(agentId, identity);
      },
    };
  }

  /** The bots there are, parked ones included, by agent id. */
  get bots(): ReadonlyMap<string, Bot> {
    return this.#bots;
  }

  /** How many bots may run at once. */
  get maxBots(): number {
    return this.#maxBots;
  }

  /** Changes it from the next sync on: that starts those for which there is a place now, or stops the youngest. */
  set maxBots(places: number) {
    this.#maxBots = places;
  }

  /** Brings the pool in line with the agents table. What is to stop stops in the background: nobody waits for it. */
  sync(agents: readonly AgentRecord[]): SyncPlan {
    const tokens = new Map<string, string>();
    const readable = agents.filter((agent) => this.#readToken(agent, tokens));
    const surplus = this.#surplus(readable);
    for (const id of surplus) this.#stop(id);
    const planned = planSync(
      readable,
      this.#bots,
      this.#maxBots,
      ({ id }) => tokens.get(id) === this.#bots.get(id)?.token,
    );
    const plan = { ...planned, stop: [...surplus, ...planned.stop] };
    for (const { id, sealedToken } of readable) {
      const bot = this.#bots.get(id);
      if (sealedToken !== undefined && bot?.token === tokens.get(id)) bot?.reseal(sealedToken);
    }
    for (const id of [...planned.stop, ...plan.restart.map((agent) => agent.id)]) this.#stop(id);
    for (const agent of [...plan.start, ...plan.restart]) this.#start(agent, tokens.get(agent.id));
    for (const agent of plan.update) if (hasToken(agent)) this.#bots.get(agent.id)?.update(agent);
    for (const agent of plan.leftOut) this.#tell(agent, { state: 'left-out', reason: this.#whyLeftOut() });
    for (const agent of plan.idle) this.#tell(agent, idleStatus(agent));
    return plan;
  }

  /** The sessions of all bots as they can be resumed now, by agent id. */
  sessions(): Map<string, GatewaySession[]> {
    const sessions = new Map<string, GatewaySession[]>();
    for (const bot of this.#bots.values()) {
      if (bot.session !== undefined) sessions.set(bot.agentId, [bot.session]);
    }
    return sessions;
  }

  /** Closes every connection so that the next process resumes it; resolves once all is in the database. */
  async stop(): Promise<void> {
    const bots = [...this.#bots.values()];
    await Promise.all([...this.#leaving.values(), ...bots.map((bot) => bot.stop({ resumable: true }))]);
    try {
      await this.#tools.sessions.save(this.sessions());
    } catch (error) {
      this.#logger.error('could not save gateway sessions; bots may have to identify anew', { error });
    }
    for (const bot of bots) {
      if (!bot.parked) this.#saveStatus(bot.agentId, { state: 'stopped', reason: 'the host is not running' });
    }
    this.#bots.clear();
    await this.#savingStatus;
  }

  /** Whose bots have no place any more since there are fewer, the oldest agents keeping theirs. */
  #surplus(agents: readonly AgentRecord[]): string[] {
    const holders = agents.filter((agent) => {
      const bot = this.#bots.get(agent.id);
      return agent.enabled && hasToken(agent) && bot?.holdsPlace === true;
    });
    return holders.slice(this.#maxBots).map(({ id }) => id);
  }

  #start(agent: AgentRecord, token: string | undefined): void {
    if (!hasToken(agent) || token === undefined) return;
    const bot = new Bot(agent, token, this.#botTools);
    this.#told.delete(agent.id);
    this.#bots.set(agent.id, bot);
    this.#saveStatus(agent.id, bot.status);
    // The bot that it replaces goes first: one agent never has two connections.
    const before = this.#leaving.get(agent.id);
    if (before === undefined) bot.start();
    else
      void before.then(() => {
        if (this.#bots.get(agent.id) === bot) bot.start();
      });
  }

  #stop(id: string): void {
    const bot = this.#bots.get(id);
    if (bot === undefined) return;
    this.#bots.delete(id);
    const leaving = Promise.all([this.#leaving.get(id), bot.stop({ resumable: false })]).then(() => {
      if (this.#leaving.get(id) === leaving) this.#leaving.delete(id);
    });
    this.#leaving.set(id, leaving);
  }

  /** Decrypts a token that is new to the pool. False, and told, when this host's key does not open it. */
  #readToken(agent: AgentRecord, tokens: Map<string, string>): boolean {
    if (!agent.enabled || this.#bots.get(agent.id)?.sealedToken === agent.sealedToken) return true;
    try {
      const token = this.#tools.agents.openToken(agent);
      if (token !== undefined) tokens.set(agent.id, token);
      return true;
    } catch (error) {
      const words = error instanceof TroupeError ? `${error.message}. ${error.remedy}` : messageOf(error);
      this.#tell(agent, { state: 'parked', reason: `its token cannot be read: ${words}` });
      return false;
    }
  }

  #whyLeftOut(): string {
    return `all ${this.#maxBots} places are taken. Raise MAX_CONCURRENT_BOTS or disable another agent.`;
  }

  /** Writes the status of an agent that has no bot, and logs it, unless that was done before. */
  #tell(agent: AgentRecord, status: BotStatus): void {
    const words = `${status.state} ${status.reason}`;
    if (this.#told.get(agent.id) === words) return;
    this.#told.set(agent.id, words);
    const { state, reason } = agent.status;
    if (state !== status.state || reason !== status.reason) this.#saveStatus(agent.id, status);
    if (status.state === 'stopped') return;
    const level = status.state === 'off-discord' ? 'info' : 'warn';
    this.#logger[level](`bot is ${status.state}`, { agent: agent.name, reason: status.reason });
  }

  /** Written behind, all that changed meanwhile in one go. */
  #saveStatus(agentId: string, status: BotStatus): void {
    this.#unsaved.set(agentId, status);
    this.#savingStatus ??= (async (): Promise<void> => {
      while (this.#unsaved.size > 0) {
        await new Promise((resolve) => setImmediate(resolve));
        const batch = this.#unsaved;
        this.#unsaved = new Map();
        await this.#tools.agents.saveStatus(batch).catch((error: unknown) => {
          this.#logger.error('could not write the state of bots to the agents table', { error });
        });
      }
      this.#savingStatus = undefined;
    })();
  }

  #saveIdentity(agentId: string, identity: BotIdentity): void {
    this.#tools.agents.saveIdentity(agentId, identity).catch((error: unknown) => {
      this.#logger.error('could not write to the agents table who a bot is', { error });
    });
  }
}

function hasToken(agent: AgentRecord): agent is AgentRecord & { sealedToken: string } {
  return agent.sealedToken !== undefined;
}

function idleStatus(agent: AgentRecord): BotStatus {
  return agent.enabled
    ? { state: 'off-discord', reason: 'it has no Discord token yet' }
    : { state: 'stopped', reason: 'it is disabled' };
}

import type { AgentRecord, BotIdentity, BotState, BotStatus } from '../agents/agent-record.ts';
import type { AgentStore } from '../agents/agent-store.ts';
import { messageOf, TroupeError } from '../errors.ts';
import type { LeaseKeeper } from '../leases/lease-keeper.ts';
import type { Lease } from '../leases/lease.ts';
import type { Logger } from '../observability/logger.ts';
import { sleep } from '../util/sleep.ts';
import { createWindow } from '../util/window.ts';
import { AgentsAside } from './agents-aside.ts';
import { Bot, type BotTools } from './bot.ts';
import type { BotSessions, SessionStore } from './gateway-session.ts';
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

/** Between two looks at a bot that is on its way, in milliseconds. */
const SETTLE_INTERVAL = 50;

/** How often leases are claimed in one sync while other hosts are quicker. */
const MAX_ROUNDS = 10;

/** What the pool works with: a bot's tools, but for those that the pool makes itself. */
export type BotPoolTools = Omit<BotTools, 'window' | 'onStatus' | 'onIdentity'> & {
  readonly agents: AgentStore;
  readonly sessions: SessionStore;
  readonly leases: LeaseKeeper;
  /** Told that work under a lease is over: its bot is stopped, and it is given up right after that unless it was lost. */
  readonly abandon: (lease: Lease) => void;
  /** Told where each agent stands, whenever that changes. Default: nobody is. */
  readonly onStatus?: (agentId: string, status: BotStatus) => void;
};

/** The bots of this process: those that it may run, each under a lease. */
export class BotPool {
  readonly #bots = new Map<string, Bot>();
  /** Bots on their way out, by agent id. */
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #tools: BotPoolTools;
  readonly #botTools: BotTools;
  readonly #logger: Logger;
  #maxBots: number;
  /** Statuses that are not in the table yet, with the fence under which each was true. */
  #unsaved = new Map<string, { readonly status: BotStatus; readonly fence: bigint | undefined }>();
  #savingStatus: Promise<void> | undefined;
  readonly #aside: AgentsAside;
  /** The leases whose loss is noticed. */
  readonly #watched = new WeakSet<Lease>();

  constructor(options: BotPoolOptions, tools: BotPoolTools) {
    const { maxBots, startWindow, startPatience } = { ...BOT_POOL_DEFAULTS, ...options };
    this.#maxBots = maxBots;
    this.#tools = tools;
    this.#logger = tools.logger;
    this.#aside = new AgentsAside({
      logger: tools.logger,
      incidents: tools.incidents,
      saveStatus: (agentId, status) => {
        this.#saveStatus(agentId, status);
      },
    });
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

  /** Agents that should have a bot here and have none, by name: there is no place (`left-out`), or their token cannot be opened (`parked`). */
  get botless(): { readonly name: string; readonly state: BotState }[] {
    return this.#aside.botless;
  }

  /** How many bots may run at once. */
  get maxBots(): number {
    return this.#maxBots;
  }

  /** Changes it from the next sync on: that starts those for which there is a place now, or stops the youngest. */
  set maxBots(places: number) {
    this.#maxBots = places;
  }

  /**
   * Brings the pool in line with the agents table. What is to stop stops in the background: nobody waits for it. Never
   * called again before it has resolved.
   *
   * @throws {Error} when the database does not say who holds which lease; then the bots are as they were
   */
  async sync(agents: readonly AgentRecord[]): Promise<SyncPlan> {
    this.#aside.keep(agents);
    const tokens = new Map<string, string>();
    const { plan, elsewhere } = await this.#claim(agents, tokens);
    for (const { id, sealedToken } of agents) {
      const bot = this.#bots.get(id);
      if (sealedToken !== undefined && bot?.token === tokens.get(id)) bot?.reseal(sealedToken);
    }
    for (const agent of agents) this.#bots.get(agent.id)?.heed(agent);
    for (const id of [...plan.stop, ...plan.restart.map((agent) => agent.id)]) this.#stop(id);
    for (const agent of [...plan.start, ...plan.restart]) this.#start(agent, tokens.get(agent.id));
    for (const agent of plan.update) if (hasToken(agent)) this.#bots.get(agent.id)?.update(agent);
    for (const agent of plan.leftOut)
      this.#aside.tell(agent, { state: 'left-out', reason: this.#whyLeftOut() });
    for (const agent of plan.idle) this.#aside.tell(agent, idleStatus(agent));
    this.#standBy(agents, elsewhere);
    await this.#releaseUnused();
    return plan;
  }

  /**
   * Has an agent's bot connect anew, a parked one too.
   *
   * @param options.fresh - in a new session, which costs an IDENTIFY
   * @returns whether it does: there may be no bot of it here, or no place for a parked one
   */
  reconnect(agentId: string, options: { fresh: boolean }): 'begun' | 'not-here' | 'no-place' {
    const bot = this.#bots.get(agentId);
    if (bot === undefined) return 'not-here';
    if (!bot.parked) {
      bot.reconnect(options);
      return 'begun';
    }
    const taken = [...this.#bots.values()].filter(({ holdsPlace }) => holdsPlace).length;
    if (!bot.holdsPlace && taken >= this.#maxBots) return 'no-place';
    this.#stop(agentId);
    this.#start(bot.record, bot.token);
    return 'begun';
  }

  /**
   * Where an agent's bot stands once it is connected, or waits for something else than Discord's answer.
   *
   * @param signal - ends the wait
   * @returns undefined when there is no bot of it here any more
   */
  async settled(agentId: string, signal: AbortSignal): Promise<BotStatus | undefined> {
    for (;;) {
      const status = this.#bots.get(agentId)?.status;
      const isOnItsWay = status?.state === 'starting' || status?.state === 'reconnecting';
      if (!isOnItsWay || signal.aborted) return status;
      await sleep(SETTLE_INTERVAL, signal);
    }
  }

  /** The sessions of all bots as they can be resumed now, by agent id. */
  sessions(): Map<string, BotSessions> {
    const sessions = new Map<string, BotSessions>();
    for (const { agentId, lease, session } of this.#bots.values()) {
      if (session !== undefined) sessions.set(agentId, { fence: lease.fence, sessions: [session] });
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

  /**
   * Plans, and takes the leases of what is to start; where another host was quicker, plans anew without that.
   *
   * @returns the plan of what can be done, and which hosts run the other bots
   */
  async #claim(
    agents: readonly AgentRecord[],
    tokens: Map<string, string>,
  ): Promise<{ plan: SyncPlan; elsewhere: ReadonlyMap<string, string> }> {
    const { leases } = this.#tools;
    const hasLease = ({ id }: AgentRecord): boolean => leases.lease(id) !== undefined;
    for (let round = 1; ; round++) {
      const elsewhere = await leases.elsewhere();
      const plan = this.#plan(
        agents.filter(({ id }) => !elsewhere.has(id) || this.#bots.has(id)),
        tokens,
      );
      const missing = plan.start.filter((agent) => !hasLease(agent));
      if (missing.length > 0) await leases.claim(missing.map(({ id }) => id));
      if (missing.every(hasLease) || round >= MAX_ROUNDS) {
        return { plan: { ...plan, start: plan.start.filter(hasLease) }, elsewhere };
      }
    }
  }

  /** @param tokens - takes up those that are new to the pool, by agent id */
  #plan(agents: readonly AgentRecord[], tokens: Map<string, string>): SyncPlan {
    const unreadable = new Map<AgentRecord, string>();
    const readable = agents.filter((agent) => this.#readToken(agent, tokens, unreadable));
    this.#aside.park(unreadable, readable);
    const surplus = new Set(this.#surplus(readable));
    const staying = new Map([...this.#bots].filter(([id]) => !surplus.has(id)));
    const plan = planSync(
      readable,
      staying,
      this.#maxBots,
      ({ id }) => tokens.get(id) === this.#bots.get(id)?.token,
    );
    return { ...plan, stop: [...surplus, ...plan.stop] };
  }

  /** Whose bots have no place any more since there are fewer, the oldest agents keeping theirs. */
  #surplus(agents: readonly AgentRecord[]): string[] {
    const holders = agents.filter((agent) => {
      const bot = this.#bots.get(agent.id);
      return agent.enabled && hasToken(agent) && bot?.holdsPlace === true;
    });
    return holders.slice(this.#maxBots).map(({ id }) => id);
  }

  /** Is ready to take over the bots that other hosts run, and says once which these are. */
  #standBy(agents: readonly AgentRecord[], elsewhere: ReadonlyMap<string, string>): void {
    const others = agents.filter(
      (agent) => agent.enabled && hasToken(agent) && elsewhere.has(agent.id) && !this.#bots.has(agent.id),
    );
    this.#tools.leases.watch(others.map(({ id }) => id));
    this.#aside.tellElsewhere(others, elsewhere);
  }

  /** Gives up the leases of those that have no bot here. */
  async #releaseUnused(): Promise<void> {
    const { leases } = this.#tools;
    await leases.release(leases.held.filter((id) => !this.#bots.has(id) && !this.#leaving.has(id)));
  }

  #start(agent: AgentRecord, token: string | undefined): void {
    const lease = this.#tools.leases.lease(agent.id);
    if (!hasToken(agent) || token === undefined || lease === undefined) return;
    const bot = new Bot(agent, token, lease, this.#botTools);
    this.#aside.left(agent.id);
    this.#bots.set(agent.id, bot);
    this.#saveStatus(agent.id, bot.status);
    this.#watch(lease);
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
    if (bot !== undefined) this.#dismiss(bot, { resumable: false });
  }

  /** Once for each lease: bot after bot may run under it. */
  #watch(lease: Lease): void {
    if (this.#watched.has(lease)) return;
    this.#watched.add(lease);
    const lose = (): void => {
      this.#lose(lease);
    };
    lease.signal.addEventListener('abort', lose, { once: true });
  }

  /** Another host has the lease: its bot is over at once, and nothing of it is written any more. */
  #lose(lease: Lease): void {
    const bot = this.#bots.get(lease.agentId);
    if (bot?.lease !== lease) return;
    this.#logger.warn('another host has taken the bot over', { agent: bot.definition.name });
    this.#dismiss(bot, { resumable: true });
  }

  /** Stops a bot in the background; its lease is kept until then, and given up unless the bot is back by then. */
  #dismiss(bot: Bot, options: { resumable: boolean }): void {
    const id = bot.agentId;
    this.#bots.delete(id);
    const leaving = Promise.all([this.#leaving.get(id), bot.stop(options)]).then(async () => {
      if (this.#leaving.get(id) !== leaving) return;
      this.#leaving.delete(id);
      if (this.#bots.has(id)) return;
      // What keeps it from coming back lasts.
      if (!this.#aside.isUnreadable(id)) this.#tools.incidents?.forget(id);
      this.#tools.abandon(bot.lease);
      await this.#tools.leases.release([id]);
    });
    this.#leaving.set(id, leaving);
  }

  /** Decrypts a token that is new to the pool. False when this host's key does not open it: then that is put in. */
  #readToken(agent: AgentRecord, tokens: Map<string, string>, unreadable: Map<AgentRecord, string>): boolean {
    if (!agent.enabled || this.#bots.get(agent.id)?.sealedToken === agent.sealedToken) return true;
    try {
      const token = this.#tools.agents.openToken(agent);
      if (token !== undefined) tokens.set(agent.id, token);
      return true;
    } catch (error) {
      const words = error instanceof TroupeError ? `${error.message}. ${error.remedy}` : messageOf(error);
      unreadable.set(agent, words);
      return false;
    }
  }

  #whyLeftOut(): string {
    return `all ${this.#maxBots} places are taken. Raise MAX_CONCURRENT_BOTS or disable another agent.`;
  }

  /** Written behind, all that changed meanwhile in one go. */
  #saveStatus(agentId: string, status: BotStatus): void {
    this.#tools.onStatus?.(agentId, status);
    this.#unsaved.set(agentId, { status, fence: this.#tools.leases.lease(agentId)?.fence });
    this.#savingStatus ??= (async (): Promise<void> => {
      while (this.#unsaved.size > 0) {
        await new Promise((resolve) => setImmediate(resolve));
        const batch = this.#unsaved;
        this.#unsaved = new Map();
        const statuses = new Map([...batch].map(([id, { status }]) => [id, status]));
        const fences = new Map([...batch].map(([id, { fence }]) => [id, fence]));
        await this.#tools.agents.saveStatus(statuses, fences).catch((error: unknown) => {
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

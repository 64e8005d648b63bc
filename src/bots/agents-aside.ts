import type { AgentRecord, BotState, BotStatus } from '../agents/agent-record.ts';
import type { Logger } from '../observability/logger.ts';
import type { Incidents } from '../recovery/incidents.ts';

/** What {@link AgentsAside} tells, and to whom. */
export interface AgentsAsideTools {
  readonly logger: Logger;
  readonly saveStatus: (agentId: string, status: BotStatus) => void;
  readonly incidents: Incidents | undefined;
}

/** What was told of an agent. */
interface Told {
  readonly words: string;
  readonly name: string;
  /** Undefined: another host runs its bot. */
  readonly state?: BotState;
}

/** What is said of agents that have no bot here: once each, until it is something else. */
export class AgentsAside {
  readonly #tools: AgentsAsideTools;
  /** As last told, by agent id. */
  readonly #told = new Map<string, Told>();
  /** Those whose tokens could not be read the last time. */
  #unreadable: ReadonlySet<string> = new Set();

  constructor(tools: AgentsAsideTools) {
    this.#tools = tools;
  }

  /** Those that should have a bot here: there is no place (`left-out`), or their token cannot be opened (`parked`). */
  get botless(): { readonly name: string; readonly state: BotState }[] {
    return [...this.#told.values()].flatMap(({ name, state }) =>
      state === 'left-out' || state === 'parked' ? [{ name, state }] : [],
    );
  }

  /** Writes the status of an agent that has no bot, and logs it, unless that was done before. */
  tell(agent: AgentRecord, status: BotStatus): void {
    const { logger, saveStatus } = this.#tools;
    const words = `${status.state} ${status.reason}`;
    if (!this.#isNews(agent, { words, name: agent.name, state: status.state })) return;
    const { state, reason } = agent.status;
    if (state !== status.state || reason !== status.reason) saveStatus(agent.id, status);
    if (status.state === 'stopped') return;
    const level = status.state === 'off-discord' ? 'info' : 'warn';
    logger[level](`bot is ${status.state}`, { agent: agent.name, reason: status.reason });
  }

  /** Says which hosts run these, by agent id. */
  tellElsewhere(agents: readonly AgentRecord[], elsewhere: ReadonlyMap<string, string>): void {
    const news = agents.filter(({ id, name }) =>
      this.#isNews({ id }, { words: `run by ${String(elsewhere.get(id))}`, name }),
    );
    for (const [host, told] of Map.groupBy(news, ({ id }) => elsewhere.get(id))) {
      this.#tools.logger.info('these bots are run by another host', {
        host,
        bots: told.map(({ name }) => name).join(', '),
      });
    }
  }

  /**
   * Parks those whose tokens no key of this host opens, which is an incident until one does, or the agent is to run here
   * no more.
   *
   * @param readable - the others that may run here
   */
  park(unreadable: ReadonlyMap<AgentRecord, string>, readable: readonly AgentRecord[]): void {
    const { incidents } = this.#tools;
    const before = this.#unreadable;
    this.#unreadable = new Set(Array.from(unreadable.keys(), ({ id }) => id));
    for (const [agent, why] of unreadable) {
      const reason = `its token cannot be read: ${why}`;
      if (!before.has(agent.id))
        incidents?.report('gateway', 'bad-secret', { agentId: agent.id, error: reason });
      this.tell(agent, { state: 'parked', reason });
    }
    const mended = new Set(readable.filter(({ enabled }) => enabled).map(({ id }) => id));
    for (const id of before) {
      if (this.#unreadable.has(id)) continue;
      if (mended.has(id)) incidents?.recovered('gateway', { agentId: id, reasons: ['bad-secret'] });
      else incidents?.forget(id);
    }
  }

  /** Whether its token could not be read the last time. */
  isUnreadable(agentId: string): boolean {
    return this.#unreadable.has(agentId);
  }

  /** It has a bot by now: whatever comes after that is news. */
  left(agentId: string): void {
    this.#told.delete(agentId);
  }

  /** Forgets those that are not among the agents any more. */
  keep(agents: readonly AgentRecord[]): void {
    const present = new Set(agents.map(({ id }) => id));
    for (const id of this.#told.keys()) if (!present.has(id)) this.#told.delete(id);
  }

  #isNews({ id }: Pick<AgentRecord, 'id'>, told: Told): boolean {
    const before = this.#told.get(id);
    // The name may be another one.
    this.#told.set(id, told);
    return before?.words !== told.words;
  }
}

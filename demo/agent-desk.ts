import { type AgentDefinition, agentDefinitionSchema } from '../src/agents/agent-definition.ts';
import type { AgentRecord, BotStatus } from '../src/agents/agent-record.ts';
import type { BotPool } from '../src/bots/bot-pool.ts';
import type { Bot } from '../src/bots/bot.ts';
import type { RoleName } from './cast.ts';
import type { TableClient } from './table-client.ts';
import type { WatchedLogger } from './watched-logger.ts';

/** The states that the demo waits for. */
type AwaitedState = 'ready' | 'stopped';

/** The agents table as somebody beside the host edits it, and what the host makes of that. */
export class AgentDesk {
  readonly #table: TableClient;
  readonly #pool: BotPool;
  readonly #log: WatchedLogger;

  constructor(table: TableClient, pool: BotPool, log: WatchedLogger) {
    this.#table = table;
    this.#pool = pool;
    this.#log = log;
  }

  /** The rows of the table, oldest first. */
  async list(): Promise<AgentRecord[]> {
    return this.#table.list();
  }

  /** Where a bot stands in the pool now: what the table says a moment later. */
  status(name: RoleName): BotStatus {
    return this.#botOf(name)?.status ?? { state: 'stopped', reason: 'it is disabled' };
  }

  /** Writes to the row and nothing else: that the host follows is the scheduler's doing. */
  async setEnabled(name: RoleName, enabled: boolean): Promise<void> {
    await this.#edit(name, { enabled });
  }

  /** Changes one setting of the agent's type; resolves once the next message follows it. */
  async configure(name: RoleName, setting: string, value: string): Promise<void> {
    const { config } = await this.#find(name);
    await this.#edit(name, { config: { ...config, [setting]: value } });
    await this.#log.until(() => {
      const bot = this.#botOf(name);
      return bot === undefined || bot.definition.config[setting] === value;
    }, `the scheduler to bring ${name} its new ${setting}`);
  }

  /** Resolves once the pool has the bot in that state. */
  async untilState(name: RoleName, state: AwaitedState): Promise<void> {
    await this.#log.until(() => this.status(name).state === state, `${name} to be ${state}`);
  }

  /** Resolves once the bot is ready or parked, or after so many milliseconds. */
  async untilSettled(name: RoleName, timeoutMs: number): Promise<void> {
    const isSettled = (): boolean => ['ready', 'parked'].includes(this.status(name).state);
    await this.#log.until(isSettled, `${name} to be ready or parked`, timeoutMs).catch(() => undefined);
  }

  #botOf(name: RoleName): Bot | undefined {
    for (const bot of this.#pool.bots.values()) if (bot.definition.name === name) return bot;
    return undefined;
  }

  async #find(name: RoleName): Promise<AgentRecord> {
    const record = (await this.#table.list()).find((agent) => agent.name === name);
    if (record === undefined) throw new Error(`there is no agent ${name}`);
    return record;
  }

  async #edit(name: RoleName, change: Partial<AgentDefinition>): Promise<void> {
    const record = await this.#find(name);
    const keys = Object.keys(agentDefinitionSchema.shape) as (keyof AgentDefinition)[];
    const settings = Object.fromEntries(keys.map((key) => [key, change[key] ?? record[key]]));
    const definition = agentDefinitionSchema.parse(settings);
    await this.#table.apply([{ kind: 'update', id: record.id, definition, token: undefined }]);
  }
}

import type { z } from 'zod';
import type { LogFields, Logger } from '../observability/logger.ts';
import type { MemoryStore } from '../memory/memory-store.ts';
import type { Incidents } from '../recovery/incidents.ts';
import type { PriceList } from '../usage/price-list.ts';
import type { BudgetLimit, UsageLedger } from '../usage/usage-ledger.ts';
import type { Agent } from './agent.ts';
import type { ChatModels } from './chat-models.ts';
import type { GuardLog } from './guard/guard-log.ts';

/** What the host has for agents to work with. */
export interface AgentTools {
  readonly models: ChatModels;
  readonly memory: MemoryStore;
  readonly usage: UsageLedger;
  readonly prices: PriceList;
  /** What the host with all of its agents may spend in a day; undefined: as much as it likes. */
  readonly hostBudget: BudgetLimit | undefined;
  readonly guardLog: GuardLog;
  /** Takes the secrets out of what an agent says that this process knows, and what has the shape of one. */
  readonly redact: (text: string) => string;
  /**
   * The secret that a setting of an agent is about: looked up when it is written as `${NAME}`, else the text itself.
   * From now on no log line shows it.
   *
   * @throws {InputError} when the variable is not set on this host
   */
  readonly secretOf: (setting: string) => string;
  /**
   * Does something that no user waits for: bounded, logged when it fails (with the fields that are given), given up when
   * the host stops.
   */
  readonly background: (
    what: string,
    task: (signal: AbortSignal) => Promise<void>,
    about?: LogFields,
  ) => void;
  /** Told of what fails. */
  readonly incidents: Incidents;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** Which agent is to be made. */
export interface AgentIdentity {
  readonly id: string;
  readonly name: string;
}

/**
 * A kind of agent. A new kind is one file that exports one of these, and one line in `agent-types.ts`.
 */
export interface AgentType<Config = unknown> {
  /** What `type:` says in an agents file. */
  readonly name: string;
  /** One line for a person who chooses. */
  readonly description: string;
  /** The shape of `config:`, in snake case as in the file. Checked whenever an agent is loaded or made. */
  readonly configSchema: z.ZodType<Config>;
  /** Whether it needs the privileged MESSAGE_CONTENT intent with this config, as it is stored. Default: it does not. */
  requiresMessageContent?(config: Readonly<Record<string, unknown>>): boolean;
  /**
   * Makes an agent of this kind. Called again when the name or the config changes; cheap, opens nothing.
   *
   * @throws {InputError} when something is missing on this host that the config needs, such as a provider's key
   */
  create(config: Config, identity: AgentIdentity, tools: AgentTools): Agent;
}

import type { z } from 'zod';
import type { Agent } from './agent.ts';

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
  /** Makes an agent of this kind. Called again when the config changes; cheap, opens nothing. */
  create(config: Config): Agent;
}

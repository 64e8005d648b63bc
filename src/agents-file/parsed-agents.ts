import type { AgentDefinition } from '../agents/agent-definition.ts';
import type { AgentType } from '../agents/agent-type.ts';
import type { Environment } from '../config/environment.ts';
import type { FilePlace, FileProblem } from './file-problem.ts';
import type { UnsetToken } from './parse-token.ts';

/** One agent of a file, checked. */
export interface ParsedAgent {
  readonly definition: AgentDefinition;
  /** Undefined when the file gives none: then a stored token stays as it is. */
  readonly token: string | undefined;
  /** That the token's variable is not set, or it is a placeholder. Its warning is also among the file's. */
  readonly tokenUnset: UnsetToken | undefined;
  /** Variables that secrets of its config refer to and that are not set here. Warned of among the file's. */
  readonly unsetSecrets: readonly string[];
  /** Fields, such as `config.api_key`, that hold something from a variable: never to be shown. */
  readonly concealed: ReadonlySet<string>;
  /** Where the agent begins. */
  readonly where: FilePlace;
  /** Where its token stands; where it begins when it has none. */
  readonly whereToken: FilePlace;
}

/** What a file, or several together, say. */
export interface ParsedAgents {
  readonly agents: readonly ParsedAgent[];
  readonly warnings: readonly FileProblem[];
}

/** What is needed to understand a file. */
export interface ParseOptions {
  /** Where `${NAME}` is looked up. */
  readonly env: Environment;
  /** Which kinds of agents there are. Default: all of ours. */
  readonly types?: ReadonlyMap<string, AgentType>;
}

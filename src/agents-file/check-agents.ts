import type { AgentDefinition } from '../agents/agent-definition.ts';
import { redactShapes } from '../observability/secret-shapes.ts';
import type { FileProblem } from './file-problem.ts';
import type { ParsedAgent } from './parsed-agents.ts';
import type { LoadPlan } from './plan-load.ts';
import { printable } from './show-value.ts';

/** The type of the agents that need something of the machine on which they run. */
const CHECKED_TYPE = 'llm';

/** What an agent lacks on this machine, such as a provider's key, in one line; undefined when it lacks nothing. */
export type CheckAgent = (definition: AgentDefinition) => string | undefined;

/** What the check of a plan's agents found. */
export interface CheckedAgents {
  /** In the order of the plan, each at its agent's place. */
  readonly warnings: readonly FileProblem[];
  /** The `llm` agents that lack nothing. */
  readonly sound: readonly ParsedAgent[];
}

/** Checks each `llm` agent that a plan creates or changes. What the file was warned of is not said again. */
export function checkAgents(
  { create, update }: LoadPlan,
  check: CheckAgent = () => undefined,
): CheckedAgents {
  const warnings: FileProblem[] = [];
  const sound: ParsedAgent[] = [];
  for (const agent of [...create, ...update.map((change) => change.agent)]) {
    if (agent.definition.type !== CHECKED_TYPE) continue;
    const note = check(agent.definition);
    if (note === undefined) sound.push(agent);
    else if (!agent.unsetSecrets.some((variable) => names(note, variable))) {
      warnings.push(warningAt(agent, note));
    }
  }
  return { warnings, sound };
}

function names(note: string, variable: string): boolean {
  return note.split(/\W+/).includes(variable);
}

/** A warning at an agent's place, printable and without what has the shape of a secret. */
export function warningAt({ where }: ParsedAgent, note: string): FileProblem {
  return { ...where, message: printable(redactShapes(note)) };
}

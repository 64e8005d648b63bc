import type { AgentDefinition } from '../agents/agent-definition.ts';
import type { AgentTools } from '../agents/agent-type.ts';
import { createAgent } from '../agents/agent-types.ts';
import type { UsageLedger } from '../usage/usage-ledger.ts';
import { type Finding, findingOf, patient } from './check-token.ts';

/** An agent that is not there yet has no account to book on. */
const UNBOOKED: UsageLedger = {
  reserve: () => Promise.resolve(''),
  settle: () => Promise.resolve(),
};

/**
 * Whether an agent of this definition could do its work here, found out as its bot would: for a language model with a
 * tiny call, which costs next to nothing.
 *
 * @param definition - with its secrets in the open
 * @param options - the agent's id, on which the call is booked. Default: it is not booked
 * @returns when it is good: whether there was anybody to ask
 */
export async function checkModel(
  { type, config, name }: AgentDefinition,
  tools: AgentTools,
  { id, signal }: { readonly id?: string; readonly signal?: AbortSignal | undefined } = {},
): Promise<Finding<{ readonly asked: boolean }>> {
  const usage = id === undefined ? UNBOOKED : tools.usage;
  try {
    const agent = createAgent(type, config, { id: id ?? '', name }, { ...tools, usage });
    await agent.check?.(patient(signal));
    return { kind: 'good', asked: agent.check !== undefined };
  } catch (error) {
    return findingOf(error, signal);
  }
}

/** What is missing here for such an agent; undefined when nothing is. Sends nothing. */
export function lackOf({ type, config, name }: AgentDefinition, tools: AgentTools): string | undefined {
  try {
    createAgent(type, config, { id: '', name }, tools);
    return undefined;
  } catch (error) {
    return findingOf(error, undefined).message;
  }
}

import type { AgentDefinition } from '../agents/agent-definition.ts';
import { messageOf, TroupeError, UnavailableError } from '../errors.ts';
import { warningAt } from './check-agents.ts';
import type { FileProblem } from './file-problem.ts';
import type { ParsedAgent } from './parsed-agents.ts';

/** How long the models of all agents together may take to answer with a word, in milliseconds. */
const DEADLINE = 5_000;

/** When it is told that they are waited for, in milliseconds. */
const PATIENCE = 500;

/** What goes wrong when the agent's model is asked for a word, in one line; undefined when nothing does. */
export type ProbeAgent = (definition: AgentDefinition, signal: AbortSignal) => Promise<string | undefined>;

/**
 * Asks the models of these agents for a word, all at once and for five seconds at most.
 *
 * @param onWait - called once when that takes a while
 * @returns a warning for each that does not work, in the order of the agents. Only a defect is thrown.
 */
export async function probeAgents(
  agents: readonly ParsedAgent[],
  probe: ProbeAgent,
  onWait: () => void,
): Promise<FileProblem[]> {
  if (agents.length === 0) return [];
  const controller = new AbortController();
  const { signal } = controller;
  // Listens first, so that its reason counts before that of a probe which heeds the signal.
  const over = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
  const giveUp = (): void => {
    controller.abort(new UnavailableError(`its model did not answer within ${DEADLINE / 1_000} s`));
  };
  const timers = [setTimeout(onWait, PATIENCE), setTimeout(giveUp, DEADLINE)];
  try {
    const notes = await Promise.all(
      agents.map(({ definition }) => noteOf(Promise.race([over, probe(definition, signal)]))),
    );
    return agents.flatMap((agent, index) => {
      const note = notes[index];
      return note === undefined ? [] : [warningAt(agent, note)];
    });
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}

async function noteOf(answer: Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof TroupeError) return messageOf(error);
    throw error;
  }
}

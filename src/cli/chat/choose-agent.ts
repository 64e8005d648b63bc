import { agentDefinitionSchema, agentNameKey } from '../../agents/agent-definition.ts';
import type { AgentRecord } from '../../agents/agent-record.ts';
import type { AgentStore } from '../../agents/agent-store.ts';
import { printable, quote } from '../../agents-file/show-value.ts';
import { InputError } from '../../errors.ts';
import { nearest } from '../../util/nearest.ts';

/** Asks somebody at the terminal. */
export interface ChatQuestions {
  /** Which of these agents; its index. */
  choose(agents: readonly AgentRecord[]): Promise<number>;
  /** Yes or no; yes is what Enter means. */
  agree(question: string): Promise<boolean>;
}

/** The agent that is offered where there is none. */
const OFFER = agentDefinitionSchema.parse({ name: 'Parrot', type: 'echo' });

const HOW_TO_MAKE = 'Make one: npm run agents:load -- agents.example.yaml';

/**
 * The agent to chat with: the one of that name, the only one, or the one that is chosen. Where there is none, an echo
 * agent is offered.
 *
 * @param name - as it was given; undefined: none was
 * @param questions - undefined: nobody is there to answer them
 * @throws {InputError} when there is no such agent, or none is chosen
 */
export async function chooseAgent(
  store: AgentStore,
  name: string | undefined,
  questions: ChatQuestions | undefined,
): Promise<AgentRecord> {
  const agents = await store.list();
  const [first] = agents;
  if (first === undefined) return makeOne(store, questions);
  if (name !== undefined) return named(name, agents);
  if (agents.length === 1) return first;
  if (questions === undefined) {
    throw new InputError(`which agent? There are ${namesOf(agents)}`, {
      remedy: 'Name one: npm run chat -- NAME',
    });
  }
  return agents[await questions.choose(agents)] ?? first;
}

async function makeOne(store: AgentStore, questions: ChatQuestions | undefined): Promise<AgentRecord> {
  if (questions === undefined) {
    throw new InputError('there are no agents yet', {
      remedy: `${HOW_TO_MAKE}\nIn a terminal, npm run chat offers to make an echo agent.`,
    });
  }
  const offer = `There are no agents yet. Make an echo agent, ${OFFER.name}, and talk to it?`;
  if (!(await questions.agree(offer))) {
    throw new InputError('there is nobody to talk to', { remedy: HOW_TO_MAKE });
  }
  await store.apply([{ kind: 'create', definition: OFFER, token: undefined }]);
  return named(OFFER.name, await store.list());
}

function named(name: string, agents: readonly AgentRecord[]): AgentRecord {
  const key = agentNameKey(name);
  const found =
    agents.find((agent) => agentNameKey(agent.name) === key) ?? agents.find(({ id }) => id === name);
  if (found !== undefined) return found;
  const meant = nearest(
    name,
    agents.map((agent) => agent.name),
  );
  throw new InputError(
    `there is no agent ${quote(name)}${meant === undefined ? '' : `; did you mean ${quote(meant)}?`}`,
    { remedy: 'npm run agents -- list shows them all.' },
  );
}

/** How many agents are named. */
const MAX_NAMED = 10;

function namesOf(agents: readonly AgentRecord[]): string {
  const names = agents.slice(0, MAX_NAMED).map(({ name }) => printable(name));
  const left = agents.length - names.length;
  return names.join(', ') + (left > 0 ? ` and ${left} more` : '');
}

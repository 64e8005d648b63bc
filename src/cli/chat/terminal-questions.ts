import type { AgentRecord } from '../../agents/agent-record.ts';
import { printable } from '../../agents-file/show-value.ts';
import { InputError } from '../../errors.ts';
import type { ChatQuestions } from './choose-agent.ts';

/** Asks on the terminal; whoever leaves with Ctrl-C has changed nothing. */
export const terminalQuestions: ChatQuestions = {
  async choose(agents) {
    const { select } = await import('@inquirer/prompts');
    const choices = agents.map((agent, value) => ({
      name: printable(agent.name),
      value,
      description: printable(describe(agent)),
    }));
    return unlessLeft(select({ message: 'Who do you want to talk to?', choices, pageSize: 12 }));
  },
  async agree(question) {
    const { confirm } = await import('@inquirer/prompts');
    return unlessLeft(confirm({ message: question }));
  },
};

function describe({ type, enabled }: AgentRecord): string {
  return enabled ? type : `${type}, disabled`;
}

async function unlessLeft<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && error.name === 'ExitPromptError') {
      throw new InputError('nobody was chosen to talk to');
    }
    throw error;
  }
}

import { styleText } from 'node:util';
import type { AgentRecord } from '../../../agents/agent-record.ts';
import { printable } from '../../../agents-file/show-value.ts';
import type { Manager } from '../manager.ts';
import { attempt } from './attempt.ts';
import { lookAfter } from './look-after.ts';
import { makeAgent } from './make-agent.ts';
import type { Session } from './session.ts';
import { Back, Left } from './leaving.ts';
import { type Choice, Terminal } from './terminal.ts';

/**
 * Makes and manages agents by menus, until somebody leaves. Ctrl-C leaves from everywhere: what was not saved by then
 * is as it was, which is said.
 */
export async function runMenu(manager: Manager): Promise<void> {
  const terminal = new Terminal();
  const session: Session = { manager, terminal, changed: false };
  try {
    if ((await manager.store.list()).length === 0) await makeFirst(session);
    while (await mainMenu(session));
  } catch (error) {
    if (!(error instanceof Left)) throw error;
    terminal.say('', session.changed ? 'Left. What was saved before stays saved.' : 'Nothing was changed.');
  } finally {
    terminal.close();
  }
}

async function makeFirst(session: Session): Promise<void> {
  session.terminal.say(
    styleText('bold', 'There are no agents yet. Let us make the first one.'),
    'Esc goes back, Ctrl-C leaves; nothing is saved before you say so.',
  );
  await attempt(session, () => makeAgent(session));
}

/** @returns whether it goes on */
async function mainMenu(session: Session): Promise<boolean> {
  const { terminal, manager } = session;
  const agents = await manager.present();
  terminal.say('');
  const choice = await terminal
    .select<AgentRecord | 'make' | 'quit'>('Agents', [
      ...agents.map(agentChoice(agents)),
      { name: 'Make a new one', value: 'make' },
      { name: 'Quit', value: 'quit' },
    ])
    .catch(stayAtEscape);
  if (choice === 'quit') return false;
  if (choice === 'make') await attempt(session, () => makeAgent(session));
  else if (choice !== undefined) await lookAfter(choice.id, session);
  return true;
}

/** There is nothing to go back to. */
function stayAtEscape(error: unknown): undefined {
  if (!(error instanceof Back)) throw error;
}

function agentChoice(agents: readonly AgentRecord[]): (agent: AgentRecord) => Choice<AgentRecord> {
  const width = Math.max(...agents.map(({ name }) => printable(name).length));
  return (agent) => {
    const { name, type, status } = agent;
    const line = `${printable(name).padEnd(width)}  ${type.padEnd(4)}  ${status.state}`;
    const description = status.reason === '' ? {} : { description: printable(status.reason) };
    return { name: line, value: agent, ...description };
  };
}

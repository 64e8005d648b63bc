import { printable } from '../../../agents-file/show-value.ts';
import type { AgentRecord } from '../../../agents/agent-record.ts';
import { agentNameKey } from '../../../agents/agent-definition.ts';
import { describeAgent } from '../agent-words.ts';
import { lossOf, undoOf } from '../delete-agents.ts';
import { examineAgent } from '../../../examine/examine-agent.ts';
import { flip } from '../switch-agents.ts';
import { checkLine } from '../test-agent.ts';
import { openTree } from '../write-commands.ts';
import { attempt } from './attempt.ts';
import { editAgent } from './edit-agent.ts';
import { makeAgent } from './make-agent.ts';
import type { Session } from './session.ts';
import { Back } from './leaving.ts';

type Action = 'show' | 'edit' | 'test' | 'duplicate' | 'switch' | 'delete' | 'back';

/** The menu of one agent, until somebody goes back or it is gone. */
export async function lookAfter(id: string, session: Session): Promise<void> {
  const { terminal, manager } = session;
  for (;;) {
    const agent = (await manager.present()).find((one) => one.id === id);
    if (agent === undefined) return;
    terminal.say('');
    const action = await terminal.select<Action>(heading(agent), choices(agent)).catch(backAtEscape);
    if (action === 'back') return;
    await attempt(session, () => ACTIONS[action](agent, session));
  }
}

function backAtEscape(error: unknown): 'back' {
  if (error instanceof Back) return 'back';
  throw error;
}

function heading({ name, type, status }: AgentRecord): string {
  const why = status.reason === '' ? '' : ` (${status.reason})`;
  return printable(`${name}, ${type}, ${status.state}${why}`);
}

function choices({ enabled }: AgentRecord) {
  return [
    { name: 'Show everything', value: 'show' },
    { name: 'Edit', value: 'edit' },
    { name: 'Test', value: 'test', description: 'its token, switches, permissions and model' },
    { name: 'Duplicate', value: 'duplicate', description: 'make another one like it' },
    { name: enabled ? 'Disable' : 'Enable', value: 'switch' },
    { name: 'Delete', value: 'delete' },
    { name: 'Back', value: 'back' },
  ] as const;
}

const ACTIONS: Readonly<
  Record<Exclude<Action, 'back'>, (agent: AgentRecord, session: Session) => Promise<void> | void>
> = {
  show(agent, { terminal }) {
    terminal.say(describeAgent(agent).trimEnd());
  },
  edit: editAgent,
  async test(agent, { terminal, manager }) {
    const checks = await terminal.wait('Asking Discord and the model …', (signal) =>
      examineAgent(agent, manager, { offline: false, signal }),
    );
    terminal.say(...checks.map(checkLine));
  },
  duplicate: (agent, session) => makeAgent(session, openTree(agent, session.manager)),
  async switch(agent, session) {
    await session.manager.store.apply([flip(agent, !agent.enabled)]);
    session.changed = true;
    session.terminal.good(`${printable(agent.name)} is ${agent.enabled ? 'disabled' : 'enabled'}.`);
  },
  async delete(agent, session) {
    const { terminal, manager } = session;
    const name = printable(agent.name);
    terminal.explain(`${name}: ${lossOf(await manager.countMemories(agent.id))}.`);
    const typed = await terminal.input(`Type ${name} to delete it (empty: keep it):`, {
      validate: (text) =>
        text.trim() === '' || agentNameKey(text) === agentNameKey(agent.name) || 'That is not its name.',
    });
    if (typed.trim() === '') {
      terminal.say('Nothing was deleted.');
      return;
    }
    await manager.store.apply([{ kind: 'delete', id: agent.id }]);
    session.changed = true;
    terminal.good(`Deleted ${name}. To make it again: ${printable(undoOf(agent))}`);
  },
};

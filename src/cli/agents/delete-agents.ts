import type { AgentRecord } from '../../agents/agent-record.ts';
import { namesSecret } from '../../agents/secret-settings.ts';
import { printable, withoutSecrets } from '../../agents-file/show-value.ts';
import type { MemoryCount } from '../../database/count-memories.ts';
import { InputError } from '../../errors.ts';
import { confirm } from '../confirm.ts';
import { jsonLine } from '../json-line.ts';
import { agentAsJson } from '../../agents/agent-json.ts';
import { knownAgents } from './known-agents.ts';
import type { Manager, ManagerIo } from './manager.ts';
import { shellWord } from './next-steps.ts';
import { changesOf } from './setting-change.ts';

/** `delete NAME…`: all of them, or none. Asks on a terminal. */
export async function deleteAgents(
  names: readonly string[],
  { yes, json }: { readonly yes?: true; readonly json?: true },
  manager: Manager,
  io: ManagerIo,
): Promise<void> {
  const agents = knownAgents(names, await manager.present());
  const losses = await Promise.all(agents.map(({ id }) => manager.countMemories(id)));
  const lines = agents.map((agent, index) => `${printable(agent.name)}: ${lossOf(losses[index])}`);
  if (!yes) await askFirst(lines, io);
  await manager.store.apply(agents.map(({ id }) => ({ kind: 'delete', id })));
  if (json) {
    const deleted = agents.map((agent, index) => ({
      agent: agentAsJson(agent),
      memory: losses[index],
      undo: undoOf(agent),
    }));
    io.stdout.write(jsonLine({ deleted }));
    return;
  }
  for (const agent of agents) {
    io.stdout.write(`Deleted ${printable(agent.name)}. To make it again: ${printable(undoOf(agent))}\n`);
  }
}

/** What goes with an agent. */
export function lossOf({ users, turns }: MemoryCount = { users: 0, turns: 0 }): string {
  if (turns === 0) return 'it remembers nobody';
  const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;
  return `what it remembers goes with it, for good: ${count(turns, 'turn')} with ${count(users, 'user')}`;
}

/** The command that makes an agent like this one again. Its token and keys are not in it, nor is what it remembers. */
export function undoOf(agent: AgentRecord): string {
  const settings = changesOf(agent).flatMap(({ key, value }) => {
    if (key === 'type') return [`--type ${shellWord(String(value))}`];
    const shown = withoutSecrets(value, key);
    // What cannot be written down is left out; the agent says what it lacks.
    if (namesSecret(key) && shown !== value) return ['--api-key-env VARIABLE'];
    return [`--set ${shellWord(`${key}=${JSON.stringify(shown)}`)}`];
  });
  const token = agent.sealedToken === undefined ? [] : ['--token-env VARIABLE'];
  return ['npm run agents -- create', shellWord(agent.name), ...settings, ...token].join(' ');
}

/** @throws {InputError} unless somebody is there and says yes */
async function askFirst(lines: readonly string[], { stdin, stderr }: ManagerIo): Promise<void> {
  const agents = lines.length === 1 ? '1 agent' : `${lines.length} agents`;
  if (!stdin.isTTY || !stderr.isTTY) {
    throw new InputError(`${agents} would be deleted and nobody is there to ask; nothing was deleted`, {
      remedy: 'Add --yes to delete without asking.',
    });
  }
  stderr.write(`${lines.join('\n')}\n`);
  if (await confirm(`Delete ${agents}? This cannot be undone.`)) return;
  throw new InputError('not confirmed; nothing was deleted');
}

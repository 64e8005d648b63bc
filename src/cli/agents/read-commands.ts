import type { ManagerIo, Manager } from './manager.ts';
import { jsonLine } from '../json-line.ts';
import { agentAsJson } from '../../agents/agent-json.ts';
import { describeAgent, listTable } from './agent-words.ts';
import { knownAgent } from './known-agents.ts';
import { linksOf } from './next-steps.ts';

interface ReadFlags {
  readonly json?: true;
}

/** `list`. */
export async function listAgents({ json }: ReadFlags, manager: Manager, io: ManagerIo): Promise<void> {
  const agents = await manager.present();
  if (json) io.stdout.write(jsonLine(agents.map(agentAsJson)));
  else if (agents.length > 0) io.stdout.write(listTable(agents));
  else {
    io.stdout.write(
      'There are no agents yet. Make one: npm run agents -- create Parrot, or npm run agents:load -- FILE\n',
    );
  }
}

/** `show NAME`. */
export async function showAgent(
  name: string,
  { json }: ReadFlags,
  manager: Manager,
  io: ManagerIo,
): Promise<void> {
  const agent = knownAgent(name, await manager.present());
  const invite = linksOf(agent, undefined).invite ?? null;
  io.stdout.write(json ? jsonLine({ ...agentAsJson(agent), invite_url: invite }) : describeAgent(agent));
}

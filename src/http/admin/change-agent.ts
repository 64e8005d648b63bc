import type { AgentRecord } from '../../agents/agent-record.ts';
import type { AgentChange } from '../../agents/agent-store.ts';
import { ConflictError } from '../../errors.ts';
import { createOrderedTasks } from '../../util/ordered-tasks.ts';
import type { ApiParts } from './api-parts.ts';
import { type LiveAgent, liveAgent, storedAgent } from './live-agents.ts';
import { refuseOthers } from './version-tag.ts';

/** How an agent is changed. */
export interface AgentEdit {
  /** The tags of the versions that may be changed; undefined: whatever it is. */
  readonly wanted: readonly string[] | undefined;
  /** Undefined: it is like that already. */
  readonly make: (record: AgentRecord) => AgentChange | undefined;
  readonly apply: (changes: readonly AgentChange[]) => Promise<void>;
}

/**
 * Changes an agent as it is, and tells of it.
 *
 * @throws {HttpError} 404 when there is no agent of this id
 * @throws {ConflictError} when it is of none of the wanted versions
 */
export type ChangeAgent = (id: string, edit: AgentEdit) => Promise<LiveAgent>;

/** How often another host may be quicker: more than anybody changes an agent in a moment. */
const TRIES = 100;

/**
 * Makes what changes agents. Changes to whatever an agent is now are made one after the other, and made anew where another
 * host was quicker: none of them is refused because of the others.
 */
export function createChangeAgent(parts: ApiParts): ChangeAgent {
  const inTurn = createOrderedTasks();

  async function tryToChange(id: string, { wanted, make, apply }: AgentEdit): Promise<boolean> {
    const record = await storedAgent(id, parts);
    refuseOthers(record, wanted);
    const change = make(record);
    if (change !== undefined) await apply([change]);
    return change !== undefined;
  }

  async function change(id: string, edit: AgentEdit): Promise<boolean> {
    for (let tries = 1; ; tries++) {
      try {
        return await tryToChange(id, edit);
      } catch (error) {
        if (edit.wanted !== undefined || tries >= TRIES || !(error instanceof ConflictError)) throw error;
      }
    }
  }

  return async (id, edit) => {
    const isChanged = await (edit.wanted === undefined
      ? inTurn.run(id, () => change(id, edit))
      : change(id, edit));
    if (isChanged) parts.events.emit({ kind: 'agent.changed', agentId: id, change: 'updated' });
    return liveAgent(id, parts);
  };
}

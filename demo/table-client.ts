import { Worker } from 'node:worker_threads';
import type { AgentRecord } from '../src/agents/agent-record.ts';
import type { AgentChange, AgentStore } from '../src/agents/agent-store.ts';

/** What the worker is asked: to make these changes, if any, and to say what the table holds then. */
export interface TableRequest {
  readonly id: number;
  readonly changes: readonly AgentChange[];
}

interface TableAnswer {
  readonly id: number;
  readonly agents?: AgentRecord[];
  readonly error?: string;
}

/** The agents table as somebody beside the host has it. */
export interface TableClient extends Pick<AgentStore, 'list' | 'apply'> {
  close(): Promise<void>;
}

/**
 * Opens the table in a thread of its own. SQLite makes a writer wait for another one without leaving its thread, so
 * two connections that write from the same thread would wait for each other.
 *
 * @param env - the settings that the host has
 */
export function openTable(env: Readonly<Record<string, string>>): TableClient {
  const worker = new Worker(new URL('table-worker.ts', import.meta.url), { workerData: env });
  const waiting = new Map<number, PromiseWithResolvers<AgentRecord[]>>();
  let lastId = 0;
  worker.on('message', ({ id, agents, error }: TableAnswer) => {
    if (agents !== undefined) waiting.get(id)?.resolve(agents);
    else waiting.get(id)?.reject(new Error(error));
    waiting.delete(id);
  });
  const failAll = (error: Error): void => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.on('error', failAll);
  worker.on('exit', () => {
    failAll(new Error('the agents table was closed'));
  });

  const ask = async (changes: readonly AgentChange[]): Promise<AgentRecord[]> => {
    const request: TableRequest = { id: ++lastId, changes };
    const answer = Promise.withResolvers<AgentRecord[]>();
    waiting.set(request.id, answer);
    worker.postMessage(request);
    return answer.promise;
  };
  return {
    list: () => ask([]),
    async apply(changes) {
      await ask(changes);
    },
    async close() {
      await worker.terminate();
    },
  };
}

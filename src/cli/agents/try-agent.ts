import { AnswerError } from '../../agents/agent.ts';
import type { AgentRecord } from '../../agents/agent-record.ts';
import { createAgent } from '../../agents/agent-types.ts';
import { InputError, TroupeError } from '../../errors.ts';
import type { MemoryStore } from '../../memory/memory-store.ts';
import { uuidV7 } from '../../util/uuid-v7.ts';
import type { Manager } from './manager.ts';

/** No user of Discord has this id. */
const TESTER = { id: '0', name: 'tester' };

/**
 * Has an agent answer one message, without Discord. Nothing is remembered; calls to a model are booked.
 *
 * @throws {TroupeError} when it cannot
 */
export async function tryAgent(
  record: AgentRecord,
  text: string,
  { store, tools }: Pick<Manager, 'store' | 'tools'>,
  signal: AbortSignal,
): Promise<string> {
  const { id, name, type } = record;
  const agent = createAgent(type, store.openConfig(record), { id, name }, { ...tools, memory: FORGETFUL });
  const question = {
    exchangeId: uuidV7(Date.now()),
    text,
    user: TESTER,
    place: { guildId: undefined, guildName: undefined, channelId: '0', channelName: undefined },
    repliedTo: undefined,
    attachments: [],
    surroundings: {
      download: () => Promise.reject(new InputError('a test has no files')),
      messagesBefore: () => Promise.resolve([]),
    },
  };
  let answer = '';
  try {
    for await (const piece of agent.answer(question, signal)) answer += piece;
    return answer;
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error;
    const details = error.cause instanceof TroupeError ? { remedy: error.cause.message } : {};
    throw new InputError(`it says: ${error.words} (${error.reason})`, details);
  }
}

const FORGETFUL: MemoryStore = {
  recall: () => Promise.resolve({ memoryId: '', summary: undefined, turns: [] }),
  remember: () => Promise.resolve(false),
  turnsAfter: () => Promise.resolve([]),
  saveSummary: () => Promise.resolve(false),
  sizes: () => Promise.resolve([]),
  export: () => Promise.resolve([]),
  forget: () => Promise.resolve({ memories: 0, turns: 0 }),
};

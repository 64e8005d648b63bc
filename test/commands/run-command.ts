import { expect } from 'vitest';
import { agentDefinitionSchema, type AgentDefinition } from '../../src/agents/agent-definition.ts';
import type { CommandReply } from '../../src/commands/command.ts';
import { createCommands } from '../../src/commands/create-commands.ts';
import type { MemoryStore, Turn } from '../../src/memory/memory-store.ts';

/** Who asks, unless something else is said. */
export const ANN = '81384788765712384';
export const GUILD = '613425648685547541';
/** What time it is. */
export const NOW = new Date('2026-02-03T04:05:06.789Z');

/** How a command is used, where it is not by Ann, on a server, with the LLM agent `helper`. */
export interface Use {
  readonly userId?: string;
  readonly agentId?: string;
  readonly guildId?: string | undefined;
  readonly options?: Record<string, string>;
  readonly settings?: Partial<AgentDefinition>;
  readonly isPaused?: boolean;
}

/** Uses a command, written as users see it: `/memory show`. Every reply is checked against Discord's limit. */
export async function use(memory: MemoryStore, words: string, parts: Use = {}): Promise<CommandReply> {
  const { userId = ANN, agentId = 'helper', options = {}, settings = {}, isPaused = false } = parts;
  const [name, subcommand] = words.slice(1).split(' ');
  const command = createCommands({ memory, now: () => NOW }).find(
    ({ definition }) => definition.name === name,
  );
  if (command === undefined) throw new Error(`there is no ${words}`);
  const reply = await command.run({
    subcommand,
    options,
    user: { id: userId, name: 'Ann' },
    guildId: 'guildId' in parts ? parts.guildId : GUILD,
    agent: {
      id: agentId,
      definition: agentDefinitionSchema.parse({ name: 'Helper', type: 'llm', ...settings }),
      botUserId: '4242',
      isPaused,
    },
  });
  expect(reply.text.length).toBeLessThanOrEqual(2_000);
  expect(reply.text.trim()).not.toBe('');
  return reply;
}

/** Has an agent remember these turns of a user; by default the agent `helper` of Ann, for everywhere. */
export async function remember(
  memory: MemoryStore,
  turns: readonly Turn[],
  { agentId = 'helper', userId = ANN, scope = '' } = {},
): Promise<string> {
  const { memoryId } = await memory.recall({ agentId, userId, scope }, 1);
  for (const turn of turns) await memory.remember(memoryId, turn);
  return memoryId;
}

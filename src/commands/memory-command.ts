import { InputError } from '../errors.ts';
import type { MemoryFilter, MemoryStore } from '../memory/memory-store.ts';
import type { Command, CommandCall, CommandOption, CommandReply } from './command.ts';
import { exportMemory } from './export-memory.ts';
import { forgetMemory } from './forget-memory.ts';
import { isEcho } from './memory-words.ts';
import { showMemory } from './show-memory.ts';

/** What `/memory` works with. */
export interface MemoryCommandDeps {
  readonly memory: MemoryStore;
  readonly now: () => Date;
}

const ALL_BOTS = 'all-bots';

const WITH: CommandOption = {
  name: 'with',
  description: 'Whose memory of you (default: this bot)',
  choices: [
    { name: 'this bot', value: 'this-bot' },
    { name: 'all bots', value: ALL_BOTS },
  ],
};

/**
 * `/memory show`, `export` and `forget`: what is remembered of the user who asks, by this agent or by all agents of
 * the host, also those that are disabled or gone. Nobody learns of another user's memory.
 */
export function memoryCommand({ memory, now }: MemoryCommandDeps): Command {
  return {
    definition: {
      name: 'memory',
      description: 'What I remember of you: see it, save it, delete it',
      subcommands: [
        { name: 'show', description: 'Show what is remembered of you', options: [WITH] },
        {
          name: 'export',
          description: 'Get everything that is remembered of you as a file',
          options: [WITH],
        },
        {
          name: 'forget',
          description: 'Forget everything that is remembered of you. This cannot be undone.',
          options: [WITH],
        },
      ],
    },
    async run(call) {
      const filter = filterOf(call);
      const reply = await replyOf(call, filter);
      return reply ?? { text: nothing(call, filter) };
    },
  };

  function replyOf(call: CommandCall, filter: MemoryFilter): Promise<CommandReply | undefined> {
    switch (call.subcommand) {
      case 'show':
        return showMemory(memory, filter, call);
      case 'export':
        return exportMemory(memory, filter, now());
      case 'forget':
        return forgetMemory(memory, filter);
      default:
        throw new InputError(`/memory has no subcommand "${call.subcommand ?? ''}"`, {
          remedy: 'Use /memory show, /memory export or /memory forget.',
        });
    }
  }
}

function filterOf({ agent, options, user }: CommandCall): MemoryFilter {
  return { userId: user.id, agentId: options[WITH.name] === ALL_BOTS ? undefined : agent.id };
}

function nothing({ agent }: CommandCall, { agentId }: MemoryFilter): string {
  if (agentId === undefined) return 'None of the bots here remembers anything of you.';
  if (isEcho(agent.definition)) return 'I only say back what I am told, and remember none of it.';
  return 'I remember nothing of you.';
}

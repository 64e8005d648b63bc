import type { MemoryStore } from '../memory/memory-store.ts';
import type { Command, CommandCall } from './command.ts';
import { isEcho, keepsPlacesApart, placeInWords, placeOf, turnsInWords } from './memory-words.ts';

/** `/reset`: this agent forgets its conversation with the user; where it keeps places apart, only that of this place. */
export function resetCommand({ memory }: { readonly memory: MemoryStore }): Command {
  return {
    definition: {
      name: 'reset',
      description: 'Forget our conversation and begin anew. This cannot be undone.',
    },
    async run(call) {
      const scope = keepsPlacesApart(call.agent.definition) ? placeOf(call) : undefined;
      const { turns } = await memory.forget({ agentId: call.agent.id, userId: call.user.id, scope });
      return { text: turns === 0 ? nothing(call, scope) : forgotten(call, turns, scope) };
    },
  };
}

function nothing(call: CommandCall, scope = ''): string {
  if (isEcho(call.agent.definition)) {
    return 'There is nothing to forget: I only say back what I am told, and remember none of it.';
  }
  return `There is nothing to forget: I remember no conversation with you${placeInWords(scope, call)}.`;
}

function forgotten(call: CommandCall, turns: number, scope = ''): string {
  const done = `Forgotten${placeInWords(scope, call)}: ${turnsInWords(turns)}. We begin anew.`;
  return scope === ''
    ? done
    : `${done}\nWhat I remember from other places stays; \`/memory forget\` forgets that too.`;
}

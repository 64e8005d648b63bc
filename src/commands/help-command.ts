import type { MemorySize, MemoryStore } from '../memory/memory-store.ts';
import type { Command, CommandCall, CommandDefinition } from './command.ts';
import { harmless } from './harmless.ts';
import { howToTalk } from './how-to-talk.ts';
import { dayInWords, isEcho, keepsPlacesApart, turnsInWords } from './memory-words.ts';

const DEFINITION: CommandDefinition = {
  name: 'help',
  description: 'Who I am, how to talk to me, and what I remember of you',
};

/**
 * `/help`: who this bot is, how to talk to it under its present settings, what it remembers of the user, and the
 * commands. It names neither a provider nor a model.
 *
 * @param others - the commands that are listed after `/help` itself
 */
export function helpCommand(
  { memory }: { readonly memory: MemoryStore },
  others: readonly Pick<Command, 'definition'>[],
): Command {
  const commands = [DEFINITION, ...others.map(({ definition }) => definition)].flatMap(commandLines);
  return {
    definition: DEFINITION,
    async run(call) {
      const sizes = await memory.sizes({ userId: call.user.id, agentId: call.agent.id });
      const text = [
        ...whoIAm(call),
        '**Talk to me**',
        ...howToTalk(call).map((line) => `- ${line}`),
        '**What I remember of you**',
        ...whatIRemember(call, sizes),
        '**Commands**',
        ...commands,
      ];
      return { text: text.join('\n') };
    },
  };
}

function whoIAm({ agent: { definition, isPaused = false } }: CommandCall): string[] {
  return [
    `**${harmless(definition.name, 80)}**`,
    isEcho(definition)
      ? 'I am an echo: I say back what I am told.'
      : 'I am a bot: a language model writes my answers. They can be wrong.',
    ...(isPaused ? ['**I am paused at the moment and answer nobody.**'] : []),
  ];
}

function whatIRemember({ agent: { definition } }: CommandCall, sizes: readonly MemorySize[]): string[] {
  const turns = sizes.reduce((sum, size) => sum + size.turns, 0);
  const begin = sizes.map(({ first }) => first?.getTime() ?? Infinity);
  const since = dayInWords(new Date(Math.min(...begin)));
  const amount = turns === 0 ? 'nothing yet' : `${turnsInWords(turns)} since ${since}`;
  if (!isEcho(definition)) {
    const apart = keepsPlacesApart(definition)
      ? 'Direct messages and each server have a memory of their own. '
      : '';
    return [`Our conversations, apart from everybody else's. ${apart}So far: ${amount}.`, DELETION];
  }
  if (turns === 0) return ['Nothing: what I am told I say back, and keep no memory of it.'];
  return [`Nothing of what you tell me now, but from before: ${amount}.`, DELETION];
}

const DELETION = 'See it with `/memory show`; delete it with `/memory forget`.';

function commandLines({ name, description, subcommands }: CommandDefinition): string[] {
  if (subcommands === undefined) return [`\`/${name}\` ${description}`];
  return subcommands.map((sub) => `\`/${name} ${sub.name}\` ${sub.description}`);
}

import {
  type APIApplicationCommand,
  type APIApplicationCommandBasicOption,
  type APIApplicationCommandOption,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  InteractionContextType,
  type RESTPostAPIChatInputApplicationCommandsJSONBody,
} from 'discord-api-types/v10';
import type { CommandDefinition, CommandOption } from '../commands/command.ts';

/** A command as Discord wants to be told of it: for guilds that the bot is in, and for its direct messages. */
export function commandBody(definition: CommandDefinition): RESTPostAPIChatInputApplicationCommandsJSONBody {
  const { name, description, subcommands = [], options = [] } = definition;
  return {
    type: ApplicationCommandType.ChatInput,
    name,
    description,
    contexts: [InteractionContextType.Guild, InteractionContextType.BotDM],
    integration_types: [ApplicationIntegrationType.GuildInstall],
    options: [
      ...subcommands.map((subcommand) => ({
        type: ApplicationCommandOptionType.Subcommand as const,
        name: subcommand.name,
        description: subcommand.description,
        options: (subcommand.options ?? []).map(optionBody),
      })),
      ...options.map(optionBody),
    ],
  };
}

function optionBody({ name, description, choices }: CommandOption): APIApplicationCommandBasicOption {
  return { type: ApplicationCommandOptionType.String, name, description, choices: [...choices] };
}

/** Whether a command is on record with Discord as it is wanted. What Discord adds to it does not count. */
export function isSameCommand(
  recorded: APIApplicationCommand,
  wanted: RESTPostAPIChatInputApplicationCommandsJSONBody,
): boolean {
  return canonical(recorded) === canonical(wanted);
}

/** What we say of a command, in one order: what is left out is as good as what is empty. */
function canonical(command: APIApplicationCommand | RESTPostAPIChatInputApplicationCommandsJSONBody): string {
  const { name, description, contexts, integration_types: integrations, options } = command;
  return JSON.stringify([
    name,
    description,
    [...(contexts ?? [])].sort(),
    [...(integrations ?? [])].sort(),
    canonicalOptions(options),
  ]);
}

function canonicalOptions(options: readonly APIApplicationCommandOption[] = []): unknown[] {
  return options.map((option) => [
    option.type,
    option.name,
    option.description,
    option.required ?? false,
    'choices' in option ? (option.choices ?? []).map(({ name, value }) => [name, value]) : [],
    'options' in option ? canonicalOptions(option.options) : [],
  ]);
}

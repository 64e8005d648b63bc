import {
  type APIApplicationCommandInteractionDataOption,
  type APIChatInputApplicationCommandInteraction,
  type APIInteraction,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  InteractionType,
} from 'discord-api-types/v10';
import type { CommandCall } from '../commands/command.ts';
import { shownName } from './shown-name.ts';

/** Somebody used a slash command. Buttons, menus and the like are none. */
export function isSlashCommand(
  interaction: APIInteraction,
): interaction is APIChatInputApplicationCommandInteraction {
  return (
    interaction.type === InteractionType.ApplicationCommand &&
    interaction.data.type === ApplicationCommandType.ChatInput
  );
}

/**
 * What a use of a slash command says by itself, as plain values.
 *
 * @throws Error when it does not say whose it is
 */
export function readInteraction({
  data,
  guild_id: guildId,
  member,
  user = member?.user,
}: APIChatInputApplicationCommandInteraction): Omit<CommandCall, 'agent'> {
  if (user === undefined) throw new Error('Discord sent a command without its user');
  const [first] = data.options ?? [];
  const subcommand = first?.type === ApplicationCommandOptionType.Subcommand ? first : undefined;
  return {
    subcommand: subcommand?.name,
    options: Object.fromEntries((subcommand?.options ?? data.options ?? []).flatMap(readOption)),
    user: { id: user.id, name: shownName(user, member) },
    guildId,
  };
}

function readOption(option: APIApplicationCommandInteractionDataOption): [name: string, value: string][] {
  return 'value' in option ? [[option.name, String(option.value)]] : [];
}

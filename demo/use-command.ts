import type { Channel } from '../test/support/discord/channel.ts';
import type { Interaction } from '../test/support/discord/interaction.ts';
import type { RoleName } from './cast.ts';
import { botOf, type Stage } from './stage.ts';

/**
 * Has the user use a slash command of a bot. Bots have theirs registered shortly after they connect; that is waited for.
 *
 * @param command - without the slash; a subcommand stands behind its command: `memory show`
 * @throws Error when the bot does not register the command
 */
export async function useCommand(
  { discord, user, ...stage }: Stage,
  name: RoleName,
  channel: Channel,
  command: string,
): Promise<Interaction> {
  const bot = botOf(stage, name);
  const [first] = command.split(' ');
  const isRegistered = (): boolean => [...bot.commands.values()].some((known) => known.name === first);
  await discord.until(isRegistered, `${name} to register /${first ?? ''}`);
  return user.slash(bot, channel, command);
}

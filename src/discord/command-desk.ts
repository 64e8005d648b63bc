import type { API } from '@discordjs/core';
import { DiscordAPIError } from '@discordjs/rest';
import {
  type APIChatInputApplicationCommandInteraction,
  type APIInteraction,
  MessageFlags,
  RESTJSONErrorCodes,
} from 'discord-api-types/v10';
import type { BotView } from '../bots/account.ts';
import type { Command, CommandReply } from '../commands/command.ts';
import type { Logger } from '../observability/logger.ts';
import { isSlashCommand, readInteraction } from './read-interaction.ts';
import { retryTransient, withoutRequest } from './rest-failure.ts';

/** What {@link CommandDesk} works with. */
export interface CommandDeskTools {
  readonly commands: readonly Command[];
  readonly bot: BotView;
  readonly botUserId: string;
  readonly api: API;
  readonly logger: Logger;
}

/** Discord's code for an interaction that somebody took care of before. */
const ALREADY_ACKNOWLEDGED: number = RESTJSONErrorCodes.InteractionHasAlreadyBeenAcknowledged;

/** What a user reads whose command failed. */
const FAILED: CommandReply = { text: 'Sorry, something went wrong and I could not do that.' };

/** What a user reads who used a command that this bot does not have. */
const UNKNOWN = 'I do not know this command.';

/** Takes in what users do with a bot's slash commands, and answers each of them alone. */
export class CommandDesk {
  readonly #tools: CommandDeskTools;
  readonly #commands: ReadonlyMap<string, Command>;

  constructor(tools: CommandDeskTools) {
    this.#tools = tools;
    this.#commands = new Map(tools.commands.map((command) => [command.definition.name, command]));
  }

  /** Does what a slash command asks; what is none is passed over. Never rejects. */
  async take(interaction: APIInteraction): Promise<void> {
    if (!isSlashCommand(interaction)) return;
    const { name } = interaction.data;
    const logger = this.#tools.logger.child({ area: 'commands', command: name, interaction: interaction.id });
    const command = this.#commands.get(name);
    try {
      if (command === undefined) await this.#refuse(interaction);
      else if (await this.#acknowledge(interaction)) await this.#do(command, interaction, logger);
    } catch (error) {
      logger.error('could not answer a command', { error: withoutRequest(error) });
    }
  }

  /** @returns false when somebody did already: Discord sends what came shortly before a RESUME again */
  async #acknowledge({ id, token }: APIChatInputApplicationCommandInteraction): Promise<boolean> {
    let tries = 0;
    try {
      await retryTransient(() => {
        tries += 1;
        return this.#tools.api.interactions.defer(id, token, { flags: MessageFlags.Ephemeral });
      });
      return true;
    } catch (error) {
      if (!isAcknowledged(error)) throw error;
      // After a try that Discord did not answer, it was that one.
      return tries > 1;
    }
  }

  async #do(
    command: Command,
    interaction: APIChatInputApplicationCommandInteraction,
    logger: Logger,
  ): Promise<void> {
    const { agentId: id, definition } = this.#tools.bot;
    const agent = { id, definition, botUserId: this.#tools.botUserId };
    try {
      await this.#answer(interaction, await command.run({ ...readInteraction(interaction), agent }));
    } catch (error) {
      logger.error('a command failed', { error: withoutRequest(error) });
      await this.#answer(interaction, FAILED);
    }
  }

  async #answer(
    { application_id: applicationId, token }: APIChatInputApplicationCommandInteraction,
    { text, file }: CommandReply,
  ): Promise<void> {
    const reply = {
      content: text,
      allowed_mentions: { parse: [] },
      // Listed, it takes the place of what a try before this one may have left.
      attachments: file === undefined ? [] : [{ id: '0', filename: file.name }],
      ...(file !== undefined && {
        files: [{ name: file.name, data: file.content, contentType: file.mediaType }],
      }),
    };
    await retryTransient(() => this.#tools.api.interactions.editReply(applicationId, token, reply));
  }

  async #refuse({ id, token }: APIChatInputApplicationCommandInteraction): Promise<void> {
    const reply = { content: UNKNOWN, flags: MessageFlags.Ephemeral as const };
    try {
      await retryTransient(() => this.#tools.api.interactions.reply(id, token, reply));
    } catch (error) {
      if (!isAcknowledged(error)) throw error;
    }
  }
}

function isAcknowledged(error: unknown): boolean {
  return error instanceof DiscordAPIError && Number(error.code) === ALREADY_ACKNOWLEDGED;
}

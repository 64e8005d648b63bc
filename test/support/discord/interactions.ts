import { randomBytes } from 'node:crypto';
import { ApplicationCommandOptionType, ApplicationCommandType, InteractionType } from 'discord-api-types/v10';
import type { APIApplicationCommand } from 'discord-api-types/v10';
import { BoundedLog } from '../bounded-log.ts';
import type { Bot } from './bot.ts';
import type { Channel } from './channel.ts';
import type { Core } from './core.ts';
import { Interaction } from './interaction.ts';
import type { InteractionInit, SlashOptions } from './interaction.ts';
import type { Message } from './message.ts';
import type { User } from './user.ts';

const PERMISSIONS = '2251799813685247';

/** A command's option as it is registered, as far as it matters here. */
interface OptionDefinition {
  name: string;
  type: number;
  options?: OptionDefinition[];
}

/** Has users use commands and buttons, and keeps what the bots make of it. */
export class Interactions {
  readonly #core: Core;
  readonly #byToken = new Map<string, Interaction>();
  readonly #log: BoundedLog<Interaction>;

  constructor(core: Core) {
    this.#core = core;
    this.#log = new BoundedLog<Interaction>(core.settings.historyLimit, (old) =>
      this.#byToken.delete(old.token),
    );
  }

  byToken(token: string): Interaction | undefined {
    return this.#byToken.get(token);
  }

  slash(user: User, bot: Bot, channel: Channel, command: string, options: SlashOptions): Interaction {
    const [name = '', ...path] = command.trim().split(/\s+/);
    const registered = findCommand(bot, channel, name);
    return this.#send(user, bot, channel, 'slash', command, undefined, {
      type: InteractionType.ApplicationCommand,
      data: {
        id: registered.id,
        name,
        type: ApplicationCommandType.ChatInput,
        options: nestOptions(path, options, (registered as { options?: OptionDefinition[] }).options),
        ...(registered.guild_id !== undefined && { guild_id: registered.guild_id }),
      },
    });
  }

  press(user: User, message: Message, customId: string, values: string[] | undefined): Interaction {
    const bot = this.#core.world.bots.get(message.author.id);
    if (!bot) throw new Error(`Message ${message.id} is no bot's, and has nothing to press.`);
    return this.#send(user, bot, message.channel, 'component', customId, message, {
      type: InteractionType.MessageComponent,
      message: message.data,
      data: { custom_id: customId, component_type: values ? 3 : 2, ...(values && { values }) },
    });
  }

  #send(
    user: User,
    bot: Bot,
    channel: Channel,
    kind: InteractionInit['kind'],
    name: string,
    source: Message | undefined,
    payload: object,
  ): Interaction {
    const { ids, events, observers, happenings } = this.#core;
    const { guild } = channel;
    const init = {
      id: ids.next(),
      token: randomBytes(64).toString('base64url'),
      createdAt: this.#core.now(),
    };
    const member = guild && { ...guild.partialMember(user), user: user.data, permissions: PERMISSIONS };
    const data = {
      id: init.id,
      application_id: bot.applicationId,
      token: init.token,
      version: 1,
      channel_id: channel.id,
      channel: channel.data,
      ...(guild ? { guild_id: guild.id, guild_locale: 'en-US', member } : { user: user.data }),
      guild: guild && { id: guild.id, locale: 'en-US', features: [] },
      locale: 'en-US',
      app_permissions: PERMISSIONS,
      entitlements: [],
      authorizing_integration_owners: guild ? { 0: guild.id } : { 0: '0' },
      context: guild ? 0 : 1,
      attachment_size_limit: 10_485_760,
      ...payload,
    };
    const interaction = new Interaction(this.#core, {
      ...init,
      kind,
      name,
      user,
      bot,
      channel,
      source,
      data,
    });
    this.#byToken.set(init.token, interaction);
    this.#log.push(interaction);
    happenings.note(`${user.username} used ${kind} "${name}" of ${bot.username}`);
    observers.tell({ type: 'interaction', interaction });
    events.interaction(bot, data);
    return interaction;
  }
}

function findCommand(bot: Bot, channel: Channel, name: string): APIApplicationCommand {
  const usable = [...bot.commands.values()].filter(
    (command) => command.guild_id === undefined || command.guild_id === channel.guild?.id,
  );
  const found = usable.find((command) => command.name === name);
  if (found) return found;
  const known = usable.map((command) => `/${command.name}`).join(', ') || 'none';
  throw new Error(`${bot.username} has registered no command /${name} for this channel; it has: ${known}.`);
}

function nestOptions(path: string[], values: SlashOptions, definitions: OptionDefinition[] = []): object[] {
  const [next, ...rest] = path;
  if (next !== undefined) {
    const inner = definitions.find((option) => option.name === next)?.options;
    const type =
      rest.length > 0
        ? ApplicationCommandOptionType.SubcommandGroup
        : ApplicationCommandOptionType.Subcommand;
    return [{ name: next, type, options: nestOptions(rest, values, inner) }];
  }
  return Object.entries(values).map(([name, value]) => ({
    name,
    type: definitions.find((option) => option.name === name)?.type ?? guessType(value),
    value,
  }));
}

function guessType(value: string | number | boolean): ApplicationCommandOptionType {
  if (typeof value === 'string') return ApplicationCommandOptionType.String;
  if (typeof value === 'boolean') return ApplicationCommandOptionType.Boolean;
  return Number.isInteger(value) ? ApplicationCommandOptionType.Integer : ApplicationCommandOptionType.Number;
}

import { GatewayIntentBits } from 'discord-api-types/v10';
import type { APIMessage, APIRole } from 'discord-api-types/v10';
import type { Author } from './author.ts';
import type { Bot } from './bot.ts';
import type { Channel } from './channel.ts';
import type { Core } from './core.ts';
import type { GatewaySession } from './gateway-session.ts';
import type { Guild } from './guild.ts';
import type { Message } from './message.ts';
import { withoutContent } from './message-board.ts';

const { Guilds, GuildMessages, DirectMessages, MessageContent, GuildMessageTyping, DirectMessageTyping } =
  GatewayIntentBits;

/** Tells every session what it may know, by its intents and by what its bot can see. */
export class GatewayEvents {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /** @param only the one bot that is told; all are when left out */
  message(type: 'MESSAGE_CREATE' | 'MESSAGE_UPDATE', message: Message, only?: Bot): void {
    const variants: (string | undefined)[] = [];
    this.#toChannel(message.channel, GuildMessages, DirectMessages, (session) => {
      if (only && session.bot !== only) return;
      const own = mayRead(session, message);
      const quoted = message.reference !== undefined && mayRead(session, message.reference);
      const variant = (own ? 1 : 0) | (quoted ? 2 : 0);
      const json = (variants[variant] ??= JSON.stringify(eventData(message, own, quoted)));
      session.dispatch(type, json);
    });
  }

  messageDeleted(message: Message): void {
    const { channel, id } = message;
    const json = JSON.stringify({ id, channel_id: channel.id, guild_id: channel.guild?.id });
    this.#toChannel(channel, GuildMessages, DirectMessages, (session) => {
      session.dispatch('MESSAGE_DELETE', json);
    });
  }

  typing(channel: Channel, who: Author): void {
    const { guild } = channel;
    const json = JSON.stringify({
      channel_id: channel.id,
      user_id: who.id,
      timestamp: Math.floor(this.#core.now() / 1000),
      ...(guild && { guild_id: guild.id, member: { ...guild.partialMember(who), user: who.data } }),
    });
    this.#toChannel(channel, GuildMessageTyping, DirectMessageTyping, (session) => {
      session.dispatch('TYPING_START', json);
    });
  }

  channelCreated(channel: Channel): void {
    this.#toGuild(channel.guild, 'CHANNEL_CREATE', channel.data);
  }

  channelUpdated(channel: Channel): void {
    this.#toGuild(channel.guild, channel.isThread ? 'THREAD_UPDATE' : 'CHANNEL_UPDATE', channel.data);
  }

  threadCreated(thread: Channel): void {
    const json = JSON.stringify({ ...thread.data, newly_created: true });
    this.#toChannel(thread, Guilds, 0, (session) => {
      session.dispatch('THREAD_CREATE', json);
    });
  }

  roleChanged(guild: Guild, type: 'GUILD_ROLE_CREATE' | 'GUILD_ROLE_UPDATE', role: APIRole): void {
    this.#toGuild(guild, type, { guild_id: guild.id, role });
  }

  roleRemoved(guild: Guild, roleId: string): void {
    this.#toGuild(guild, 'GUILD_ROLE_DELETE', { guild_id: guild.id, role_id: roleId });
  }

  guildUpdated(guild: Guild): void {
    this.#toGuild(guild, 'GUILD_UPDATE', guild.data);
  }

  guildJoined(guild: Guild, bot: Bot): void {
    for (const session of bot.sessions) {
      if (session.intents & Guilds && session.covers(guild.id)) {
        session.dispatch('GUILD_CREATE', guild.createEvent(bot));
      }
    }
  }

  /** @param unavailable whether it is an outage rather than a farewell */
  guildLeft(guild: Guild, bot: Bot, unavailable = false): void {
    for (const session of bot.sessions) {
      if (session.intents & Guilds && session.covers(guild.id)) {
        session.dispatch(
          'GUILD_DELETE',
          JSON.stringify({ id: guild.id, ...(unavailable && { unavailable }) }),
        );
      }
    }
  }

  /** Interactions need no intent. */
  interaction(bot: Bot, data: object): void {
    const json = JSON.stringify(data);
    for (const session of bot.sessions) session.dispatch('INTERACTION_CREATE', json);
  }

  #toGuild(guild: Guild | undefined, type: string, data: object): void {
    if (!guild || guild.bots.size === 0) return;
    const json = JSON.stringify(data);
    for (const bot of guild.bots) {
      for (const session of bot.sessions) {
        if (session.intents & Guilds && session.covers(guild.id)) session.dispatch(type, json);
      }
    }
  }

  #toChannel(
    channel: Channel,
    guildIntent: number,
    dmIntent: number,
    tell: (to: GatewaySession) => void,
  ): void {
    const { guild, recipients } = channel;
    if (recipients) {
      for (const session of recipients.bot.sessions) {
        if (session.intents & dmIntent && session.shard[0] === 0) tell(session);
      }
      return;
    }
    if (!guild) return;
    for (const bot of guild.bots) {
      if (bot.sessions.size === 0 || !channel.visibleTo(bot)) continue;
      for (const session of bot.sessions) {
        if (session.intents & guildIntent && session.covers(guild.id)) tell(session);
      }
    }
  }
}

/** @see https://discord.com/developers/docs/events/gateway#message-content-intent */
function mayRead(session: GatewaySession, message: Message): boolean {
  return (session.intents & MessageContent) !== 0 || alwaysReadable(session.bot, message);
}

/** Whether a bot reads a message also without the intent: it is direct, mentions the bot, or is its own. */
export function alwaysReadable(bot: Bot, message: Message): boolean {
  return (
    message.channel.recipients !== undefined ||
    message.author === bot ||
    message.pinged.users.includes(bot.id)
  );
}

function eventData(message: Message, readable: boolean, quotedReadable: boolean): object {
  const { channel, author } = message;
  const { guild } = channel;
  const data: APIMessage = readable ? message.data : withoutContent(message.data);
  const quoted = data.referenced_message;
  return {
    ...data,
    channel_type: channel.recipients ? 1 : channel.isThread ? 11 : 0,
    ...(quoted && !quotedReadable && { referenced_message: withoutContent(quoted) }),
    ...(guild && {
      guild_id: guild.id,
      ...(author.kind !== 'webhook' && { member: guild.partialMember(author) }),
      ...(data.mentions.length > 0 && { mentions: data.mentions.map((user) => withMember(guild, user)) }),
    }),
  };
}

function withMember(guild: Guild, user: APIMessage['author']): object {
  const member = guild.members.get(user.id);
  return member ? { ...user, member: guild.partialMember(member.account) } : user;
}

import {
  type APIRole,
  ChannelType,
  GatewayDispatchEvents,
  type GatewayDispatchPayload,
} from 'discord-api-types/v10';

/** What must be known of a channel. */
export interface ChannelFacts {
  readonly guildId: string;
  readonly name: string;
  /** The channel that a thread belongs to. */
  readonly parentId: string | undefined;
}

/** What must be known of a role. */
export interface RoleFacts {
  readonly guildId: string;
  readonly name: string;
  /** The role that Discord made for this bot: mentioning it means the bot. */
  readonly isOwn: boolean;
}

/** What is known of a guild, and what belongs to it, to forget it when the bot leaves. */
interface GuildRecord {
  name: string | undefined;
  /** Whether all of its roles are known, not just some. */
  rolesKnown: boolean;
  readonly channels: Set<string>;
  readonly roles: Set<string>;
}

const THREADS = new Set<number>([
  ChannelType.AnnouncementThread,
  ChannelType.PublicThread,
  ChannelType.PrivateThread,
]);

/**
 * The little that one bot must know of its guilds: their names and those of channels and roles, threads' parents, its
 * own role.
 *
 * Fed by the gateway's events. A resumed session is not told of its guilds anew, so what is missing here is asked
 * over REST when it is needed and put in by `learn…`.
 */
export class GuildIndex {
  readonly #botUserId: string;
  readonly #channels = new Map<string, ChannelFacts>();
  readonly #roles = new Map<string, RoleFacts>();
  readonly #guilds = new Map<string, GuildRecord>();

  constructor(botUserId: string) {
    this.#botUserId = botUserId;
  }

  /** A guild's name, where it is known. */
  guildName(id: string): string | undefined {
    return this.#guilds.get(id)?.name;
  }

  /** The guild that a channel is in; undefined for a direct message and where it is not known. */
  guildOfChannel(id: string): string | undefined {
    return this.#channels.get(id)?.guildId;
  }

  /** The guild that a role is of, where it is known. */
  guildOfRole(id: string): string | undefined {
    return this.#roles.get(id)?.guildId;
  }

  /** The known guilds of which not all roles are known. */
  guildsWithoutRoles(): string[] {
    return [...this.#guilds].flatMap(([id, { rolesKnown }]) => (rolesKnown ? [] : [id]));
  }

  /** A channel of this guild. One of another guild is unknown here: its name is not everybody's to read. */
  channel(guildId: string | undefined, id: string): ChannelFacts | undefined {
    const channel = this.#channels.get(id);
    return channel?.guildId === guildId ? channel : undefined;
  }

  /** A role of this guild. */
  role(guildId: string | undefined, id: string): RoleFacts | undefined {
    const role = this.#roles.get(id);
    return role?.guildId === guildId ? role : undefined;
  }

  /** Takes in a guild's name. */
  learnGuild(guild: { id: string; name: string }): void {
    this.#guild(guild.id).name = guild.name;
  }

  /** Takes in all roles of a guild. */
  learnRoles(guildId: string, roles: readonly Pick<APIRole, 'id' | 'name' | 'tags'>[]): void {
    for (const role of roles) this.learnRole(guildId, role);
    this.#guild(guildId).rolesKnown = true;
  }

  /** Takes in a channel or thread. */
  learnChannel(
    guildId: string,
    channel: { id: string; type: number; name?: string | null; parent_id?: string | null },
  ): void {
    this.#guild(guildId).channels.add(channel.id);
    this.#channels.set(channel.id, {
      guildId,
      name: channel.name ?? '',
      parentId: THREADS.has(channel.type) ? (channel.parent_id ?? undefined) : undefined,
    });
  }

  /** Takes in a role. */
  learnRole(guildId: string, role: Pick<APIRole, 'id' | 'name' | 'tags'>): void {
    this.#guild(guildId).roles.add(role.id);
    this.#roles.set(role.id, { guildId, name: role.name, isOwn: role.tags?.bot_id === this.#botUserId });
  }

  /** Takes in what an event tells; events that tell nothing of guilds are passed over. */
  update(event: GatewayDispatchPayload): void {
    switch (event.t) {
      case GatewayDispatchEvents.GuildCreate: {
        const guild = event.d;
        // During an outage Discord sends a guild without its contents.
        if (guild.unavailable === true) return;
        this.learnGuild(guild);
        for (const channel of guild.channels) this.learnChannel(guild.id, channel);
        for (const thread of guild.threads) this.learnChannel(guild.id, thread);
        this.learnRoles(guild.id, guild.roles);
        return;
      }
      case GatewayDispatchEvents.GuildUpdate:
        this.learnGuild(event.d);
        return;
      case GatewayDispatchEvents.GuildDelete:
        // An outage is not a farewell.
        if (event.d.unavailable === undefined) this.#forgetGuild(event.d.id);
        return;
      case GatewayDispatchEvents.ChannelCreate:
      case GatewayDispatchEvents.ChannelUpdate:
      case GatewayDispatchEvents.ThreadCreate:
      case GatewayDispatchEvents.ThreadUpdate:
        if (event.d.guild_id !== undefined) this.learnChannel(event.d.guild_id, event.d);
        return;
      case GatewayDispatchEvents.ChannelDelete:
      case GatewayDispatchEvents.ThreadDelete:
        this.#channels.delete(event.d.id);
        this.#guilds.get(event.d.guild_id)?.channels.delete(event.d.id);
        return;
      case GatewayDispatchEvents.GuildRoleCreate:
      case GatewayDispatchEvents.GuildRoleUpdate:
        this.learnRole(event.d.guild_id, event.d.role);
        return;
      case GatewayDispatchEvents.GuildRoleDelete:
        this.#roles.delete(event.d.role_id);
        this.#guilds.get(event.d.guild_id)?.roles.delete(event.d.role_id);
        return;
      default:
    }
  }

  #guild(id: string): GuildRecord {
    let guild = this.#guilds.get(id);
    if (guild === undefined) {
      guild = { name: undefined, rolesKnown: false, channels: new Set(), roles: new Set() };
      this.#guilds.set(id, guild);
    }
    return guild;
  }

  #forgetGuild(id: string): void {
    const guild = this.#guilds.get(id);
    for (const channel of guild?.channels ?? []) this.#channels.delete(channel);
    for (const role of guild?.roles ?? []) this.#roles.delete(role);
    this.#guilds.delete(id);
  }
}

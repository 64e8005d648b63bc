import { PermissionFlagsBits } from 'discord-api-types/v10';
import type { APIRole } from 'discord-api-types/v10';
import type { Author } from './author.ts';
import type { Bot } from './bot.ts';
import { Channel } from './channel.ts';
import type { ChannelKind } from './channel.ts';
import type { Core } from './core.ts';
import { User } from './user.ts';
import { Webhook } from './webhook.ts';

const EVERYONE =
  PermissionFlagsBits.ViewChannel |
  PermissionFlagsBits.SendMessages |
  PermissionFlagsBits.SendMessagesInThreads |
  PermissionFlagsBits.CreatePublicThreads |
  PermissionFlagsBits.EmbedLinks |
  PermissionFlagsBits.AttachFiles |
  PermissionFlagsBits.AddReactions |
  PermissionFlagsBits.ReadMessageHistory |
  PermissionFlagsBits.UseApplicationCommands |
  PermissionFlagsBits.Connect |
  PermissionFlagsBits.Speak;

/** What a guild knows of one of its members. */
export interface Member {
  account: Author;
  nick: string | null;
  roles: string[];
  joinedAt: string;
}

/** A guild, which everyone but Discord calls a server. */
export class Guild {
  readonly id: string;
  name: string;
  readonly owner: User;
  readonly roles = new Map<string, APIRole>();
  readonly channels = new Map<string, Channel>();
  readonly threads = new Map<string, Channel>();
  readonly members = new Map<string, Member>();
  readonly bots = new Set<Bot>();
  readonly #core: Core;
  readonly #partials = new Map<string, object>();
  #json: string | undefined;

  constructor(core: Core, init: { name: string; owner?: User }) {
    this.#core = core;
    this.id = core.ids.next();
    this.name = init.name;
    this.owner = init.owner ?? new User(core, { username: `owner-of-${this.id}` });
    this.#putRole({ id: this.id, name: '@everyone', permissions: String(EVERYONE), position: 0 });
    core.world.guilds.set(this.id, this);
    this.addMember(this.owner);
  }

  rename(name: string): void {
    this.name = name;
    this.changed();
    this.#core.events.guildUpdated(this);
  }

  addTextChannel(name: string, options: { parent?: Channel } = {}): Channel {
    return this.#addChannel('text', name, options.parent);
  }

  addVoiceChannel(name: string, options: { parent?: Channel } = {}): Channel {
    return this.#addChannel('voice', name, options.parent);
  }

  addForum(name: string, options: { parent?: Channel } = {}): Channel {
    return this.#addChannel('forum', name, options.parent);
  }

  addCategory(name: string): Channel {
    return this.#addChannel('category', name, undefined);
  }

  /** Someone who writes through a webhook's address, with a name of their own and no account. */
  addWebhook(channel: Channel, options: { name?: string } = {}): Webhook {
    return new Webhook(this.#core, channel, options.name ?? 'webhook');
  }

  addRole(options: { name: string; mentionable?: boolean; permissions?: bigint }): APIRole {
    const role = this.#putRole({
      id: this.#core.ids.next(),
      name: options.name,
      permissions: String(options.permissions ?? 0n),
      mentionable: options.mentionable ?? false,
    });
    this.#core.events.roleChanged(this, 'GUILD_ROLE_CREATE', role);
    return role;
  }

  /**
   * As in the server's settings. Only {@link permissionsOf} heeds it: what a bot is refused is said with `Channel.deny`.
   */
  setPermissions(role: APIRole, permissions: bigint): void {
    role.permissions = String(permissions);
    this.changed();
    this.#core.events.roleChanged(this, 'GUILD_ROLE_UPDATE', role);
  }

  /** What a member may do by its roles, with everybody's. */
  permissionsOf(account: Author): bigint {
    const roles = [this.id, ...(this.members.get(account.id)?.roles ?? [])];
    return roles.reduce((all, id) => all | BigInt(this.roles.get(id)?.permissions ?? 0), 0n);
  }

  /** The role that everybody has. */
  get everyone(): APIRole {
    const role = this.roles.get(this.id);
    if (!role) throw new Error(`${this.name} has no role for everybody.`);
    return role;
  }

  removeRole(role: APIRole): void {
    this.roles.delete(role.id);
    this.changed();
    this.#core.events.roleRemoved(this, role.id);
  }

  /** Whoever writes in a guild joins it by that; this is for a nickname or roles of their own. */
  addMember(account: Author, options: { nick?: string; roles?: string[] } = {}): Member {
    const known = this.members.get(account.id);
    const member: Member = {
      account,
      nick: options.nick ?? known?.nick ?? null,
      roles: options.roles ?? known?.roles ?? [],
      joinedAt: known?.joinedAt ?? new Date(this.#core.now()).toISOString(),
    };
    this.members.set(account.id, member);
    this.#partials.delete(account.id);
    this.changed();
    return member;
  }

  /** Invites a bot: it gets its managed role, and GUILD_CREATE when it is connected. */
  addBot(bot: Bot): void {
    if (this.bots.has(bot)) return;
    const role = this.#putRole({
      id: this.#core.ids.next(),
      name: bot.username,
      permissions: String(EVERYONE),
      managed: true,
      tags: { bot_id: bot.id },
    });
    this.addMember(bot, { roles: [role.id] });
    this.#core.events.roleChanged(this, 'GUILD_ROLE_CREATE', role);
    this.bots.add(bot);
    bot.guilds.add(this);
    this.#core.events.guildJoined(this, bot);
  }

  /** Kicks a bot: its managed role goes too, and it gets GUILD_DELETE. */
  removeBot(bot: Bot): void {
    if (!this.bots.delete(bot)) return;
    bot.guilds.delete(this);
    this.members.delete(bot.id);
    this.#core.events.guildLeft(this, bot);
    const role = this.managedRole(bot);
    if (role) this.removeRole(role);
  }

  /** An outage of this guild alone: bots get GUILD_DELETE with `unavailable`, and GUILD_CREATE when it ends. */
  setUnavailable(unavailable: boolean): void {
    for (const bot of this.bots) {
      if (unavailable) this.#core.events.guildLeft(this, bot, true);
      else this.#core.events.guildJoined(this, bot);
    }
  }

  /** The role that Discord made for a bot when it was invited. */
  managedRole(bot: Bot): APIRole | undefined {
    for (const role of this.roles.values()) if (role.tags?.bot_id === bot.id) return role;
    return undefined;
  }

  /** A member without the user, as messages carry it. */
  partialMember(account: Author): object {
    let partial = this.#partials.get(account.id);
    if (!partial) {
      const member = this.members.get(account.id) ?? this.addMember(account);
      partial = {
        nick: member.nick,
        roles: member.roles,
        joined_at: member.joinedAt,
        avatar: null,
        banner: null,
        premium_since: null,
        communication_disabled_until: null,
        deaf: false,
        mute: false,
        pending: false,
        flags: 0,
      };
      this.#partials.set(account.id, partial);
    }
    return partial;
  }

  /** The guild as REST answers it. */
  get data(): object {
    return {
      id: this.id,
      name: this.name,
      icon: null,
      splash: null,
      discovery_splash: null,
      banner: null,
      description: null,
      owner_id: this.owner.id,
      afk_channel_id: null,
      afk_timeout: 300,
      verification_level: 1,
      default_message_notifications: 1,
      explicit_content_filter: 0,
      roles: [...this.roles.values()],
      emojis: [],
      stickers: [],
      features: [],
      mfa_level: 0,
      application_id: null,
      system_channel_id: null,
      system_channel_flags: 0,
      rules_channel_id: null,
      public_updates_channel_id: null,
      safety_alerts_channel_id: null,
      max_members: 500_000,
      vanity_url_code: null,
      premium_tier: 0,
      premium_subscription_count: 0,
      preferred_locale: 'en-US',
      nsfw_level: 0,
      premium_progress_bar_enabled: false,
    };
  }

  /** The `d` of GUILD_CREATE for one bot. The part that is the same for all is written once. */
  createEvent(bot: Bot): string {
    this.#json ??= JSON.stringify({
      ...this.data,
      large: this.members.size > 250,
      unavailable: false,
      member_count: this.members.size,
      voice_states: [],
      presences: [],
      stage_instances: [],
      guild_scheduled_events: [],
      soundboard_sounds: [],
      channels: [...this.channels.values()].map((channel) => channel.data),
      threads: [...this.threads.values()].filter((thread) => !thread.archived).map((thread) => thread.data),
    }).slice(0, -1);
    const member = JSON.stringify({ ...this.partialMember(bot), user: bot.data });
    return `${this.#json},"joined_at":${JSON.stringify(this.members.get(bot.id)?.joinedAt)},"members":[${member}]}`;
  }

  /** To be called when anything that GUILD_CREATE tells has changed. */
  changed(): void {
    this.#json = undefined;
  }

  #addChannel(type: ChannelKind, name: string, parent: Channel | undefined): Channel {
    const channel = new Channel(this.#core, { type, name, guild: this, parent });
    this.channels.set(channel.id, channel);
    this.changed();
    this.#core.events.channelCreated(channel);
    return channel;
  }

  #putRole(init: Pick<APIRole, 'id' | 'name' | 'permissions'> & Partial<APIRole>): APIRole {
    // Flags and colours are plain numbers on the wire.
    const data: object = {
      color: 0,
      colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
      hoist: false,
      icon: null,
      unicode_emoji: null,
      position: this.roles.size,
      managed: false,
      mentionable: false,
      flags: 0,
      ...init,
    };
    const role = data as APIRole;
    this.roles.set(role.id, role);
    this.changed();
    return role;
  }
}

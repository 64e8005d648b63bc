import { ChannelType, OverwriteType, PermissionFlagsBits } from 'discord-api-types/v10';
import type { Author } from './author.ts';
import type { Bot } from './bot.ts';
import { BoundedLog } from '../bounded-log.ts';
import type { Core } from './core.ts';
import type { Guild } from './guild.ts';
import type { Message } from './message.ts';
import type { PostOptions } from './message-board.ts';
import type { User } from './user.ts';

const TYPES = {
  text: ChannelType.GuildText,
  voice: ChannelType.GuildVoice,
  category: ChannelType.GuildCategory,
  announcement: ChannelType.GuildAnnouncement,
  forum: ChannelType.GuildForum,
  thread: ChannelType.PublicThread,
  dm: ChannelType.DM,
} as const;

/** Which kind of channel; a post in a forum is a thread. */
export type ChannelKind = keyof typeof TYPES;

/** What a bot can be denied: writing, seeing the channel at all, or reading what was written before. */
export type Denial = 'send' | 'view' | 'history';

const PERMISSIONS = {
  send: PermissionFlagsBits.SendMessages,
  view: PermissionFlagsBits.ViewChannel,
  history: PermissionFlagsBits.ReadMessageHistory,
} as const satisfies Record<Denial, bigint>;

interface ChannelInit {
  id?: string;
  type: ChannelKind;
  name: string;
  guild?: Guild;
  parent?: Channel | undefined;
  owner?: Author;
  recipients?: { bot: Bot; user: User };
}

/** A place to write in, or one that holds others. */
export class Channel {
  readonly id: string;
  readonly kind: ChannelKind;
  readonly guild: Guild | undefined;
  readonly parent: Channel | undefined;
  /** The two of a direct message. */
  readonly recipients: { readonly bot: Bot; readonly user: User } | undefined;
  name: string;
  topic: string | null = null;
  archived = false;
  lastMessageId: string | null = null;
  /** Messages by id, the deleted ones aside. */
  readonly messages = new Map<string, Message>();
  readonly #log: BoundedLog<Message>;
  readonly #core: Core;
  readonly #owner: Author | undefined;
  readonly #denied = new Map<Bot, Denial>();
  readonly #createdAt: number;

  constructor(core: Core, init: ChannelInit) {
    this.#core = core;
    this.id = init.id ?? core.ids.next();
    this.kind = init.type;
    this.name = init.name;
    this.guild = init.guild;
    this.parent = init.parent;
    this.recipients = init.recipients;
    this.#owner = init.owner;
    this.#createdAt = core.now();
    this.#log = new BoundedLog<Message>(core.settings.historyLimit, (old) => this.messages.delete(old.id));
    core.world.channels.set(this.id, this);
  }

  /** `<#id>` */
  get mention(): string {
    return `<#${this.id}>`;
  }

  /** Every message ever written here, deleted ones too, oldest first. */
  get transcript(): readonly Message[] {
    return this.#log.entries;
  }

  get isThread(): boolean {
    return this.kind === 'thread';
  }

  /** Whether messages can be written here at all. */
  get isTextBased(): boolean {
    return this.kind !== 'category' && this.kind !== 'forum';
  }

  /** Opens a thread in a text channel. */
  addThread(name: string, options: { owner?: Author; id?: string } = {}): Channel {
    const { guild } = this;
    if (!guild) throw new Error('A direct message has no threads.');
    const owner = options.owner ?? guild.owner;
    const thread = new Channel(this.#core, { type: 'thread', name, guild, parent: this, owner, ...options });
    guild.threads.set(thread.id, thread);
    guild.changed();
    this.#core.events.threadCreated(thread);
    return thread;
  }

  /** Opens a post in a forum: a thread whose first message has the thread's own id. */
  addPost(name: string, post: { author: Author; content: string } & PostOptions): Channel {
    const { author, content, ...options } = post;
    const thread = this.addThread(name, { owner: author });
    this.#core.board.post(thread, author, content, { ...options, id: thread.id });
    return thread;
  }

  /** From now on this bot may not write here (`send`), not even see it (`view`), or not read its `history`. */
  deny(bot: Bot, what: Denial = 'send'): void {
    this.#denied.set(bot, what);
    this.#updated();
  }

  /** Takes a {@link deny} back. */
  allow(bot: Bot): void {
    this.#denied.delete(bot);
    this.#updated();
  }

  rename(name: string): void {
    this.name = name;
    this.#updated();
  }

  /** Closes a thread, or opens it again. */
  setArchived(archived: boolean): void {
    this.archived = archived;
    this.#updated();
  }

  visibleTo(bot: Bot): boolean {
    if (this.recipients) return this.recipients.bot === bot;
    if (!this.guild?.bots.has(bot)) return false;
    return this.#denied.get(bot) !== 'view' && (this.parent?.visibleTo(bot) ?? true);
  }

  writableBy(bot: Bot): boolean {
    const denied = this.#denied.get(bot) === 'send';
    return this.visibleTo(bot) && !denied && (this.parent?.writableBy(bot) ?? true);
  }

  /** Whether a bot may read what was written before, and so reply to it. */
  historyOpenTo(bot: Bot): boolean {
    return this.#denied.get(bot) !== 'history' && (this.parent?.historyOpenTo(bot) ?? true);
  }

  keep(message: Message): void {
    this.messages.set(message.id, message);
    this.#log.push(message);
    this.lastMessageId = message.id;
    this.guild?.changed();
  }

  /** The channel as REST answers it and as GUILD_CREATE carries it. */
  get data(): object {
    const { id, name, guild, parent } = this;
    const base = { id, type: TYPES[this.kind], flags: 0 };
    if (this.recipients) {
      return { ...base, last_message_id: this.lastMessageId, recipients: [this.recipients.user.data] };
    }
    const inGuild = { ...base, name, guild_id: guild?.id, parent_id: parent?.id ?? null };
    if (this.isThread) return { ...inGuild, ...this.#threadData() };
    return {
      ...inGuild,
      position: 0,
      nsfw: false,
      topic: this.topic,
      last_message_id: this.lastMessageId,
      rate_limit_per_user: 0,
      permission_overwrites: this.#overwrites(),
      ...(this.kind === 'voice' && { bitrate: 64_000, user_limit: 0, rtc_region: null }),
      ...(this.kind === 'forum' && {
        available_tags: [],
        default_reaction_emoji: null,
        default_sort_order: null,
      }),
    };
  }

  #threadData(): object {
    const createdAt = new Date(this.#createdAt).toISOString();
    const count = this.messages.size;
    return {
      owner_id: this.#owner?.id,
      last_message_id: this.lastMessageId,
      message_count: count,
      total_message_sent: count,
      member_count: 1,
      rate_limit_per_user: 0,
      thread_metadata: {
        archived: this.archived,
        auto_archive_duration: 1440,
        archive_timestamp: createdAt,
        create_timestamp: createdAt,
        locked: false,
      },
    };
  }

  #overwrites(): object[] {
    return [...this.#denied].map(([bot, what]) => ({
      id: bot.id,
      type: OverwriteType.Member,
      allow: '0',
      deny: String(PERMISSIONS[what]),
    }));
  }

  #updated(): void {
    this.guild?.changed();
    this.#core.events.channelUpdated(this);
  }
}

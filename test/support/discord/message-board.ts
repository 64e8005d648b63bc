import { randomUUID } from 'node:crypto';
import { AllowedMentionsTypes, MessageReferenceType } from 'discord-api-types/v10';
import type { APIAttachment, APIMessage, APIMessageSnapshotFields, APIUser } from 'discord-api-types/v10';
import type { Author } from './author.ts';
import type { Bot } from './bot.ts';
import type { Channel } from './channel.ts';
import type { Core } from './core.ts';
import { pingedBy } from './mentions.ts';
import type { Pinged } from './mentions.ts';
import { Message } from './message.ts';
import type { Draft } from './message.ts';
import { contentTypeOf } from './stored-file.ts';
import type { FileInput } from './stored-file.ts';

/** What can go along with a message that is written through the driving side. */
export interface PostOptions {
  replyTo?: Message;
  /** Whether a reply notifies whom it replies to; `true` when left out, as in Discord's own client. */
  ping?: boolean;
  attachments?: FileInput[];
  embeds?: object[];
  /** Only for a forum's first message, whose id is the post's. */
  id?: string;
}

/** What an edit changes. */
export interface MessageChange {
  content?: string;
  embeds?: object[];
  components?: object[];
  attachments?: APIAttachment[];
  flags?: number;
  pinged?: Pinged;
}

const EVERYTHING = [AllowedMentionsTypes.Everyone, AllowedMentionsTypes.Role, AllowedMentionsTypes.User];

/** Writes, edits and deletes messages, and has everybody told who may know. */
export class MessageBoard {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /** A message by somebody whom the test moves. */
  post(channel: Channel, author: Author, content: string, options: PostOptions = {}): Message {
    const { replyTo, ping = true, attachments = [], embeds = [] } = options;
    const allowed = { parse: EVERYTHING, replied_user: ping };
    return this.create(channel, author, {
      ...(options.id !== undefined && { id: options.id }),
      content,
      pinged: pingedBy(content, allowed, replyTo?.author.id),
      reference: replyTo,
      attachments: attachments.map((file) => this.store(channel, file)),
      embeds,
    });
  }

  /** Writes a message that is ready in every part. */
  create(channel: Channel, author: Author, draft: Draft & { id?: string }): Message {
    const { world, ids, observers, happenings, events } = this.#core;
    if (!channel.isTextBased) throw new Error(`Nobody can write in ${channel.kind} #${channel.name}.`);
    if (channel.guild && author.kind !== 'webhook') channel.guild.partialMember(author);
    draft.pinged.roles = draft.pinged.roles.filter((id) => channel.guild?.roles.has(id));
    draft.pinged.users = draft.pinged.users.filter((id) => world.accounts.has(id));
    const id = draft.id ?? ids.next();
    const message = new Message(id, channel, author, draft, this.#core.now(), this.usersOf(draft.pinged));
    if (!isEphemeral(message)) {
      channel.keep(message);
      events.message('MESSAGE_CREATE', message);
    }
    observers.tell({ type: 'message', message });
    happenings.note(`${author.username} wrote in ${where(channel)}: ${excerpt(message)}`);
    return message;
  }

  /** A copy of a message in another channel, without its author, as Discord forwards it. */
  forward(message: Message, to: Channel, author: Author): Message {
    const { type, content, embeds, attachments, timestamp, flags, mentions, mention_roles } = message.data;
    const copy = { type, content, embeds, attachments, timestamp, flags, mentions, mention_roles };
    const from = { message_id: message.id, channel_id: message.channel.id };
    return this.create(to, author, {
      content: '',
      pinged: { users: [], roles: [], everyone: false },
      extra: {
        message_reference: { type: MessageReferenceType.Forward, ...from },
        message_snapshots: [{ message: { ...copy, edited_timestamp: null } as APIMessageSnapshotFields }],
      },
    });
  }

  edit(message: Message, change: MessageChange): void {
    const { pinged, ...fields } = change;
    const previous = message.content;
    message.previous.push(previous);
    if (pinged) {
      message.pinged = pinged;
      message.data.mentions = this.usersOf(pinged);
    }
    Object.assign(message.data, fields satisfies { [K in keyof typeof fields]: unknown });
    message.data.edited_timestamp = new Date(this.#core.now()).toISOString();
    if (!isEphemeral(message)) this.#core.events.message('MESSAGE_UPDATE', message);
    this.#core.observers.tell({ type: 'edit', message, previous });
    this.#core.happenings.note(`${message.author.username} edited ${message.id}: ${excerpt(message)}`);
  }

  delete(message: Message): void {
    if (message.deleted) return;
    message.deleted = true;
    message.channel.messages.delete(message.id);
    if (!isEphemeral(message)) this.#core.events.messageDeleted(message);
    this.#core.observers.tell({ type: 'delete', message });
    this.#core.happenings.note(`Message ${message.id} of ${message.author.username} was deleted`);
  }

  /** Keeps a file and says where it can be fetched. */
  store(channel: Channel, file: FileInput): APIAttachment {
    const { ids, origin, world } = this.#core;
    const id = ids.next();
    const name = file.name.replace(/[^\w.-]+/g, '_');
    const data = typeof file.data === 'string' ? Buffer.from(file.data) : file.data;
    const contentType = file.contentType ?? contentTypeOf(name);
    world.files.set(id, { id, name, contentType, data });
    // Signed, as Discord's are.
    const url = `${origin}/attachments/${channel.id}/${id}/${name}?ex=1&is=1&hm=${randomUUID()}`;
    return {
      id,
      filename: name,
      size: data.byteLength,
      url,
      proxy_url: url,
      content_type: contentType,
      ...(file.description !== undefined && { description: file.description }),
    };
  }

  /** The messages that a bot wrote in answer to this one, with the pieces that followed the first, oldest first. */
  answersTo(message: Message, bot: Bot): readonly Message[] {
    const { channel } = message;
    const first = channel.recipients ? message : message.repliesOf(bot)[0];
    if (!first) return [];
    const { transcript } = channel;
    const answers: Message[] = [];
    for (let i = transcript.length - 1; i >= 0; i--) {
      const candidate = transcript[i];
      if (candidate === undefined || candidate === message) break;
      if (candidate.author === bot) answers.unshift(candidate);
      if (candidate === first) break;
    }
    return answers;
  }

  /** The user objects that `mentions` holds. */
  usersOf(pinged: Pinged): APIUser[] {
    return pinged.users.flatMap((id) => this.#core.world.accounts.get(id)?.data ?? []);
  }
}

/** Whether only the one who used a command sees it; no bot is told of such a message, and it is in no history. */
function isEphemeral(message: Message): boolean {
  return ((message.data.flags ?? 0) & 64) !== 0;
}

function where(channel: Channel): string {
  return channel.recipients ? `the DM of ${channel.recipients.user.username}` : `#${channel.name}`;
}

function excerpt(message: Message): string {
  const { content, id, reference, data } = message;
  const text = content.length > 80 ? `${content.slice(0, 80)}… (${content.length})` : content;
  const files = data.attachments.length > 0 ? ` with ${data.attachments.length} file(s)` : '';
  return `"${text}"${files} (${id}${reference ? `, reply to ${reference.id}` : ''})`;
}

/** A message without what a bot may not read. */
export function withoutContent(data: APIMessage): APIMessage {
  return { ...data, content: '', embeds: [], attachments: [], components: [] };
}

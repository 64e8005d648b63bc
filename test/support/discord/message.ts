import { MessageType } from 'discord-api-types/v10';
import type { APIAttachment, APIMessage, APIUser } from 'discord-api-types/v10';
import type { Author } from './author.ts';
import type { Channel } from './channel.ts';
import type { Pinged } from './mentions.ts';

/** Everything of a message that its writer decides. */
export interface Draft {
  content: string;
  pinged: Pinged;
  reference?: Message | undefined;
  attachments?: APIAttachment[];
  embeds?: object[];
  components?: object[];
  nonce?: string | number | undefined;
  flags?: number;
  /** Fields that only some messages have, such as `interaction_metadata`. */
  extra?: Partial<APIMessage>;
}

/** A message, with what became of it. */
export class Message {
  readonly id: string;
  readonly channel: Channel;
  readonly author: Author;
  /** As REST answers it; the gateway adds guild and members. */
  readonly data: APIMessage;
  /** The message that this one replies to. */
  readonly reference: Message | undefined;
  /** Whom it notified, as the text and its `allowed_mentions` have it. */
  pinged: Pinged;
  /** What it said before each edit, oldest first. */
  readonly previous: string[] = [];
  deleted = false;
  /** Emoji by who reacted: `👍 by helper`. */
  readonly reactions = new Set<string>();
  #replies: Map<Author, Message[]> | undefined;

  constructor(id: string, channel: Channel, author: Author, draft: Draft, now: number, users: APIUser[]) {
    this.id = id;
    this.channel = channel;
    this.author = author;
    this.pinged = draft.pinged;
    this.reference = draft.reference;
    this.data = messageData(id, channel, author, draft, now, users);
    if (draft.reference) draft.reference.#addReply(this);
  }

  get content(): string {
    return this.data.content;
  }

  /** What it said after each edit, oldest first. */
  get edits(): readonly string[] {
    return this.previous.length === 0 ? [] : [...this.previous.slice(1), this.content];
  }

  /** `https://discord.com/channels/…`, as people copy it. */
  get url(): string {
    return `https://discord.com/channels/${this.channel.guild?.id ?? '@me'}/${this.channel.id}/${this.id}`;
  }

  /** The messages of one author that reply to this one, oldest first. */
  repliesOf(author: Author): readonly Message[] {
    return this.#replies?.get(author) ?? [];
  }

  #addReply(reply: Message): void {
    this.#replies ??= new Map();
    const list = this.#replies.get(reply.author);
    if (list) list.push(reply);
    else this.#replies.set(reply.author, [reply]);
  }
}

function messageData(
  id: string,
  channel: Channel,
  author: Author,
  draft: Draft,
  now: number,
  mentions: APIUser[],
): APIMessage {
  const reference = referenceData(channel, draft);
  // Types and flags are plain numbers on the wire.
  const data: object = {
    id,
    type: reference ? MessageType.Reply : MessageType.Default,
    content: draft.content,
    channel_id: channel.id,
    author: author.data,
    attachments: draft.attachments ?? [],
    embeds: draft.embeds ?? [],
    mentions,
    mention_roles: draft.pinged.roles,
    mention_everyone: draft.pinged.everyone && channel.guild !== undefined,
    pinned: false,
    tts: false,
    timestamp: new Date(now).toISOString(),
    edited_timestamp: null,
    flags: draft.flags ?? 0,
    components: draft.components ?? [],
    ...(author.kind === 'webhook' && { webhook_id: author.id }),
    ...(draft.nonce !== undefined && { nonce: draft.nonce }),
    ...reference,
    ...draft.extra,
  };
  return data as APIMessage;
}

function referenceData(channel: Channel, draft: Draft): object | undefined {
  if (!draft.reference) return undefined;
  const guild = channel.guild && { guild_id: channel.guild.id };
  return {
    message_reference: { type: 0, message_id: draft.reference.id, channel_id: channel.id, ...guild },
    referenced_message: draft.reference.deleted ? null : flatten(draft.reference.data),
  };
}

/** A quoted message does not quote in turn. */
function flatten(data: APIMessage): APIMessage {
  if (data.referenced_message === undefined) return data;
  const copy = { ...data };
  delete copy.referenced_message;
  return copy;
}

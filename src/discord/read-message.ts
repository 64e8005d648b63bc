import {
  type APIAttachment,
  type GatewayMessageCreateDispatchData,
  MessageReferenceType,
  MessageType,
} from 'discord-api-types/v10';
import type { Attachment, QuotedMessage } from '../agents/agent.ts';
import type { IncomingMessage } from '../messages/incoming-message.ts';
import type { GuildIndex } from './guild-index.ts';
import { mentionedChannels, nonEmpty, readText } from './read-text.ts';
import { shownName } from './shown-name.ts';

/** A message as the gateway brings it. */
export type RawMessage = GatewayMessageCreateDispatchData;

/** Types of messages that people write. */
const WRITTEN = new Set<MessageType>([MessageType.Default, MessageType.Reply]);

/** Who is said to have written a forwarded message: Discord does not tell. */
const FORWARDED = 'forwarded message';

/** What must be known to read a message and is not in the index yet. */
export interface Unknowns {
  /** Whether the guild's name is unknown. */
  readonly guild: boolean;
  /** The message's own channel, by id. */
  readonly channel: string | undefined;
  /** Whether a channel is mentioned that is unknown. */
  readonly channels: boolean;
  /** Whether a role is mentioned that is unknown. */
  readonly roles: boolean;
}

/**
 * Whether a message may concern the bot at all. All others, nearly everything in a busy guild, are read without
 * asking Discord for anything.
 */
export function mayConcern(message: RawMessage, botUserId: string, answersEverything: boolean): boolean {
  return (
    message.guild_id === undefined ||
    answersEverything ||
    message.mention_everyone ||
    message.mention_roles.length > 0 ||
    mentionsUser(message, botUserId) ||
    repliesTo(message, botUserId)
  );
}

/** What a message needs that the index does not know, or undefined when it knows everything. */
export function unknownsOf(message: RawMessage, index: GuildIndex): Unknowns | undefined {
  const { guild_id: guildId, channel_id: channelId } = message;
  if (guildId === undefined) return undefined;
  const texts = [message, ...quotedBy(message)];
  const guild = index.guildName(guildId) === undefined;
  const channel = index.channel(guildId, channelId) === undefined ? channelId : undefined;
  const channels = texts
    .flatMap(({ content }) => mentionedChannels(content))
    .some((id) => index.channel(guildId, id) === undefined);
  const roles = texts
    .flatMap((text) => text.mention_roles)
    .some((id) => index.role(guildId, id) === undefined);
  return guild || channel !== undefined || channels || roles
    ? { guild, channel, channels, roles }
    : undefined;
}

/**
 * Turns a message of the gateway into plain values.
 *
 * @param seesContent - whether Discord sends the bot what was written without naming it
 * @param roleIds - the author's roles, where the message itself does not tell: in a direct message
 */
export function readMessage(
  message: RawMessage,
  index: GuildIndex,
  botUserId: string,
  seesContent: boolean,
  roleIds: readonly string[] = [],
): IncomingMessage {
  const { guild_id: guildId, channel_id: channelId, member } = message;
  const ownRoles = message.mention_roles.filter((id) => index.role(guildId, id)?.isOwn === true);
  const channel = index.channel(guildId, channelId);
  return {
    id: message.id,
    channelId,
    parentChannelId: channel?.parentId,
    guildId,
    guildName: guildId === undefined ? undefined : index.guildName(guildId),
    channelName: nonEmpty(channel?.name),
    author: {
      id: message.author.id,
      name: shownName(message.author, member),
      isBot: message.author.bot === true,
      roleIds: member?.roles ?? roleIds,
    },
    isWebhook: message.webhook_id !== undefined,
    isText: WRITTEN.has(message.type),
    mentionsBot: mentionsUser(message, botUserId) || ownRoles.length > 0,
    mentionsEveryone: message.mention_everyone,
    repliesToBot: repliesTo(message, botUserId),
    text: readText(message, index, guildId, new Set([botUserId, ...ownRoles])),
    isTextHidden: !seesContent && isWithheld(message, botUserId),
    repliedTo: readQuoted(message, index, botUserId),
    attachments: [message, ...forwardedBy(message)].flatMap(({ attachments }) =>
      attachments.map(readAttachment),
    ),
  };
}

/** Whether Discord withholds the text from a bot without the intent: it does not where the bot is pinged. */
function isWithheld({ guild_id: guildId, content, mentions }: RawMessage, botUserId: string): boolean {
  return guildId !== undefined && content === '' && !mentions.some(({ id }) => id === botUserId);
}

/** Whether the message names the user. A reply that pings lists its author among the mentions, unnamed. */
function mentionsUser(message: RawMessage, userId: string): boolean {
  if (!message.mentions.some(({ id }) => id === userId)) return false;
  return (
    !repliesTo(message, userId) ||
    message.content.includes(`<@${userId}>`) ||
    message.content.includes(`<@!${userId}>`)
  );
}

function repliesTo(message: RawMessage, botUserId: string): boolean {
  return repliedBy(message)?.author.id === botUserId;
}

/** A forwarded message has a reference too. */
function isForward({ message_reference: reference }: RawMessage): boolean {
  return reference?.type === MessageReferenceType.Forward;
}

/** The messages that a message forwards: at present Discord forwards one at a time. */
function forwardedBy(message: RawMessage) {
  return isForward(message) ? (message.message_snapshots ?? []).map((snapshot) => snapshot.message) : [];
}

/** The message that a message replies to, unless that is gone. */
function repliedBy(message: RawMessage) {
  const { message_reference: reference, referenced_message: replied } = message;
  return reference === undefined || isForward(message) ? undefined : (replied ?? undefined);
}

/** The messages that are read along with this one. */
function quotedBy(message: RawMessage) {
  const replied = repliedBy(message);
  return replied === undefined ? forwardedBy(message) : [replied];
}

/** The message that this one replies to, or forwards. */
function readQuoted(message: RawMessage, index: GuildIndex, botUserId: string): QuotedMessage | undefined {
  const [forwarded] = forwardedBy(message);
  if (forwarded !== undefined) {
    return { author: FORWARDED, isOwn: false, text: readText(forwarded, index, message.guild_id) };
  }
  const replied = repliedBy(message);
  if (replied === undefined) return undefined;
  // A reply that pings tells the nickname; the quoted message itself does not.
  const pinged = message.mentions.find(({ id }) => id === replied.author.id);
  return {
    author: shownName(replied.author, pinged?.member),
    isOwn: replied.author.id === botUserId,
    text: readText(replied, index, message.guild_id),
  };
}

function readAttachment({ filename, content_type: mediaType, size, url }: APIAttachment): Attachment {
  return { name: filename, mediaType: mediaType?.toLowerCase(), size, url };
}

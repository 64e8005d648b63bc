import {
  type GatewayMessageCreateDispatchData,
  MessageReferenceType,
  MessageType,
} from 'discord-api-types/v10';
import type { IncomingMessage } from '../messages/incoming-message.ts';
import type { GuildIndex } from './guild-index.ts';

/** A message as the gateway brings it. */
export type RawMessage = GatewayMessageCreateDispatchData;

/** Types of messages that people write. */
const WRITTEN = new Set<MessageType>([MessageType.Default, MessageType.Reply]);

/** A mention of a user, role or channel in the text of a message, with the space before it. */
const MENTION = /( ?)<(@!?|@&|#)(\d{1,20})>/g;

/** What must be known to read a message and is not in the index yet. */
export interface Unknowns {
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

/** What a message mentions that the index does not know, or undefined when it knows everything. */
export function unknownsOf(message: RawMessage, index: GuildIndex): Unknowns | undefined {
  const { guild_id: guildId, channel_id: channelId } = message;
  if (guildId === undefined) return undefined;
  const channel = index.channel(guildId, channelId) === undefined ? channelId : undefined;
  const mentioned = message.content.matchAll(MENTION);
  const channels = mentioned.some(
    ([, , kind, id = '']) => kind === '#' && index.channel(guildId, id) === undefined,
  );
  const roles = message.mention_roles.some((id) => index.role(guildId, id) === undefined);
  return channel === undefined && !channels && !roles ? undefined : { channel, channels, roles };
}

/**
 * Turns a message of the gateway into plain values.
 *
 * @param seesContent - whether Discord sends the bot what was written without naming it
 */
export function readMessage(
  message: RawMessage,
  index: GuildIndex,
  botUserId: string,
  seesContent: boolean,
): IncomingMessage {
  const ownRoles = message.mention_roles.filter((id) => index.role(message.guild_id, id)?.isOwn === true);
  return {
    id: message.id,
    channelId: message.channel_id,
    parentChannelId: index.channel(message.guild_id, message.channel_id)?.parentId,
    guildId: message.guild_id,
    author: {
      id: message.author.id,
      name: shownName(message.author, message.member),
      isBot: message.author.bot === true,
    },
    isWebhook: message.webhook_id !== undefined,
    isText: WRITTEN.has(message.type),
    mentionsBot: mentionsUser(message, botUserId) || ownRoles.length > 0,
    mentionsEveryone: message.mention_everyone,
    repliesToBot: repliesTo(message, botUserId),
    text: readText(message, index, new Set([botUserId, ...ownRoles])),
    attachments: message.attachments.length,
    isTextHidden: !seesContent && isWithheld(message, botUserId),
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
  // A forwarded message has a reference too.
  return (
    message.message_reference !== undefined &&
    message.message_reference.type !== MessageReferenceType.Forward &&
    message.referenced_message?.author.id === botUserId
  );
}

/** The text with mentions as names, without those of the bot itself. */
function readText(message: RawMessage, index: GuildIndex, own: ReadonlySet<string>): string {
  const text = message.content.replaceAll(MENTION, (mention, space: string, kind: string, id: string) => {
    // Taken out with its space, so that no gap is left; the layout of the rest is not touched.
    if (kind !== '#' && own.has(id)) return '';
    return space + nameOf(message, index, kind, id, mention.trimStart());
  });
  return text.trim();
}

function nameOf(message: RawMessage, index: GuildIndex, kind: string, id: string, mention: string): string {
  if (kind === '#') return `#${index.channel(message.guild_id, id)?.name ?? 'unknown-channel'}`;
  if (kind === '@&') return `@${index.role(message.guild_id, id)?.name ?? 'unknown-role'}`;
  const user = message.mentions.find((mentioned) => mentioned.id === id);
  return user === undefined ? mention : `@${shownName(user, user.member)}`;
}

function shownName(
  user: { username: string; global_name: string | null },
  member: { nick?: string | null } | undefined,
): string {
  return member?.nick ?? user.global_name ?? user.username;
}

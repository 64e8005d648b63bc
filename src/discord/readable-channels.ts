import {
  type APIOverwrite,
  ChannelType,
  type GatewayGuildCreateDispatchData,
  OverwriteType,
  PermissionFlagsBits,
} from 'discord-api-types/v10';
import { compareSnowflakes } from './snowflakes.ts';

/** A channel that a bot can look into for messages. */
export interface ReadableChannel {
  readonly id: string;
  /** Undefined for direct messages. */
  readonly guildId: string | undefined;
}

/** A channel of a guild with its newest message. */
export interface ChannelHead extends ReadableChannel {
  readonly guildId: string;
  /** The newest message; it may have been deleted. */
  readonly lastMessageId: string;
  /** Whether the bot may read what was written there while it was away. */
  readonly readable: boolean;
}

const TEXT = new Set<ChannelType>([
  ChannelType.GuildText,
  ChannelType.GuildAnnouncement,
  ChannelType.GuildVoice,
  ChannelType.GuildStageVoice,
  ChannelType.AnnouncementThread,
  ChannelType.PublicThread,
  ChannelType.PrivateThread,
]);

const VOICE = new Set<ChannelType>([ChannelType.GuildVoice, ChannelType.GuildStageVoice]);

/** As much of a channel or thread as is read here. */
interface RawChannel {
  readonly id: string;
  readonly type: ChannelType;
  readonly last_message_id?: string | null;
  readonly parent_id?: string | null;
  readonly permission_overwrites?: readonly APIOverwrite[];
}

/**
 * The channels and active threads of a guild whose newest message is later than this one.
 *
 * Asking for what a bot may not read would be answered with 403, of which Discord allows a whole host few.
 */
export function channelHeads(
  guild: GatewayGuildCreateDispatchData,
  botUserId: string,
  after: string,
): ChannelHead[] {
  // Discord's types do not say which of a channel's fields each type of channel has.
  const channels = guild.channels as readonly RawChannel[];
  const threads = guild.threads as readonly RawChannel[];
  const byId = new Map(channels.map((channel) => [channel.id, channel]));
  return [...channels, ...threads].flatMap((channel) => {
    const { id, type, last_message_id: lastMessageId, parent_id: parentId } = channel;
    if (!TEXT.has(type) || typeof lastMessageId !== 'string') return [];
    if (compareSnowflakes(lastMessageId, after) <= 0) return [];
    // A thread has its parent's rules; Discord tells only of those that the bot sees.
    const ruling = channel.permission_overwrites === undefined ? byId.get(parentId ?? '') : channel;
    const readable = mayRead(guild, ruling ?? channel, botUserId);
    return [{ id, guildId: guild.id, lastMessageId, readable }];
  });
}

/** @see https://discord.com/developers/docs/topics/permissions#permission-overwrites */
function mayRead(guild: GatewayGuildCreateDispatchData, channel: RawChannel, botUserId: string): boolean {
  const member = guild.members.find(({ user }) => user.id === botUserId);
  // Discord does not say who the bot is there: it has to be asked.
  if (member === undefined) return true;
  const roles = new Set([guild.id, ...member.roles]);
  let granted = 0n;
  for (const { id, permissions } of guild.roles) if (roles.has(id)) granted |= BigInt(permissions);
  if ((granted & PermissionFlagsBits.Administrator) !== 0n) return true;
  const overwrites = channel.permission_overwrites ?? [];
  const apply = (matching: readonly APIOverwrite[]): void => {
    for (const { deny } of matching) granted &= ~BigInt(deny);
    for (const { allow } of matching) granted |= BigInt(allow);
  };
  const ofRoles = overwrites.filter(({ id, type }) => type === OverwriteType.Role && roles.has(id));
  apply(ofRoles.filter(({ id }) => id === guild.id));
  apply(ofRoles.filter(({ id }) => id !== guild.id));
  apply(overwrites.filter(({ id, type }) => type === OverwriteType.Member && id === botUserId));
  const { ViewChannel, ReadMessageHistory, Connect } = PermissionFlagsBits;
  const needed = ViewChannel | ReadMessageHistory | (VOICE.has(channel.type) ? Connect : 0n);
  return (granted & needed) === needed;
}

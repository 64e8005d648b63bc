import type { API } from '@discordjs/core';
import { DiscordAPIError } from '@discordjs/rest';
import { type APIMessage, MessageType } from 'discord-api-types/v10';
import type { Attachment, QuotedMessage } from '../agents/agent.ts';
import { TroupeError, UnavailableError } from '../errors.ts';
import type { ChannelMessage, MessageReader } from '../messages/outbox.ts';
import { download } from './download.ts';
import type { GuildIndex } from './guild-index.ts';
import { readText } from './read-text.ts';
import { deliveryErrorOf, retryTransient, withoutRequest } from './rest-failure.ts';
import { shownName } from './shown-name.ts';

/** What {@link DiscordReader} works with. */
export interface DiscordReaderTools {
  readonly api: API;
  readonly index: GuildIndex;
  readonly botUserId: string;
  /** How long a file may take, in milliseconds. */
  readonly downloadTimeout: number;
}

/** Types of messages that somebody wrote, answers to commands among them. The others are Discord's notices. */
const SAID = new Set<MessageType>([
  MessageType.Default,
  MessageType.Reply,
  MessageType.ChatInputCommand,
  MessageType.ContextMenuCommand,
]);

/** What there is around a message, over Discord's REST side and its file server. */
export class DiscordReader implements MessageReader {
  readonly #tools: DiscordReaderTools;

  constructor(tools: DiscordReaderTools) {
    this.#tools = tools;
  }

  download(attachment: Attachment, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
    return download(attachment.url, { maxBytes, timeout: this.#tools.downloadTimeout }, signal);
  }

  async messagesBefore(
    channelId: string,
    messageId: string,
    limit: number,
    signal: AbortSignal,
  ): Promise<readonly QuotedMessage[]> {
    const { api } = this.#tools;
    const query = { before: messageId, limit };
    let messages: APIMessage[];
    try {
      messages = await retryTransient(() => api.channels.getMessages(channelId, query, { signal }), signal);
    } catch (error) {
      signal.throwIfAborted();
      throw failureOf(error, channelId);
    }
    // Discord tells the newest first.
    return messages
      .filter(({ type }) => SAID.has(type))
      .map((message) => this.#quote(message))
      .filter(({ text }) => text !== '')
      .reverse();
  }

  async messagesFrom(
    channelId: string,
    messageId: string,
    limit: number,
    signal: AbortSignal,
  ): Promise<readonly ChannelMessage[]> {
    const { api, botUserId } = this.#tools;
    // After the one before: so that the message itself shows whether the history can be read at all.
    const query = { after: String(BigInt(messageId) - 1n), limit };
    let messages: APIMessage[];
    try {
      messages = await retryTransient(() => api.channels.getMessages(channelId, query, { signal }), signal);
    } catch (error) {
      signal.throwIfAborted();
      throw deliveryErrorOf(error);
    }
    return messages.reverse().map((message) => ({
      id: message.id,
      text: message.content,
      isOwn: message.author.id === botUserId,
      replyTo: message.message_reference?.message_id,
    }));
  }

  async lastMessage(channelId: string, signal: AbortSignal): Promise<string | undefined> {
    const { api } = this.#tools;
    try {
      const channel = await retryTransient(() => api.channels.get(channelId, { signal }), signal);
      return 'last_message_id' in channel ? (channel.last_message_id ?? undefined) : undefined;
    } catch (error) {
      signal.throwIfAborted();
      throw deliveryErrorOf(error);
    }
  }

  /** Over REST no message tells nicknames. */
  #quote(message: APIMessage): QuotedMessage {
    const { index, botUserId } = this.#tools;
    return {
      author: shownName(message.author),
      isOwn: message.author.id === botUserId,
      text: readText(message, index, index.guildOfChannel(message.channel_id)),
    };
  }
}

function failureOf(error: unknown, channelId: string): TroupeError {
  const cause = withoutRequest(error);
  if (error instanceof DiscordAPIError) {
    return new TroupeError(`Discord does not show the messages of channel ${channelId}`, {
      cause,
      remedy: 'Give the bot "View Channel" and "Read Message History" there.',
    });
  }
  return new UnavailableError(`the messages of channel ${channelId} cannot be read now`, { cause });
}

import type { Attachment, QuotedMessage } from '../agents/agent.ts';

/** One Discord message as a bot received it: plain values, with everything that the decision needs. */
export interface IncomingMessage {
  readonly id: string;
  readonly channelId: string;
  /** The channel that a thread or forum post belongs to; undefined for any other channel. */
  readonly parentChannelId: string | undefined;
  /** Undefined in a direct message. */
  readonly guildId: string | undefined;
  /** Undefined in a direct message, or where it is not known. */
  readonly guildName: string | undefined;
  /** Undefined in a direct message, or where it is not known. */
  readonly channelName: string | undefined;
  readonly author: {
    readonly id: string;
    /** The name shown in this place: nickname, display name or username. */
    readonly name: string;
    /** Another bot, or this one. */
    readonly isBot: boolean;
    /**
     * Their roles in the guild. In a direct message: those of the roles in the bot's `allowed_roles` that they have
     * in one of its guilds.
     */
    readonly roleIds: readonly string[];
  };
  readonly isWebhook: boolean;
  /** Written by a person, not one of Discord's notices (somebody joined, a message was pinned). */
  readonly isText: boolean;
  /** Names the bot itself, or its managed role. */
  readonly mentionsBot: boolean;
  /** `@everyone` or `@here`, and it pinged. */
  readonly mentionsEveryone: boolean;
  /** Replies to one of the bot's own messages. */
  readonly repliesToBot: boolean;
  /** What was written, without the bot's own mention; other mentions read as names. */
  readonly text: string;
  /** Discord kept the text from the bot, for want of the message content intent. */
  readonly isTextHidden: boolean;
  /** The message that it replies to, whoever wrote it; undefined when that is gone. */
  readonly repliedTo: QuotedMessage | undefined;
  /** The files that came with it. */
  readonly attachments: readonly Attachment[];
}

import type { IncomingMessage } from '../../src/messages/incoming-message.ts';

/** A message of a person in a guild that mentions the bot, but for what is said otherwise. */
export function incomingMessage(parts: Partial<IncomingMessage> = {}): IncomingMessage {
  return {
    id: '900000000000000001',
    channelId: '300000000000000001',
    parentChannelId: undefined,
    guildId: '200000000000000001',
    guildName: undefined,
    channelName: undefined,
    author: { id: '100000000000000001', name: 'ada', isBot: false, roleIds: [] },
    isWebhook: false,
    isText: true,
    mentionsBot: true,
    mentionsEveryone: false,
    repliesToBot: false,
    text: 'hello',
    isTextHidden: false,
    repliedTo: undefined,
    attachments: [],
    ...parts,
  };
}

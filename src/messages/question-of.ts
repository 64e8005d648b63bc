import type { Question } from '../agents/agent.ts';
import type { Exchange } from './exchange.ts';

/** What the agent is asked in an exchange. */
export function questionOf({ recipient, message, exchangeId, span }: Exchange): Question {
  const { reader } = recipient;
  const { id, channelId, author } = message;
  return {
    exchangeId,
    text: message.text,
    user: { id: author.id, name: author.name },
    place: {
      guildId: message.guildId,
      guildName: message.guildName,
      channelId,
      channelName: message.channelName,
    },
    repliedTo: message.repliedTo,
    attachments: message.attachments,
    span,
    surroundings: {
      download: (attachment, maxBytes, signal) => reader.download(attachment, maxBytes, signal),
      messagesBefore: (limit, signal) => reader.messagesBefore(channelId, id, limit, signal),
    },
  };
}

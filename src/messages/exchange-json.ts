import type { LoggedExchange } from './exchange-log.ts';
import { referenceOf } from './failure-pieces.ts';
import { redactShapes } from '../observability/secret-shapes.ts';

/** An exchange for programs. What has the shape of a secret is taken out of what was said. */
export function exchangeAsJson(exchange: LoggedExchange) {
  const { reply, posted } = exchange;
  return {
    id: exchange.id,
    reference: referenceOf(exchange.id),
    agent: exchange.agentName ?? exchange.agentId,
    agent_id: exchange.agentId,
    state: exchange.state,
    reason: exchange.reason,
    user_id: exchange.userId,
    guild_id: exchange.guildId ?? null,
    channel_id: exchange.channelId,
    message_id: exchange.messageId,
    link: linkTo(exchange, exchange.messageId),
    attempts: exchange.attempts,
    question: redactShapes(exchange.question),
    answer: reply?.pieces.map((piece) => redactShapes(piece)) ?? null,
    posted: posted.map((id) => ({ id, link: linkTo(exchange, id) })),
    admitted_at: exchange.admittedAt.toISOString(),
    answered_at: exchange.answeredAt?.toISOString() ?? null,
    finished_at: exchange.finishedAt?.toISOString() ?? null,
  };
}

/** Where Discord shows a message of an exchange. */
export function linkTo(
  { guildId = '@me', channelId }: Pick<LoggedExchange, 'guildId' | 'channelId'>,
  messageId: string,
): string {
  return `https://discord.com/channels/${guildId}/${channelId}/${messageId}`;
}

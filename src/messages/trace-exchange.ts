import type { Span, Tracer } from '../observability/tracing.ts';
import type { Exchange } from './exchange.ts';

/**
 * Begins the trace of an exchange; undefined when it is not traced.
 *
 * @param reason - why it is answered
 */
export function traceExchange(
  tracer: Tracer,
  { recipient, message, exchangeId, earlier }: Exchange,
  reason?: string,
): Span | undefined {
  const { name } = recipient.definition;
  return tracer.begin('exchange', {
    kind: 'consumer',
    attributes: {
      'troupe.exchange.id': exchangeId,
      'troupe.agent.id': recipient.agentId,
      'troupe.agent.name': name,
      'troupe.agent.type': recipient.definition.type,
      'troupe.reason': reason,
      'troupe.recovered': earlier !== undefined,
      'troupe.recovered.state': earlier?.state,
      'troupe.recovered.attempts': earlier?.attempts,
      'discord.message.id': message.id,
      'discord.channel.id': message.channelId,
      'discord.guild.id': message.guildId,
    },
  });
}

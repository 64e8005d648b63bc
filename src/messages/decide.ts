import type { AgentDefinition } from '../agents/agent-definition.ts';
import { isPausedFor, type Pause } from '../agents/pause.ts';
import { snowflakeTime } from '../util/snowflake-time.ts';
import type { IncomingMessage } from './incoming-message.ts';

/** Why a message is answered. */
export type AnswerReason = 'direct-message' | 'mention' | 'reply' | 'everyone' | 'every-message';

/** Why a message that was meant for the bot is not answered: these are kept in the exchanges table. */
export type RefusalReason =
  | 'dm-disabled'
  | 'guild-not-allowed'
  | 'channel-not-allowed'
  | 'everyone-disabled'
  | 'user-blocked'
  | 'user-not-allowed'
  | 'no-message-content'
  | 'paused'
  | 'rate-limited'
  | 'too-many-waiting'
  | 'overloaded';

/** Why a message was none of the bot's business. */
export type PassReason = 'own-message' | 'other-bot' | 'webhook' | 'system-message' | 'not-addressed';

/** What is to be done with a message. */
export type Decision =
  | { readonly kind: 'answer'; readonly reason: AnswerReason }
  | { readonly kind: 'refuse'; readonly reason: RefusalReason }
  | { readonly kind: 'pass'; readonly reason: PassReason };

/**
 * Whether a bot answers a message, and why or why not.
 *
 * @param botUserId - the bot's own user id
 * @param pause - the bot's last one; undefined: it was never paused
 */
export function decide(
  message: IncomingMessage,
  settings: AgentDefinition,
  botUserId: string,
  pause?: Pause,
): Decision {
  const decision = decideAwake(message, settings, botUserId);
  if (decision.kind !== 'answer' || pause === undefined) return decision;
  if (!isPausedFor(pause, snowflakeTime(message.id))) return decision;
  return decision.reason === 'every-message'
    ? { kind: 'pass', reason: 'not-addressed' }
    : { kind: 'refuse', reason: 'paused' };
}

function decideAwake(message: IncomingMessage, settings: AgentDefinition, botUserId: string): Decision {
  const stranger = passReason(message, botUserId);
  if (stranger !== undefined) return { kind: 'pass', reason: stranger };
  if (message.guildId === undefined) {
    const refusal = settings.respondToDm ? userRefusal(message, settings) : 'dm-disabled';
    return refusal === undefined
      ? { kind: 'answer', reason: 'direct-message' }
      : { kind: 'refuse', reason: refusal };
  }
  const call = callOf(message, settings);
  if (call === undefined) {
    return message.mentionsEveryone
      ? { kind: 'refuse', reason: 'everyone-disabled' }
      : { kind: 'pass', reason: 'not-addressed' };
  }
  const refusal = whitelistRefusal(message, settings) ?? userRefusal(message, settings);
  if (refusal === undefined) {
    return message.isTextHidden
      ? { kind: 'refuse', reason: 'no-message-content' }
      : { kind: 'answer', reason: call };
  }
  // Without a mention nobody waits for an answer elsewhere: that is the lists' purpose, not a refusal.
  return call === 'every-message'
    ? { kind: 'pass', reason: 'not-addressed' }
    : { kind: 'refuse', reason: refusal };
}

/** Who never gets an answer: bots would talk to each other without end. */
function passReason(message: IncomingMessage, botUserId: string): PassReason | undefined {
  if (message.author.id === botUserId) return 'own-message';
  if (message.isWebhook) return 'webhook';
  if (message.author.isBot) return 'other-bot';
  if (!message.isText) return 'system-message';
  return undefined;
}

function callOf(message: IncomingMessage, settings: AgentDefinition): AnswerReason | undefined {
  if (message.mentionsBot) return 'mention';
  if (message.repliesToBot) return 'reply';
  if (message.mentionsEveryone && settings.respondToEveryone) return 'everyone';
  if (settings.respondWithoutMention) return 'every-message';
  return undefined;
}

function whitelistRefusal(
  { guildId, channelId, parentChannelId }: IncomingMessage,
  { guildWhitelist, channelWhitelist }: AgentDefinition,
): RefusalReason | undefined {
  const allows = (list: readonly string[], id: string | undefined): boolean =>
    id !== undefined && list.includes(id);
  if (guildWhitelist.length > 0 && !allows(guildWhitelist, guildId)) return 'guild-not-allowed';
  if (channelWhitelist.length === 0 || allows(channelWhitelist, channelId)) return undefined;
  return allows(channelWhitelist, parentChannelId) ? undefined : 'channel-not-allowed';
}

function userRefusal(
  { author }: IncomingMessage,
  { blockedUsers, allowedUsers, allowedRoles }: AgentDefinition,
): RefusalReason | undefined {
  if (blockedUsers.includes(author.id)) return 'user-blocked';
  if (allowedUsers.length === 0 && allowedRoles.length === 0) return undefined;
  const isAllowed =
    allowedUsers.includes(author.id) || author.roleIds.some((id) => allowedRoles.includes(id));
  return isAllowed ? undefined : 'user-not-allowed';
}

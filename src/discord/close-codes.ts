import { GatewayCloseCodes } from 'discord-api-types/v10';
import { BotFailure } from '../bots/bot-failure.ts';
import type { GatewayReason } from '../recovery/rules-discord.ts';

/** Closing with this code keeps the session: Discord ends it at 1000 and 1001 only. */
export const CLOSE_RESUMABLE = 4000;

/** Closing with this code ends the session, and the bot goes offline. */
export const CLOSE_NORMAL = 1000;

/** What @discordjs/ws closes with when Discord tells it to reconnect. */
const CLOSE_BY_SHARD = 4200;

/**
 * After these the session cannot be resumed: the next connection has to identify. 1000 and 1001 are not among them:
 * they end a session when the bot closes with them, while Discord does so when it restarts a machine.
 */
const SESSION_LOST = new Set<number>([
  GatewayCloseCodes.NotAuthenticated,
  GatewayCloseCodes.AlreadyAuthenticated,
  GatewayCloseCodes.InvalidSeq,
  GatewayCloseCodes.SessionTimedOut,
]);

/**
 * What a close code of the gateway means for the bot.
 *
 * @see https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
 */
export function failureOfClose(code: number, applicationId: string): BotFailure {
  const fatal = FATAL[code];
  if (fatal !== undefined) {
    const [kind, message, remedy] = fatal(applicationId);
    return new BotFailure(`${message} (close code ${code})`, { kind, remedy, sessionLost: true });
  }
  if (code === CLOSE_BY_SHARD) {
    return new BotFailure('Discord asked the bot to reconnect', { kind: 'reconnect-asked' });
  }
  const sessionLost = SESSION_LOST.has(code);
  return new BotFailure(`the gateway closed the connection (close code ${code})`, {
    kind: sessionLost ? 'session-lost' : 'closed',
    sessionLost,
  });
}

/** Discord's page for an application's switches. */
export function portalLink(applicationId: string): string {
  return `https://discord.com/developers/applications/${applicationId}/bot`;
}

/** Why a token is of no use, with the remedy. */
export const BAD_TOKEN = {
  message: 'Discord does not accept the token',
  remedy:
    'Reset the token in the developer portal (https://discord.com/developers/applications) and enter the new one.',
} as const;

/** Codes after which trying again cannot help: which kind of failure, what happened, and what to do. */
const FATAL: Readonly<
  Record<number, (applicationId: string) => readonly [kind: GatewayReason, message: string, remedy: string]>
> = {
  [GatewayCloseCodes.AuthenticationFailed]: () => ['bad-token', BAD_TOKEN.message, BAD_TOKEN.remedy],
  [GatewayCloseCodes.InvalidShard]: () => [
    'bad-shard',
    'Discord does not accept the shard',
    'This is a defect of Troupe: report it.',
  ],
  [GatewayCloseCodes.ShardingRequired]: () => [
    'sharding-required',
    'the bot is in more guilds than one connection may serve',
    'Troupe does not shard a bot yet: it can be in at most 2,500 guilds.',
  ],
  [GatewayCloseCodes.InvalidAPIVersion]: () => [
    'api-retired',
    'Discord has retired the API version',
    'Update Troupe.',
  ],
  [GatewayCloseCodes.InvalidIntents]: () => [
    'bad-intents',
    'Discord does not accept the intents',
    'This is a defect of Troupe: report it.',
  ],
  [GatewayCloseCodes.DisallowedIntents]: (applicationId) => [
    'intents-off',
    'an intent that the bot asks for is switched off for its application',
    `Switch on "Message Content Intent" at ${portalLink(applicationId)}, then change a setting of the agent or restart the host.`,
  ],
};

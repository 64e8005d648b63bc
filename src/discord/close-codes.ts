import { GatewayCloseCodes } from 'discord-api-types/v10';
import { BotFailure } from '../bots/bot-failure.ts';

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
    const [message, remedy] = fatal(applicationId);
    return new BotFailure(`${message} (close code ${code})`, { then: 'park', remedy, sessionLost: true });
  }
  if (code === CLOSE_BY_SHARD) return new BotFailure('Discord asked the bot to reconnect', { then: 'retry' });
  return new BotFailure(`the gateway closed the connection (close code ${code})`, {
    then: 'retry',
    sessionLost: SESSION_LOST.has(code),
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

/** Codes after which trying again cannot help: what happened, and what to do. */
const FATAL: Readonly<Record<number, (applicationId: string) => readonly [message: string, remedy: string]>> =
  {
    [GatewayCloseCodes.AuthenticationFailed]: () => [BAD_TOKEN.message, BAD_TOKEN.remedy],
    [GatewayCloseCodes.InvalidShard]: () => [
      'Discord does not accept the shard',
      'This is a defect of Troupe: report it.',
    ],
    [GatewayCloseCodes.ShardingRequired]: () => [
      'the bot is in more guilds than one connection may serve',
      'Troupe does not shard a bot yet: it can be in at most 2,500 guilds.',
    ],
    [GatewayCloseCodes.InvalidAPIVersion]: () => ['Discord has retired the API version', 'Update Troupe.'],
    [GatewayCloseCodes.InvalidIntents]: () => [
      'Discord does not accept the intents',
      'This is a defect of Troupe: report it.',
    ],
    [GatewayCloseCodes.DisallowedIntents]: (applicationId) => [
      'an intent that the bot asks for is switched off for its application',
      `Switch on "Message Content Intent" at ${portalLink(applicationId)}, then change a setting of the agent or restart the host.`,
    ],
  };

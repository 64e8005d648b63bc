import { DiscordAPIError, HTTPError } from '@discordjs/rest';
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { RESTJSONErrorCodes } from 'discord-api-types/v10';
import { UnavailableError } from '../errors.ts';
import { BotFailure } from '../bots/bot-failure.ts';
import { DeliveryError } from '../messages/outbox.ts';
import { BACK_OFFS } from '../recovery/back-offs.ts';
import type { DeliveryReason } from '../recovery/rules-discord.ts';
import { BAD_TOKEN } from './close-codes.ts';

/** Whether the same request may succeed a little later: Discord was ill, or did not answer. */
export function isTransient(error: unknown): boolean {
  if (error instanceof DiscordAPIError) return false;
  if (error instanceof UnavailableError) return true;
  if (error instanceof HTTPError) return error.status >= 500;
  // A request that never got an answer: refused, reset, timed out. Anything else is a defect and stays one.
  if (!(error instanceof Error)) return false;
  return (
    error.name === 'AbortError' || 'code' in error || 'code' in ((error.cause as object | undefined) ?? {})
  );
}

/**
 * Tries again while Discord is ill: about half a minute in all.
 *
 * @param request - may run more than once
 * @param signal - no try after it aborts
 */
export function retryTransient<Result>(
  request: () => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  return policy.execute(request, signal);
}

const policy = retry(handleWhen(isTransient), {
  maxAttempts: 7,
  backoff: new ExponentialBackoff({
    initialDelay: BACK_OFFS.delivery.base,
    maxDelay: BACK_OFFS.delivery.cap,
  }),
});

/** What an error of the REST side means for the bot as a whole. */
export function botFailureOf(error: unknown): BotFailure {
  if (error instanceof BotFailure) return error;
  if (isUnauthorized(error)) return unauthorized();
  return new BotFailure('Discord cannot be reached over REST', {
    kind: 'unreachable',
    unreachable: true,
    cause: withoutRequest(error),
  });
}

/** The failure of a bot whose token Discord does not accept. */
export function unauthorized(): BotFailure {
  return new BotFailure(`${BAD_TOKEN.message} (401)`, {
    kind: 'bad-token',
    remedy: BAD_TOKEN.remedy,
    sessionLost: true,
  });
}

/** Whether Discord said that the token is no good. */
export function isUnauthorized(error: unknown): boolean {
  return error instanceof DiscordAPIError && error.status === 401;
}

/** What an error of the REST side means for one piece of an answer, or for an edit of it. */
export function deliveryErrorOf(error: unknown): DeliveryError {
  const cause = withoutRequest(error);
  if (isUnauthorized(error)) return new DeliveryError('bad-token', BAD_TOKEN.message, { cause });
  if (error instanceof DiscordAPIError) {
    const [reason, message] = DELIVERY[Number(error.code)] ?? [
      'refused-by-discord',
      'Discord refused the message',
    ];
    return new DeliveryError(reason, message, { cause });
  }
  // The library forgets a token that was refused, and then refuses by itself.
  if (isWithoutToken(error)) return new DeliveryError('bad-token', BAD_TOKEN.message, { cause });
  return new DeliveryError('discord-unreachable', 'Discord did not take the message', { cause });
}

function isWithoutToken(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Expected token to be set');
}

const DELIVERY: Readonly<Record<number, readonly [reason: DeliveryReason, message: string]>> = {
  [RESTJSONErrorCodes.UnknownChannel]: ['channel-gone', 'the channel is gone'],
  [RESTJSONErrorCodes.UnknownMessage]: ['message-gone', 'the message is gone'],
  [RESTJSONErrorCodes.MissingAccess]: ['missing-permissions', 'the bot cannot see the channel'],
  [RESTJSONErrorCodes.MissingPermissions]: ['missing-permissions', 'the bot may not write in the channel'],
  [RESTJSONErrorCodes.CannotSendMessagesToThisUser]: [
    'dm-closed',
    'the user takes no direct messages from the bot',
  ],
};

/**
 * An error that says what Discord said, without the request that it holds: that has the user's text in it, and in its
 * address an interaction's token.
 */
export function withoutRequest(error: unknown): unknown {
  if (error instanceof DiscordAPIError) return new Error(`${error.status} ${error.code}: ${error.message}`);
  if (error instanceof HTTPError) return new Error(`HTTP ${error.status}`);
  return error;
}

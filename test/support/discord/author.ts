import type { APIUser } from 'discord-api-types/v10';

/** Whoever can write a message: a user, a bot, a webhook. */
export interface Author {
  readonly id: string;
  readonly username: string;
  /** What `message.author` says of them. */
  readonly data: APIUser;
  readonly kind: 'user' | 'bot' | 'webhook';
}

/** A user object as Discord sends it. */
export function userData(
  id: string,
  username: string,
  displayName: string | undefined,
  bot: boolean,
): APIUser {
  return {
    id,
    username,
    discriminator: bot ? '0001' : '0',
    global_name: displayName ?? null,
    avatar: null,
    ...(bot && { bot: true }),
  };
}

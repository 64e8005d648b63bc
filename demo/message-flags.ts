import { MessageFlags } from 'discord-api-types/v10';
import type { Message } from '../test/support/discord/message.ts';

/** Whether only the one who used a command sees it. */
export function isEphemeral({ data: { flags } }: Message): boolean {
  return ((flags ?? 0) & MessageFlags.Ephemeral) !== 0;
}

/** Whether it says no more than that a bot thinks. */
export function isThinking({ data: { flags } }: Message): boolean {
  return ((flags ?? 0) & MessageFlags.Loading) !== 0;
}

import type { BotPresence } from '../agents/agent-record.ts';
import { InputError } from '../errors.ts';
import type { BotOrder, NewBotCommand } from './bot-command.ts';

/** The longest text that a bot is told to say, in characters: it is posted in pieces, as answers are. */
export const MAX_SAID = 10_000;

/** Discord's limit for what a bot is shown to be doing, in characters. */
export const MAX_ACTIVITY = 128;

/** Discord's ids: decimal numbers of 64 bits, which are 17 digits long since 2015. */
const SNOWFLAKE = /^\d{17,20}$/;

const STATUSES: readonly string[] = ['online', 'idle', 'dnd', 'invisible'];
const ACTIVITIES: readonly string[] = ['playing', 'listening', 'watching', 'competing', 'custom'];

/**
 * Refuses what no host could do.
 *
 * @throws {InputError} that names the value and the remedy
 */
export function checkOrder({ order, expiresAt }: Pick<NewBotCommand, 'order' | 'expiresAt'>): void {
  if (expiresAt !== undefined && isInForceAtOnce(order)) {
    throw new InputError(`${order.kind} cannot expire: it is in force from when it is sent`, {
      remedy: 'Leave out when it expires.',
    });
  }
  if (order.kind === 'say') checkSaid(order);
  if (order.kind === 'presence' && order.presence !== null) checkPresence(order.presence);
}

/** Whether a command is in force before any host does it: it changes how the agent is to be. */
export function isInForceAtOnce({ kind }: BotOrder): boolean {
  return kind === 'pause' || kind === 'resume' || kind === 'presence';
}

function checkSaid({ channelId, text }: Extract<BotOrder, { kind: 'say' }>): void {
  if (!SNOWFLAKE.test(channelId)) {
    throw new InputError(`"${channelId.slice(0, 40)}" is no id of a channel: that has 17 to 20 digits`, {
      remedy:
        'Switch on Developer Mode in Discord (Settings, Advanced), then right-click the channel and copy its id.',
    });
  }
  if (text.trim() === '') {
    throw new InputError('there is no text to say', {
      remedy: 'Say something that is more than white space.',
    });
  }
  if (text.length > MAX_SAID) {
    throw new InputError(`the text has ${text.length} characters; a bot says at most ${MAX_SAID} at once`, {
      remedy: 'Shorten it, or say it in parts.',
    });
  }
}

function checkPresence({ status, activity }: BotPresence): void {
  if (!STATUSES.includes(status)) {
    throw new InputError(`"${status.slice(0, 40)}" is no status`, {
      remedy: `It is one of ${STATUSES.join(', ')}.`,
    });
  }
  if (activity === undefined) return;
  if (!ACTIVITIES.includes(activity.type)) {
    throw new InputError(`"${activity.type.slice(0, 40)}" is no kind of activity`, {
      remedy: `It is one of ${ACTIVITIES.join(', ')}.`,
    });
  }
  if (activity.text.trim() === '') {
    throw new InputError('an activity without words', {
      remedy: 'Say what the bot is doing, or leave it out.',
    });
  }
  if (activity.text.length > MAX_ACTIVITY) {
    throw new InputError(
      `the activity has ${activity.text.length} characters; Discord takes at most ${MAX_ACTIVITY}`,
      { remedy: 'Shorten it.' },
    );
  }
}

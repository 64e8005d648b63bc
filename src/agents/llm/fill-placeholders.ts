import type { Question } from '../agent.ts';
import { plainLine } from './fence.ts';

/** Longest value of a placeholder, in characters. */
const MAX_VALUE = 80;

/** What the placeholders of a system prompt are filled with. */
export interface PlaceholderValues {
  /** The agent's name. */
  readonly agent: string;
  /** The name of the user who asks. */
  readonly user: string;
  readonly place: Question['place'];
  readonly now: Date;
}

/**
 * Fills `{agent}`, `{user}`, `{channel}`, `{guild}` and `{date}` (such as `Friday, 2026-11-20`, in UTC); other braces
 * stay as they are.
 *
 * Users choose names, so each becomes one line of at most 80 characters without markup, and braces in it are not
 * filled again. In a direct message channel and guild read `direct messages`; a name that is not known reads
 * `this channel`, `this server`, or `unknown`.
 */
export function fillPlaceholders(template: string, { agent, user, place, now }: PlaceholderValues): string {
  const isDirect = place.guildId === undefined;
  const values = new Map([
    ['agent', name(agent, 'unknown')],
    ['user', name(user, 'unknown')],
    ['channel', isDirect ? 'direct messages' : name(place.channelName, 'this channel')],
    ['guild', isDirect ? 'direct messages' : name(place.guildName, 'this server')],
    ['date', `${WEEKDAYS[now.getUTCDay()] ?? ''}, ${now.toISOString().slice(0, 10)}`],
  ]);
  return template.replace(/\{(\w+)\}/g, (whole, key: string) => values.get(key) ?? whole);
}

/** Named here, because Intl's formatter takes eight megabytes. */
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;

function name(text: string | undefined, unknown: string): string {
  return plainLine(text ?? '', MAX_VALUE) || unknown;
}

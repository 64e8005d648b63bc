import { stripVTControlCharacters } from 'node:util';

/** Control characters but line breaks, and those that turn the direction of a line. */
const UNSEEN = /[^\P{Cc}\n]|[\u2028\u2029\p{Bidi_Control}]/gu;

/** A time as Discord writes it: seconds, and perhaps how it is to be shown. */
const TIMESTAMP = /<t:(\d{1,11})(?::([tTdDfFR]))?>/g;

/**
 * What somebody wrote, for a terminal: Markdown as it is, times in words, the bot by its name, and nothing that a
 * terminal would obey.
 *
 * @param bot - how the bot is mentioned, and its name
 * @param now - milliseconds
 */
export function readable(
  text: string,
  bot: { readonly userId: string; readonly name: string },
  now: number,
): string {
  const timed = text.replaceAll(TIMESTAMP, (_, seconds: string, style?: string) =>
    timeInWords(Number(seconds) * 1_000, style, now),
  );
  const named = timed.replaceAll(`<@${bot.userId}>`, `@${bot.name}`);
  return stripVTControlCharacters(named.replaceAll(/\r\n?/g, '\n').replaceAll('\t', '    ')).replaceAll(
    UNSEEN,
    '',
  );
}

/** Takes out the backslashes that keep Discord from formatting a text. */
export function unescaped(text: string): string {
  return text.replaceAll(/\\([\\*_~|`>#[\]()<:@])/g, '$1');
}

function timeInWords(time: number, style: string | undefined, now: number): string {
  const date = new Date(time);
  switch (style) {
    case 'R':
      return fromNow(Math.round((time - now) / 1_000));
    case 't':
    case 'T':
      return date.toLocaleTimeString('en-GB', { timeStyle: style === 't' ? 'short' : 'medium' });
    case 'd':
    case 'D':
      return date.toLocaleDateString('en-GB', { dateStyle: 'long' });
    default:
      return date.toLocaleString('en-GB', { dateStyle: 'long', timeStyle: 'short' });
  }
}

/** The largest units first, in seconds. */
const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

function fromNow(seconds: number): string {
  const [unit, length] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS[3];
  return new Intl.RelativeTimeFormat('en').format(Math.round(seconds / length), unit);
}

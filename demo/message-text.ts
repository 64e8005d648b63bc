import { stripVTControlCharacters } from 'node:util';
import type { Message } from '../test/support/discord/message.ts';
import { CAST } from './cast.ts';
import type { Paint } from './paint.ts';
import { textWidth, wrap } from './text-width.ts';

interface ShownLine {
  readonly width: number;
  shown: string;
}

/**
 * What a message says, in lines of at most so many columns, coloured; a file that comes with it has a line of its own.
 *
 * @param number - shown behind the text where there is room, else below it
 */
export function messageText(
  message: Message,
  number: number | undefined,
  room: number,
  paint: Paint,
): string[] {
  const lines = styled(readable(message), room, paint);
  for (const { filename, size } of message.data.attachments) {
    for (const line of wrap(`▤ ${filename}, ${size} bytes`, room)) {
      lines.push({ width: textWidth(line), shown: paint('dim', line) });
    }
  }
  if (number !== undefined) addNumber(lines, paint('dim', `‹${number}›`), number, room);
  return lines.map(({ shown }) => shown);
}

/** What a message says, with names for ids and days for times, and nothing that a terminal would obey. */
export function readable(message: Message): string {
  const named = message.content.replaceAll(/<@!?(\d+)>/g, (mention, id: string) => {
    const user = message.data.mentions.find((mentioned) => mentioned.id === id);
    return user === undefined ? mention : `@${user.global_name ?? user.username}`;
  });
  const dated = named.replaceAll(/<t:(\d{1,11}):D>/g, (_time, seconds: string) =>
    new Date(Number(seconds) * 1_000).toDateString(),
  );
  return stripVTControlCharacters(dated).replaceAll(/[^\P{Cc}\n]/gu, '');
}

/** Wrapped and coloured: names that are mentioned, bold words, and code. */
function styled(text: string, room: number, paint: Paint): ShownLine[] {
  let inCode = false;
  return text.split('\n').flatMap((line) => {
    const fence = /^\s*```/.test(line);
    const code = inCode || fence;
    if (fence) inCode = !inCode;
    return wrap(line, room).map((plain) => ({
      width: textWidth(plain),
      shown: code ? paint(fence ? 'dim' : 'green', plain) : prose(plain, paint),
    }));
  });
}

function prose(line: string, paint: Paint): string {
  return line
    .replaceAll(/\*\*(.+?)\*\*/g, (_marked, words: string) => paint('bold', words))
    .replaceAll(/\\([\\*_~|`>#[\]()<:@])/g, '$1')
    .replaceAll(/@(everyone|here|\p{L}+)/gu, (mention, name: string) => {
      const role = CAST.find((candidate) => candidate.name === name);
      if (role !== undefined) return paint(role.colour, mention);
      return name === 'everyone' || name === 'here' ? paint('bold', mention) : mention;
    });
}

/** Behind the last line if there is room, else below it. */
function addNumber(lines: ShownLine[], painted: string, number: number, room: number): void {
  const last = lines.at(-1);
  const width = String(number).length + 3;
  if (last !== undefined && last.width + width <= room) last.shown += ` ${painted}`;
  else lines.push({ width, shown: painted });
}

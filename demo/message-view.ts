import { stripVTControlCharacters } from 'node:util';
import type { Channel } from '../test/support/discord/channel.ts';
import type { Message } from '../test/support/discord/message.ts';
import { CAST, lookOf } from './cast.ts';
import { longName } from './house.ts';
import type { Paint, Style } from './paint.ts';
import { clip, textWidth, wrap } from './text-width.ts';

/** Columns that avatar and name take before a text. */
const GUTTER = 17;

/** Below so many columns a name stands above its text, not before it. */
const NARROW = 56;

/** Puts what happens into lines for a terminal, as a chat shows it. */
export class MessageView {
  readonly #paint: Paint;
  readonly #columns: () => number;
  #place: Channel | undefined;
  /** Who wrote the last line; another message of theirs needs no name. */
  #author: string | undefined;
  /** What a person wrote last: answers to it stand right below and need no quote. */
  #asked: Message | undefined;
  #fresh = true;

  /** @param columns - the width of the terminal, asked for every line */
  constructor(paint: Paint, columns: () => number) {
    this.#paint = paint;
    this.#columns = columns;
  }

  /** A message, below a heading if it was written elsewhere than the last one. `number` is for naming it later. */
  message(message: Message, number?: number): string[] {
    const lines = this.place(message.channel);
    const person = message.author.kind === 'user';
    if (person && !this.#fresh) lines.push('');
    const name = message.author.data.global_name ?? message.author.username;
    const below = message.reference !== undefined && message.reference === this.#asked;
    if (message.reference !== undefined && !below) lines.push(this.#quote(message.reference));
    if (this.#author === name && message.reference === undefined) {
      lines.push(...this.#headed(name, ' ', '', this.#text(message, number)));
    } else lines.push(...this.#headed(name, below ? '╰' : ' ', name, this.#text(message, number)));
    if (person) this.#asked = message;
    this.#author = name;
    this.#fresh = false;
    return lines;
  }

  /** The heading of a place, unless the last lines were from there. */
  place(channel: Channel): string[] {
    if (this.#place === channel) return [];
    const first = this.#place === undefined;
    this.#place = channel;
    this.#author = undefined;
    this.#asked = undefined;
    this.#fresh = true;
    const title = longName(channel);
    const rule = '─'.repeat(Math.max(2, this.#columns() - textWidth(title) - 5));
    const heading = `${this.#paint('dim', '──')} ${this.#paint('bold', title)} ${this.#paint('dim', rule)}`;
    return first ? [heading] : ['', heading];
  }

  /** A remark on the message above. */
  note(text: string): string[] {
    this.#author = undefined;
    return this.#remark(this.#indent(), '·', text, 'dim');
  }

  /** Something that happened behind the scenes. */
  event(text: string, style: Style = 'blue'): string[] {
    const gap = this.#fresh ? [] : [''];
    this.#author = undefined;
    this.#asked = undefined;
    this.#fresh = true;
    return [...gap, ...this.#remark('   ', '◇', text, style)];
  }

  /** Lines that stand by themselves, such as a list. */
  aside(lines: readonly string[]): string[] {
    const gap = this.#fresh ? [] : [''];
    this.#author = undefined;
    this.#asked = undefined;
    this.#fresh = true;
    return [...gap, ...lines, ''];
  }

  #remark(indent: string, mark: string, text: string, style: Style): string[] {
    return wrap(text, this.#columns() - indent.length - 2).map((line, index) =>
      this.#paint(style, `${indent}${index === 0 ? mark : ' '} ${line}`),
    );
  }

  #indent(): string {
    return ' '.repeat(this.#columns() < NARROW ? 5 : GUTTER);
  }

  #quote(reference: Message): string {
    const name = reference.author.data.global_name ?? reference.author.username;
    const [first = ''] = readable(reference).split('\n');
    const room = this.#columns() - this.#indent().length;
    return this.#paint('dim', `${this.#indent()}${clip(`╭ ${name}: ${first}`, room)}`);
  }

  /** Lines of text beside their writer's avatar and name, or below them; a message that goes on has no name. */
  #headed(writer: string, mark: string, name: string, lines: readonly string[]): string[] {
    const { avatar, colour } = lookOf(writer);
    const title = `${this.#paint(colour, avatar)} ${this.#paint([colour, 'bold'], name)}`;
    const head = ` ${this.#paint('dim', mark)} ${title}`;
    const indent = this.#indent();
    const narrow = this.#columns() < NARROW;
    if (narrow && name !== '') return [head, ...lines.map((line) => indent + line)];
    const gap = ' '.repeat(Math.max(0, indent.length - 5 - textWidth(name)));
    return lines.map((line, index) => (index === 0 ? head + gap : indent) + line);
  }

  #text(message: Message, number: number | undefined): string[] {
    const room = this.#columns() - this.#indent().length;
    const lines = this.#styled(readable(message), room);
    if (number !== undefined) addNumber(lines, this.#paint('dim', `‹${number}›`), number, room);
    return lines.map(({ shown }) => shown);
  }

  /** Wrapped and coloured: names that are mentioned, and code. */
  #styled(text: string, room: number): ShownLine[] {
    let inCode = false;
    return text.split('\n').flatMap((line) => {
      const fence = /^\s*```/.test(line);
      const code = inCode || fence;
      if (fence) inCode = !inCode;
      return wrap(line, room).map((plain) => ({
        width: textWidth(plain),
        shown: code ? this.#paint(fence ? 'dim' : 'green', plain) : this.#mentions(plain),
      }));
    });
  }

  #mentions(line: string): string {
    return line.replaceAll(/@(everyone|here|\p{L}+)/gu, (mention, name: string) => {
      const role = CAST.find((candidate) => candidate.name === name);
      if (role !== undefined) return this.#paint(role.colour, mention);
      return name === 'everyone' || name === 'here' ? this.#paint('bold', mention) : mention;
    });
  }
}

interface ShownLine {
  readonly width: number;
  shown: string;
}

/** Behind the last line if there is room, else below it. */
function addNumber(lines: ShownLine[], painted: string, number: number, room: number): void {
  const last = lines.at(-1);
  const width = String(number).length + 3;
  if (last !== undefined && last.width + width <= room) last.shown += ` ${painted}`;
  else lines.push({ width, shown: painted });
}

/** What a message says, with names for ids and nothing that a terminal would obey. */
function readable(message: Message): string {
  const named = message.content.replaceAll(/<@!?(\d+)>/g, (mention, id: string) => {
    const user = message.data.mentions.find((mentioned) => mentioned.id === id);
    return user === undefined ? mention : `@${user.global_name ?? user.username}`;
  });
  return stripVTControlCharacters(named).replaceAll(/[^\P{Cc}\n]/gu, '');
}

import type { Channel } from '../test/support/discord/channel.ts';
import type { Interaction } from '../test/support/discord/interaction.ts';
import type { Message } from '../test/support/discord/message.ts';
import { lookOf } from './cast.ts';
import { longName } from './house.ts';
import { messageText, readable } from './message-text.ts';
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

  /** A bot's message that is not complete yet, as it reads now; what is shown later takes no notice of it. */
  growing(message: Message): string[] {
    const { username } = message.author;
    const goesOn = this.#author === username && message.reference === undefined;
    const [mark, name] = goesOn ? [' ', ''] : ['╰', username];
    return this.#headed(username, mark, name, this.#text(message, undefined));
  }

  /** That somebody uses a slash command of a bot. */
  command({ user, channel, name, bot }: Interaction): string[] {
    const lines = this.place(channel);
    if (!this.#fresh) lines.push('');
    const writer = user.data.global_name ?? user.username;
    const text = `${this.#paint('bold', `/${name}`)} ${this.#paint('dim', `· ${bot.username}`)}`;
    lines.push(...this.#headed(writer, ' ', writer, [text]));
    this.#author = writer;
    this.#asked = undefined;
    this.#fresh = false;
    return lines;
  }

  /** What the bot answers to that, and only the user sees. */
  commandAnswer(message: Message): string[] {
    const { username } = message.author;
    const lines = this.place(message.channel);
    lines.push(...this.#headed(username, '╰', username, this.#text(message, undefined)));
    return [...lines, ...this.note('ephemeral: nobody else sees it')];
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
    return messageText(message, number, this.#columns() - this.#indent().length, this.#paint);
  }
}

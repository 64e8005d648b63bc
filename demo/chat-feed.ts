import type { Channel } from '../test/support/discord/channel.ts';
import type { Message } from '../test/support/discord/message.ts';
import type { StandInEvent } from '../test/support/discord/observers.ts';
import { CAST } from './cast.ts';
import { stateNotice, styleOf } from './chat-notices.ts';
import { shortName } from './house.ts';
import { MessageView } from './message-view.ts';
import type { Paint, Style } from './paint.ts';
import type { Screen } from './screen.ts';
import type { Stage } from './stage.ts';
import type { HostLine } from './watched-logger.ts';

/** How long typing shows when no message ends it, as on Discord; in milliseconds. */
const TYPING_SHOWS = 10_000;

/** Shows on a screen what happens on a stage: messages, typing, how the bots stand, what is not answered and why. */
export class ChatFeed {
  readonly #stage: Stage;
  readonly #screen: Screen;
  readonly #paint: Paint;
  readonly #view: MessageView;
  /** Messages of bots; each one's number is its place, counted from 1. */
  readonly #numbered: Message[] = [];
  readonly #states = new Map<string, string>();
  readonly #declined = new Set<string>();
  readonly #typing = new Map<string, NodeJS.Timeout>();
  #place: Channel;

  constructor(stage: Stage, screen: Screen, paint: Paint, place: Channel) {
    this.#stage = stage;
    this.#screen = screen;
    this.#paint = paint;
    this.#view = new MessageView(paint, () => screen.columns);
    this.#place = place;
  }

  /** Begins to show. @returns a function that ends it */
  start(): () => void {
    for (const { name } of CAST) this.#states.set(name, stateNotice(name, this.#stage.desk.status(name)));
    const ends = [
      this.#stage.discord.observe((event) => {
        this.#onEvent(event);
      }),
      this.#stage.log.watch((line) => {
        this.#onLog(line);
      }),
    ];
    this.moveTo(this.#place);
    return () => {
      for (const end of ends) end();
      for (const timer of this.#typing.values()) clearTimeout(timer);
    };
  }

  /** The message of a bot with that number; the latest where one is, when no number is given. */
  botMessage(number: number | undefined): Message | undefined {
    if (number !== undefined) return this.#numbered[number - 1];
    return this.#numbered.findLast(({ channel }) => channel === this.#place);
  }

  /** Shows that one is in that place now. */
  moveTo(place: Channel): void {
    this.#place = place;
    this.#screen.print(this.#view.place(place));
    this.#prompt();
  }

  /** Shows a list. */
  show(lines: readonly string[]): void {
    this.#screen.print(this.#view.aside(lines));
  }

  /** Shows a remark on what was done last. */
  note(text: string): void {
    this.#screen.print(this.#view.note(text));
  }

  /** Shows something that happened behind the scenes. */
  event(text: string, style?: Style): void {
    this.#screen.print(this.#view.event(text, style));
  }

  #onEvent(event: StandInEvent): void {
    if (event.type === 'typing') this.#type(event.bot.username, event.channel);
    if (event.type !== 'message') return;
    const { message } = event;
    const fromBot = message.author.kind === 'bot';
    if (fromBot) this.#numbered.push(message);
    this.#screen.print(this.#view.message(message, fromBot ? this.#numbered.length : undefined));
    if (fromBot) this.#stopTyping(message.author.username);
  }

  #onLog({ fields: { agent, message, reason } }: HostLine): void {
    for (const { name } of CAST) {
      const status = this.#stage.desk.status(name);
      const notice = stateNotice(name, status);
      const before = this.#states.get(name) ?? '';
      // The same state, only without its reason by now, is no news.
      if (before.startsWith(notice)) continue;
      this.#states.set(name, notice);
      this.event(notice, styleOf(status.state));
    }
    // A message to everyone is declined by each bot, and told of once.
    if (agent === undefined || message === undefined || typeof reason !== 'string') return;
    if (this.#declined.has(message)) return;
    this.#declined.add(message);
    this.note(`not answered: ${reason}`);
  }

  #type(name: string, channel: Channel): void {
    if (channel !== this.#place) return;
    this.#stopTyping(name);
    const timer = setTimeout(() => {
      this.#stopTyping(name);
    }, TYPING_SHOWS);
    this.#typing.set(name, timer);
    this.#prompt();
  }

  #stopTyping(name: string): void {
    if (!this.#typing.has(name)) return;
    clearTimeout(this.#typing.get(name));
    this.#typing.delete(name);
    this.#prompt();
  }

  #prompt(): void {
    const names = [...this.#typing.keys()];
    const verb = names.length === 1 ? 'is' : 'are';
    const typing = names.length === 0 ? '' : `${this.#paint('dim', `${names.join(', ')} ${verb} typing…`)}\n`;
    this.#screen.setPrompt(`${typing}${this.#paint('bold', shortName(this.#place))} › `);
  }
}

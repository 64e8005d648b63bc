import type { Channel } from '../test/support/discord/channel.ts';
import type { Message } from '../test/support/discord/message.ts';
import { shortName } from './house.ts';
import type { MessageView } from './message-view.ts';
import type { Paint } from './paint.ts';
import type { Screen } from './screen.ts';

/** How long typing shows when no message ends it, as on Discord; in milliseconds. */
const TYPING_SHOWS = 10_000;

/** Rows of the terminal that a growing message leaves to what is above and below it. */
const ROWS_LEFT = 6;

/** What stands below the messages and changes in place: answers that grow, who types, and where one is. */
export class PromptArea {
  readonly #screen: Screen;
  readonly #paint: Paint;
  readonly #view: MessageView;
  readonly #typing = new Map<string, NodeJS.Timeout>();
  readonly #growing = new Set<Message>();
  #place: Channel;

  constructor(screen: Screen, paint: Paint, view: MessageView, place: Channel) {
    this.#screen = screen;
    this.#paint = paint;
    this.#view = view;
    this.#place = place;
  }

  moveTo(place: Channel): void {
    this.#place = place;
    this.draw();
  }

  /** Shows that somebody types, if that is where one is. */
  type(name: string, channel: Channel): void {
    if (channel !== this.#place) return;
    clearTimeout(this.#typing.get(name));
    const timer = setTimeout(() => {
      this.stopTyping(name);
    }, TYPING_SHOWS);
    this.#typing.set(name, timer);
    this.draw();
  }

  stopTyping(name: string): void {
    if (!this.#typing.has(name)) return;
    clearTimeout(this.#typing.get(name));
    this.#typing.delete(name);
    this.draw();
  }

  /** Shows a message here until it is taken. */
  grow(message: Message): void {
    this.#growing.add(message);
    this.draw();
  }

  isGrowing(message: Message): boolean {
    return this.#growing.has(message);
  }

  /** Takes what grows of that writer, oldest first: it is complete, and belongs above. */
  take(writer: string): Message[] {
    const taken = [...this.#growing].filter(({ author }) => author.username === writer);
    for (const message of taken) this.#growing.delete(message);
    if (taken.length > 0) this.draw();
    return taken;
  }

  draw(): void {
    const names = [...this.#typing.keys()];
    const verb = names.length === 1 ? 'is' : 'are';
    const typing = names.length === 0 ? [] : [this.#paint('dim', `${names.join(', ')} ${verb} typing…`)];
    const lines = [...this.#growth(), ...typing, `${this.#paint('bold', shortName(this.#place))} › `];
    this.#screen.setPrompt(lines.join('\n'));
  }

  close(): void {
    for (const timer of this.#typing.values()) clearTimeout(timer);
  }

  /** The end of it, where all has no room: what scrolled away could not be drawn anew. */
  #growth(): string[] {
    const lines = [...this.#growing].flatMap((message) => this.#view.growing(message));
    return lines.slice(-Math.max(1, this.#screen.rows - ROWS_LEFT));
  }
}

import type { Channel } from '../test/support/discord/channel.ts';
import type { Message } from '../test/support/discord/message.ts';
import type { StandInEvent } from '../test/support/discord/observers.ts';
import { CAST, isLlm } from './cast.ts';
import { stateNotice, styleOf } from './chat-notices.ts';
import { isEphemeral, isThinking } from './message-flags.ts';
import { MessageView } from './message-view.ts';
import type { Paint, Style } from './paint.ts';
import { PromptArea } from './prompt-area.ts';
import type { Screen } from './screen.ts';
import type { Stage } from './stage.ts';
import { type HostLine, isAnswered } from './watched-logger.ts';

/** Shows on a screen what happens on a stage: messages, typing, how the bots stand, what is not answered and why. */
export class ChatFeed {
  readonly #stage: Stage;
  readonly #screen: Screen;
  readonly #view: MessageView;
  readonly #area: PromptArea;
  /** Messages of bots; each one's number is its place, counted from 1. */
  readonly #numbered: Message[] = [];
  readonly #states = new Map<string, string>();
  /** What is not answered, by the message's id. */
  readonly #declined = new Set<string>();
  /** What a bot replied to last, by its name. */
  readonly #asked = new Map<string, string>();
  #place: Channel;

  constructor(stage: Stage, screen: Screen, paint: Paint, place: Channel) {
    this.#stage = stage;
    this.#screen = screen;
    this.#view = new MessageView(paint, () => screen.columns);
    this.#area = new PromptArea(screen, paint, this.#view, place);
    this.#place = place;
  }

  /** Begins to show. @returns a function that ends it */
  start(): () => void {
    for (const { name } of CAST) this.#states.set(name, `${name} is ready`);
    this.#tellStates();
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
      this.#area.close();
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
    this.#print(this.#view.place(place));
    this.#area.moveTo(place);
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
    switch (event.type) {
      case 'typing':
        this.#area.type(event.bot.username, event.channel);
        return;
      case 'interaction':
        this.#print(this.#view.command(event.interaction));
        return;
      case 'message':
        this.#onMessage(event.message);
        return;
      case 'edit':
        this.#onEdit(event.message, event.previous);
        return;
      case 'delete':
        return;
    }
  }

  #onMessage(message: Message): void {
    const { kind, username } = message.author;
    if (kind !== 'bot') this.#print(this.#view.message(message));
    else if (isEphemeral(message)) this.#showAnswer(message);
    else {
      // What it wrote before does not grow any more.
      this.#settle(username);
      this.#numbered.push(message);
      if (message.reference !== undefined) this.#asked.set(username, message.reference.id);
      this.#area.grow(message);
      // An echo is complete, and so is a word of excuse.
      if (!isLlm(username) || this.#declined.has(this.#asked.get(username) ?? '')) this.#settle(username);
      this.#area.stopTyping(username);
    }
  }

  #onEdit(message: Message, previous: string): void {
    if (isEphemeral(message)) this.#showAnswer(message);
    else if (this.#area.isGrowing(message)) this.#area.draw();
    else if (message.content !== previous) this.#showChange(message, previous);
  }

  /** The answer to a command, once it is more than that the bot thinks. */
  #showAnswer(message: Message): void {
    if (!isThinking(message)) this.#print(this.#view.commandAnswer(message));
  }

  /** What changes in a message that was shown as complete; it is not shown again. */
  #showChange(message: Message, previous: string): void {
    const { content } = message;
    const number = this.#numbered.indexOf(message) + 1;
    if (content.startsWith(previous))
      this.note(`‹${number}› goes on: ${content.slice(previous.length).trim()}`);
    else this.note(`‹${number}› reads otherwise now: ${content}`);
  }

  /** Shows what grew of a bot where it stays. */
  #settle(name: string): void {
    for (const message of this.#area.take(name)) {
      this.#print(this.#view.message(message, this.#numbered.indexOf(message) + 1));
    }
  }

  #onLog(line: HostLine): void {
    this.#tellStates();
    const { agent, message, reason } = line.fields;
    if (agent === undefined || message === undefined) return;
    if (isAnswered(line)) this.#settle(agent);
    if (typeof reason !== 'string') return;
    this.#settle(agent);
    // A message to everyone is declined by each bot, and told of once.
    if (this.#declined.has(message)) return;
    this.#declined.add(message);
    this.note(`not answered: ${reason}`);
  }

  /** Tells how bots stand that stood otherwise before. */
  #tellStates(): void {
    for (const { name } of CAST) {
      const status = this.#stage.desk.status(name);
      const notice = stateNotice(name, status);
      const before = this.#states.get(name) ?? '';
      // The same state, only without its reason by now, is no news.
      if (before.startsWith(notice)) continue;
      this.#states.set(name, notice);
      this.event(notice, styleOf(status.state));
    }
  }

  #print(lines: readonly string[]): void {
    if (lines.length > 0) this.#screen.print(lines);
  }
}

import type { Bot } from './bot.ts';
import type { Channel } from './channel.ts';
import type { Core } from './core.ts';
import type { Message } from './message.ts';
import type { User } from './user.ts';

/** The options of a slash command by name. */
export type SlashOptions = Record<string, string | number | boolean>;

/** What an interaction begins with. */
export interface InteractionInit {
  id: string;
  token: string;
  kind: 'slash' | 'component';
  /** The command with its subcommand, or the component's custom id. */
  name: string;
  user: User;
  bot: Bot;
  channel: Channel;
  /** The message that a pressed button is on. */
  source: Message | undefined;
  createdAt: number;
  /** The `d` of INTERACTION_CREATE. */
  data: object;
}

/** A use of a command or a button, and what the bot made of it. */
export class Interaction implements InteractionInit {
  readonly id: string;
  readonly token: string;
  readonly kind: 'slash' | 'component';
  readonly name: string;
  readonly user: User;
  readonly bot: Bot;
  readonly channel: Channel;
  readonly source: Message | undefined;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly data: object;
  /** Milliseconds until the bot acknowledged it; Discord allows 3,000. */
  acknowledgedAfter: number | undefined;
  /** Whether it was acknowledged with "thinking…" first. */
  deferred = false;
  /** The callback's type, such as 4 for a message. */
  callbackType: number | undefined;
  /** The callback's `data`, as with a modal or choices. */
  callbackData: unknown;
  /** The message that answers it; while the bot thinks, an empty one. */
  original: Message | undefined;
  /** Messages after the first. */
  readonly followups: Message[] = [];
  readonly #core: Core;

  constructor(core: Core, init: InteractionInit) {
    this.#core = core;
    this.id = init.id;
    this.token = init.token;
    this.kind = init.kind;
    this.name = init.name;
    this.user = init.user;
    this.bot = init.bot;
    this.channel = init.channel;
    this.source = init.source;
    this.createdAt = init.createdAt;
    this.data = init.data;
  }

  /** The answer, once it is more than "thinking…". */
  get response(): Message | undefined {
    const { original } = this;
    return original && ((original.data.flags ?? 0) & 128) === 0 ? original : undefined;
  }

  /** Resolves with the answer, once it is more than "thinking…". */
  async answer(timeoutMs = 5_000): Promise<Message> {
    const what = `${this.bot.username}'s answer to /${this.name} of ${this.user.username}`;
    return this.#core.happenings.until(() => this.response, what, timeoutMs);
  }

  /** Resolves when the bot has acknowledged it, with how long that took. */
  async acknowledged(timeoutMs = 5_000): Promise<number> {
    const what = `${this.bot.username} to acknowledge /${this.name} of ${this.user.username}`;
    return this.#core.happenings.until(() => this.acknowledgedAfter, what, timeoutMs);
  }
}

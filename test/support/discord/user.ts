import type { APIUser } from 'discord-api-types/v10';
import { userData } from './author.ts';
import type { Author } from './author.ts';
import type { Bot } from './bot.ts';
import type { Channel } from './channel.ts';
import type { Core } from './core.ts';
import type { Interaction, SlashOptions } from './interaction.ts';
import type { Message } from './message.ts';
import type { PostOptions } from './message-board.ts';

/** What a new user is called. */
export interface UserInit {
  username: string;
  displayName?: string;
}

/** A person on Discord. What they do is done at once, and told to every bot that may know. */
export class User implements Author {
  readonly kind = 'user';
  readonly id: string;
  readonly username: string;
  readonly data: APIUser;
  /** Whether bots may write to them; otherwise a bot's post fails with 50007. */
  acceptsDms = true;
  readonly #core: Core;

  constructor(core: Core, init: UserInit) {
    this.#core = core;
    this.id = core.ids.next();
    this.username = init.username;
    this.data = userData(this.id, init.username, init.displayName, false);
    core.world.users.set(this.id, this);
    core.world.accounts.set(this.id, this);
  }

  /** `<@id>` */
  get mention(): string {
    return `<@${this.id}>`;
  }

  /** Writes in a channel, as a reply or not. Everything mentioned is pinged, as for a person with every right. */
  say(channel: Channel, content: string, options: PostOptions = {}): Message {
    return this.#core.board.post(channel, this, content, options);
  }

  /** Writes to a bot directly. */
  dm(bot: Bot, content: string, options: PostOptions = {}): Message {
    return this.say(this.#core.world.dm(bot, this), content, options);
  }

  /** Forwards a message to another channel: it carries a copy, which does not tell who wrote it. */
  forward(message: Message, to: Channel): Message {
    return this.#core.board.forward(message, to, this);
  }

  edit(message: Message, content: string): void {
    this.#core.board.edit(message, { content });
  }

  delete(message: Message): void {
    this.#core.board.delete(message);
  }

  /** Shows that they type. */
  type(channel: Channel): void {
    this.#core.events.typing(channel, this);
  }

  /**
   * Uses a slash command; a subcommand is written behind its command (`memory forget`).
   *
   * @throws Error when the bot has registered no such command
   */
  slash(bot: Bot, channel: Channel, command: string, options: SlashOptions = {}): Interaction {
    return this.#core.interactions.slash(this, bot, channel, command, options);
  }

  /** Presses a button, or chooses from a menu, below a bot's message. */
  press(message: Message, customId: string, values?: string[]): Interaction {
    return this.#core.interactions.press(this, message, customId, values);
  }
}

import type { APIUser } from 'discord-api-types/v10';
import { userData } from './author.ts';
import type { Author } from './author.ts';
import type { Channel } from './channel.ts';
import type { Core } from './core.ts';
import type { Message } from './message.ts';
import type { PostOptions } from './message-board.ts';

/** A webhook: writes as a bot user whose id is the webhook's, and which is member of nothing. */
export class Webhook implements Author {
  readonly kind = 'webhook';
  readonly id: string;
  readonly username: string;
  readonly data: APIUser;
  readonly channel: Channel;
  readonly #core: Core;

  constructor(core: Core, channel: Channel, username: string) {
    this.#core = core;
    this.id = core.ids.next();
    this.username = username;
    this.channel = channel;
    this.data = { ...userData(this.id, username, undefined, true), discriminator: '0000' };
  }

  say(content: string, options: PostOptions = {}): Message {
    return this.#core.board.post(this.channel, this, content, options);
  }
}

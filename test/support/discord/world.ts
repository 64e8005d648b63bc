import type { Author } from './author.ts';
import type { Bot } from './bot.ts';
import { Channel } from './channel.ts';
import type { Core } from './core.ts';
import type { Guild } from './guild.ts';
import type { StoredFile } from './stored-file.ts';
import type { User } from './user.ts';

/** Everything there is, by id. */
export class World {
  readonly accounts = new Map<string, Author>();
  readonly users = new Map<string, User>();
  readonly bots = new Map<string, Bot>();
  readonly botsByToken = new Map<string, Bot>();
  readonly botsByApplication = new Map<string, Bot>();
  readonly guilds = new Map<string, Guild>();
  readonly channels = new Map<string, Channel>();
  readonly files = new Map<string, StoredFile>();
  /** How often a token was refused since it died (or was never alive). */
  readonly refusals = new Map<string, number>();
  readonly #core: Core;
  readonly #dms = new Map<string, Channel>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** The direct messages of a bot and a user; there is one such channel for each two. */
  dm(bot: Bot, user: User): Channel {
    const key = `${bot.id}:${user.id}`;
    let channel = this.#dms.get(key);
    if (!channel) {
      channel = new Channel(this.#core, { type: 'dm', name: '', recipients: { bot, user } });
      this.#dms.set(key, channel);
    }
    return channel;
  }

  /** A token was refused. Once tells its owner, a second may have been on its way; more is hammering. */
  refuse(token: string, where: string): void {
    const times = (this.refusals.get(token) ?? 0) + 1;
    this.refusals.set(token, times);
    if (times <= 2) return;
    const owner = [...this.bots.values()].find((bot) => bot.hadToken(token))?.username ?? 'an unknown token';
    this.#core.violations.add(`A dead token (${owner}) was used ${times} times; at last for ${where}.`);
  }
}

import type { API } from '@discordjs/core';
import { DiscordAPIError } from '@discordjs/rest';
import { ChannelType } from 'discord-api-types/v10';
import type { GuildIndex } from './guild-index.ts';
import type { Unknowns } from './read-message.ts';
import { retryTransient } from './rest-failure.ts';

/**
 * Asks Discord for what a resumed session was not told, each thing once for a connection: the channel of a message,
 * and the channels and roles of a guild as a whole. What users write never decides how often Discord is asked.
 */
export class GuildFacts {
  readonly #api: API;
  readonly #index: GuildIndex;
  /** What was asked for, and is on its way or here. */
  readonly #asked = new Map<string, Promise<void>>();

  constructor(api: API, index: GuildIndex) {
    this.#api = api;
    this.#index = index;
  }

  /**
   * Resolves once the index knows all of this that there is to know.
   *
   * @throws when Discord could not be asked: it may be asked again
   */
  async learn(guildId: string, { channel, channels, roles }: Unknowns): Promise<void> {
    const asked: Promise<void>[] = [];
    if (channel !== undefined)
      asked.push(this.#once(`channel ${channel}`, () => this.#askChannel(guildId, channel)));
    if (channels) asked.push(this.#once(`channels ${guildId}`, () => this.#askChannels(guildId)));
    if (roles) asked.push(this.#once(`roles ${guildId}`, () => this.#askRoles(guildId)));
    await Promise.all(asked);
  }

  async #once(what: string, ask: () => Promise<void>): Promise<void> {
    let answer = this.#asked.get(what);
    if (answer === undefined) {
      answer = retryTransient(ask).catch((error: unknown) => {
        // Discord refuses to tell: that stays so. Each further question would count against the whole host.
        if (error instanceof DiscordAPIError) return;
        this.#asked.delete(what);
        throw error;
      });
      this.#asked.set(what, answer);
    }
    await answer;
  }

  async #askChannel(guildId: string, id: string): Promise<void> {
    try {
      this.#learn(guildId, await this.#api.channels.get(id));
    } catch (error) {
      if (error instanceof DiscordAPIError) {
        this.#index.learnChannel(guildId, { id, name: 'unknown-channel', type: ChannelType.GuildText });
      }
      throw error;
    }
  }

  async #askChannels(guildId: string): Promise<void> {
    for (const channel of await this.#api.guilds.getChannels(guildId)) this.#learn(guildId, channel);
  }

  async #askRoles(guildId: string): Promise<void> {
    for (const role of await this.#api.guilds.getRoles(guildId)) this.#index.learnRole(guildId, role);
  }

  #learn(
    guildId: string,
    channel: { id: string; type: number; name?: string | null; parent_id?: string | null },
  ): void {
    this.#index.learnChannel(guildId, { ...channel, name: channel.name ?? '' });
  }
}

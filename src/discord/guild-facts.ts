import type { API } from '@discordjs/core';
import { DiscordAPIError } from '@discordjs/rest';
import { ChannelType } from 'discord-api-types/v10';
import { sleep } from '../util/sleep.ts';
import type { GuildIndex } from './guild-index.ts';
import type { Unknowns } from './read-message.ts';
import { retryTransient } from './rest-failure.ts';

/** How long a message may wait for its guild's name, in milliseconds: it can be answered without. */
const NAME_PATIENCE = 1_000;

/**
 * Asks Discord for what a resumed session was not told, each thing once for a connection: the channel of a message,
 * the name, the channels and the roles of a guild. What users write never decides how often Discord is asked.
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
   * Resolves once the index knows all of this that there is to know. A guild's name is not waited for long, and
   * without it nothing fails.
   *
   * @throws when Discord could not be asked: it may be asked again
   */
  async learn(guildId: string, { guild, channel, channels, roles }: Unknowns): Promise<void> {
    const asked: Promise<void>[] = [];
    if (guild) asked.push(this.#once(`guild ${guildId}`, () => this.#askName(guildId)));
    if (channel !== undefined)
      asked.push(this.#once(`channel ${channel}`, () => this.#askChannel(guildId, channel)));
    if (channels) asked.push(this.#once(`channels ${guildId}`, () => this.#askChannels(guildId)));
    if (roles) asked.push(this.#askRolesOnce(guildId));
    await Promise.all(asked);
  }

  /**
   * Resolves once the index knows which guilds these roles are of, as far as they are of the bot's guilds.
   *
   * @throws when Discord could not be asked: it may be asked again
   */
  async learnGuildsOf(roleIds: readonly string[]): Promise<void> {
    if (roleIds.every((id) => this.#index.guildOfRole(id) !== undefined)) return;
    await this.#once('guilds', async () => {
      for (const guild of await this.#api.users.getGuilds()) this.#index.learnGuild(guild);
    });
    await Promise.all(this.#index.guildsWithoutRoles().map((id) => this.#askRolesOnce(id)));
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

  async #askName(id: string): Promise<void> {
    const asking = this.#api.guilds.get(id, { with_counts: false }).then(
      (guild) => {
        this.#index.learnGuild(guild);
      },
      () => undefined,
    );
    const answered = new AbortController();
    await Promise.race([asking, sleep(NAME_PATIENCE, answered.signal)]);
    answered.abort();
  }

  async #askChannel(guildId: string, id: string): Promise<void> {
    try {
      this.#learn(guildId, await this.#api.channels.get(id));
    } catch (error) {
      if (error instanceof DiscordAPIError) {
        this.#index.learnChannel(guildId, { id, type: ChannelType.GuildText });
      }
      throw error;
    }
  }

  async #askChannels(guildId: string): Promise<void> {
    for (const channel of await this.#api.guilds.getChannels(guildId)) this.#learn(guildId, channel);
  }

  #askRolesOnce(guildId: string): Promise<void> {
    return this.#once(`roles ${guildId}`, async () => {
      this.#index.learnRoles(guildId, await this.#api.guilds.getRoles(guildId));
    });
  }

  #learn(
    guildId: string,
    channel: { id: string; type: number; name?: string | null; parent_id?: string | null },
  ): void {
    this.#index.learnChannel(guildId, { ...channel, name: channel.name ?? '' });
  }
}

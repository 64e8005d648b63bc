import type { API } from '@discordjs/core';
import { DiscordAPIError } from '@discordjs/rest';
import type { GuildFacts } from './guild-facts.ts';
import type { GuildIndex } from './guild-index.ts';
import { retryTransient } from './rest-failure.ts';

/** How long an answer counts, in milliseconds. */
const LIFETIME = 5 * 60 * 1000;

/** How many answers are kept; the oldest make room. */
const MOST = 1_000;

/** What {@link MemberRoles} works with. */
export interface MemberRolesTools {
  readonly api: API;
  readonly index: GuildIndex;
  readonly facts: GuildFacts;
  readonly now: () => number;
}

/** Finds out which roles a user has in the bot's guilds: a direct message does not tell. */
export class MemberRoles {
  readonly #tools: MemberRolesTools;
  /** By guild and user, oldest first. */
  readonly #known = new Map<string, { readonly roles: readonly string[]; readonly until: number }>();

  constructor(tools: MemberRolesTools) {
    this.#tools = tools;
  }

  /**
   * Those of the wanted roles that a user has, by an answer of Discord that is at most five minutes old.
   *
   * @throws when Discord could not be asked
   */
  async of(userId: string, wanted: readonly string[]): Promise<string[]> {
    const { facts, index } = this.#tools;
    await facts.learnGuildsOf(wanted);
    const guilds = new Set(wanted.flatMap((role) => index.guildOfRole(role) ?? []));
    const roles = await Promise.all([...guilds].map((guild) => this.#rolesIn(guild, userId)));
    const all = new Set(roles.flat());
    return wanted.filter((role) => all.has(role));
  }

  async #rolesIn(guildId: string, userId: string): Promise<readonly string[]> {
    const key = `${guildId} ${userId}`;
    const known = this.#known.get(key);
    if (known !== undefined && known.until > this.#tools.now()) return known.roles;
    const roles = await this.#ask(guildId, userId);
    this.#known.delete(key);
    this.#known.set(key, { roles, until: this.#tools.now() + LIFETIME });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST && oldest !== undefined) this.#known.delete(oldest);
    return roles;
  }

  async #ask(guildId: string, userId: string): Promise<readonly string[]> {
    try {
      return (await retryTransient(() => this.#tools.api.guilds.getMember(guildId, userId))).roles;
    } catch (error) {
      // No member, or the bot may not know.
      if (error instanceof DiscordAPIError) return [];
      throw error;
    }
  }
}

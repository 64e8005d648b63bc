import type { API } from '@discordjs/core';
import type { IncomingMessage } from '../messages/incoming-message.ts';
import type { Logger } from '../observability/logger.ts';
import { createOrderedTasks } from '../util/ordered-tasks.ts';
import { GuildFacts } from './guild-facts.ts';
import type { GuildIndex } from './guild-index.ts';
import { MemberRoles } from './member-roles.ts';
import { mayConcern, type RawMessage, readMessage, unknownsOf } from './read-message.ts';
import { withoutRequest } from './rest-failure.ts';

/** What {@link MessageIntake} works with. */
export interface MessageIntakeTools {
  readonly api: API;
  readonly index: GuildIndex;
  readonly logger: Logger;
  readonly now: () => number;
  readonly botUserId: string;
  /** Whether Discord sends the content of all messages. */
  readonly messageContent: boolean;
  /** Whether messages that do not address the bot matter, under the settings in force now. */
  readonly answersEverything: () => boolean;
  /** The roles that count for this user, under the settings in force now. */
  readonly rolesThatCount: (userId: string) => readonly string[];
  /** Takes a message in; false when it has to be delivered again. */
  readonly receive: (message: IncomingMessage) => Promise<boolean>;
}

/** Reads the messages that one connection brings, or that were missed before it, and hands them on. */
export class MessageIntake {
  readonly #tools: MessageIntakeTools;
  readonly #facts: GuildFacts;
  readonly #memberRoles: MemberRoles;
  /** A message that waits for a look-up keeps its author's next ones waiting, and nobody else's. */
  readonly #authors = createOrderedTasks();

  constructor(tools: MessageIntakeTools) {
    this.#tools = tools;
    this.#facts = new GuildFacts(tools.api, tools.index);
    this.#memberRoles = new MemberRoles({ ...tools, facts: this.#facts });
  }

  /** Whether a message may be for the bot, by what it says itself; its own are not. */
  concerns(raw: RawMessage): boolean {
    const { botUserId, answersEverything } = this.#tools;
    return raw.author.id !== botUserId && mayConcern(raw, botUserId, answersEverything());
  }

  /**
   * Reads a message and hands it on; one that cannot be read at all is passed over.
   *
   * @returns false when it has to come again
   * @throws when it could not be recorded: likewise
   */
  async take(raw: RawMessage): Promise<boolean> {
    let reading: Promise<IncomingMessage> | IncomingMessage;
    try {
      reading = this.#read(raw);
    } catch (error) {
      // Coming again would not make it readable.
      this.#tools.logger.error('could not read a message', { error, message: raw.id });
      return true;
    }
    return this.#tools.receive(reading instanceof Promise ? await reading : reading);
  }

  /** Reads a message, at once where everything is known; a look-up keeps its author's next ones waiting. */
  #read(raw: RawMessage): Promise<IncomingMessage> | IncomingMessage {
    const { index, answersEverything, botUserId, messageContent } = this.#tools;
    const { guild_id: guildId, author } = raw;
    const concerns = mayConcern(raw, botUserId, answersEverything());
    const unknowns = concerns ? unknownsOf(raw, index) : undefined;
    const roles = concerns ? this.#rolesToAsk(raw) : [];
    const read = (roleIds?: readonly string[]): IncomingMessage =>
      readMessage(raw, index, botUserId, messageContent, roleIds);
    if (unknowns === undefined && roles.length === 0 && this.#authors.idle(author.id)) return read();
    return this.#authors.run(author.id, async () => {
      if (unknowns !== undefined && guildId !== undefined) await this.#facts.learn(guildId, unknowns);
      return read(roles.length === 0 ? [] : await this.#rolesOf(author.id, roles));
    });
  }

  /** The roles that matter of an author whose roles the message does not tell: it is direct, or was read back. */
  #rolesToAsk({ guild_id: guildId, author, member, webhook_id: webhookId }: RawMessage): readonly string[] {
    if (member !== undefined || author.bot === true || webhookId !== undefined) return [];
    const roles = this.#tools.rolesThatCount(author.id);
    // In a guild no other guild's roles count.
    return guildId === undefined
      ? roles
      : roles.filter((role) => this.#tools.index.role(guildId, role) !== undefined);
  }

  /** Without an answer of Discord a user has no roles. */
  async #rolesOf(userId: string, wanted: readonly string[]): Promise<readonly string[]> {
    try {
      return await this.#memberRoles.of(userId, wanted);
    } catch (error) {
      this.#tools.logger.warn('could not look up the roles of a user', {
        user: userId,
        error: withoutRequest(error),
      });
      return [];
    }
  }
}

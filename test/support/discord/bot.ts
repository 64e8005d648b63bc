import { createHash } from 'node:crypto';
import type { APIApplicationCommand, APIRole, APIUser } from 'discord-api-types/v10';
import { userData } from './author.ts';
import type { Author } from './author.ts';
import { BoundedLog } from '../bounded-log.ts';
import type { Channel } from './channel.ts';
import type { Core } from './core.ts';
import type { GatewayConnection } from './gateway-connection.ts';
import type { GatewaySession } from './gateway-session.ts';
import type { Guild } from './guild.ts';
import { Interaction } from './interaction.ts';
import type { Message } from './message.ts';
import type { PostOptions } from './message-board.ts';
import type { PresenceRecord, ShownPresence } from './presence.ts';
import { disallowedBy, flagsOf } from './privileged-intents.ts';
import type { IntentSwitch, IntentSwitches } from './privileged-intents.ts';

/** What a new bot is. */
export interface BotInit {
  username: string;
  /** Made up when left out. */
  token?: string;
  /** The Message Content switch; `on` when left out. */
  messageContent?: IntentSwitch;
  /** The Server Members switch; `off` when left out. */
  guildMembers?: IntentSwitch;
  /** The Presence switch; `off` when left out. */
  presences?: IntentSwitch;
  /** Whether everybody may invite it; they may when left out. */
  isPublic?: boolean;
  /** Where it is invited at once. */
  guilds?: Guild[];
}

/** A request that a bot made. */
export interface RequestRecord {
  /** Milliseconds since 1970. */
  at: number;
  method: string;
  /** The path below `/api/v10`, without the query. */
  path: string;
  /** The same with names for ids, such as `/channels/:channel/messages`. */
  route: string;
  /** 0 while there is no answer, and for good when none was given. */
  status: number;
  /** The JSON that it carried. */
  body: unknown;
}

/** When and where a bot showed that it types. */
export interface TypingRecord {
  channel: Channel;
  /** Milliseconds since 1970. */
  at: number;
}

/** A bot with its own application: what it did, and what can befall it. */
export class Bot implements Author {
  readonly kind = 'bot';
  readonly id: string;
  readonly applicationId: string;
  readonly username: string;
  readonly data: APIUser;
  readonly isPublic: boolean;
  readonly guilds = new Set<Guild>();
  /** Sessions that can be resumed, with or without a socket. */
  readonly sessions = new Set<GatewaySession>();
  /** Registered commands by id. */
  readonly commands = new Map<string, APIApplicationCommand>();
  /** Identifies with a valid token, refused ones included. */
  identifies = 0;
  /** Resumes that succeeded. */
  resumes = 0;
  allowedIdentifies: number;
  readonly sessionStarts = { total: 1_000, remaining: 1_000, resetAt: 0 };
  /** When each `max_concurrency` key was used last. */
  readonly lastIdentifies = new Map<number, number>();
  readonly switches: IntentSwitches;
  readonly requestLog: BoundedLog<RequestRecord>;
  readonly sentLog: BoundedLog<Message>;
  readonly typingLog: BoundedLog<TypingRecord>;
  readonly presenceLog: BoundedLog<PresenceRecord>;
  readonly #core: Core;
  readonly #tokens = new Set<string>();
  #token: string;

  constructor(core: Core, init: BotInit) {
    this.#core = core;
    this.applicationId = core.ids.next();
    this.id = core.ids.next();
    this.username = init.username;
    this.data = userData(this.id, init.username, undefined, true);
    this.isPublic = init.isPublic ?? true;
    this.allowedIdentifies = core.settings.maxIdentifiesPerBot;
    const { messageContent = 'on', guildMembers = 'off', presences = 'off' } = init;
    this.switches = { messageContent, guildMembers, presences };
    const { historyLimit } = core.settings;
    this.requestLog = new BoundedLog(historyLimit);
    this.sentLog = new BoundedLog(historyLimit);
    this.typingLog = new BoundedLog(historyLimit);
    this.presenceLog = new BoundedLog(historyLimit);
    this.#token = init.token ?? this.#makeToken();
    this.#useToken();
    core.world.bots.set(this.id, this);
    core.world.accounts.set(this.id, this);
    core.world.botsByApplication.set(this.applicationId, this);
    for (const guild of init.guilds ?? []) guild.addBot(this);
  }

  /** The token that works; the last one that did, after {@link revokeToken}. */
  get token(): string {
    return this.#token;
  }

  /** `<@id>` */
  get mention(): string {
    return `<@${this.id}>`;
  }

  /** Messages that it posted over REST, oldest first. */
  get sent(): readonly Message[] {
    return this.sentLog.entries;
  }

  /** Requests with its token, and those about its interactions, oldest first. */
  get requests(): readonly RequestRecord[] {
    return this.requestLog.entries;
  }

  /** Every time it showed that it types. */
  get typing(): readonly TypingRecord[] {
    return this.typingLog.entries;
  }

  /** What it told that it shows, oldest first. */
  get presences(): readonly PresenceRecord[] {
    return this.presenceLog.entries;
  }

  /** What people see of it now; undefined while it is offline. */
  get presence(): ShownPresence | undefined {
    return [...this.sessions].find(({ connection }) => connection)?.presence;
  }

  /** How many live sockets carry a session of it. */
  get connected(): number {
    return this.#connections().length;
  }

  /** What GET /users/@me and READY say. */
  get selfData(): object {
    return { ...this.data, verified: true, mfa_enabled: false, flags: 0, email: null };
  }

  get applicationFlags(): number {
    return flagsOf(this.switches);
  }

  /** The privileged intents whose switch is off. */
  get disallowedIntents(): number {
    return disallowedBy(this.switches);
  }

  /** The role that it was given in a guild when it was invited. @throws Error when it is not there */
  managedRole(guild: Guild): APIRole {
    const role = guild.managedRole(this);
    if (!role) throw new Error(`${this.username} is not in ${guild.name}.`);
    return role;
  }

  hadToken(token: string): boolean {
    return this.#tokens.has(token);
  }

  /** Writes as this bot, though it need not be connected: for a bot that is not the one under test. */
  say(channel: Channel, content: string, options: PostOptions = {}): Message {
    return this.#core.board.post(channel, this, content, options);
  }

  /** The first message that it writes in answer: a reply to the message or, in a DM, whatever comes after it. */
  async reply(message: Message, timeoutMs = 5_000): Promise<Message> {
    return this.#core.happenings.until(
      () => this.#core.board.answersTo(message, this)[0],
      `${this.username}'s reply to "${message.content}" (${message.id})`,
      timeoutMs,
    );
  }

  /**
   * The first `n` messages that it writes in answer: the one that replies and, as long answers come in pieces,
   * what it writes in that channel after it.
   */
  async replies(message: Message, n: number, timeoutMs = 5_000): Promise<readonly Message[]> {
    const what = `${n} messages of ${this.username} in answer to "${message.content}" (${message.id})`;
    const find = (): readonly Message[] | false => {
      const answers = this.#core.board.answersTo(message, this);
      return answers.length >= n && answers.slice(0, n);
    };
    return this.#core.happenings.until(find, what, timeoutMs);
  }

  /** Resolves when it has a live session. */
  async ready(timeoutMs = 5_000): Promise<void> {
    await this.#core.happenings.until(
      () => this.connected > 0,
      `${this.username} to be connected`,
      timeoutMs,
    );
  }

  /** How many identifies it may make in all before that is a violation. */
  allowIdentifies(n: number): void {
    this.allowedIdentifies = n;
  }

  /**
   * Takes its sockets away: `clean` with a close code (4000, which allows a resume), `abrupt` without one, and
   * `half-open` by never reading or writing again while TCP stays up.
   */
  disconnect(how: 'clean' | 'abrupt' | 'half-open' = 'clean', options: { code?: number } = {}): void {
    for (const connection of this.#connections()) {
      if (how === 'clean') connection.close(options.code ?? 4000);
      else if (how === 'abrupt') connection.terminate();
      else connection.fallSilent();
    }
  }

  /** Closes its sockets with a code; the session can be resumed if the client tries. */
  close(code: number): void {
    this.disconnect('clean', { code });
  }

  /** op 7 */
  requestReconnect(): void {
    for (const connection of this.#connections()) connection.requestReconnect();
  }

  /** op 9; without `resumable` its sessions are gone. */
  invalidateSession(options: { resumable: boolean }): void {
    const connections = this.#connections();
    if (!options.resumable) this.#endSessions();
    for (const connection of connections) connection.invalidateSession(options.resumable);
  }

  /** Forgets its sessions, as after a long time without a socket: the next resume fails. Sockets stay as they are. */
  expireSession(): void {
    this.#endSessions();
  }

  /** Its token works no more, and its sockets are closed with 4004. */
  revokeToken(): void {
    this.#core.world.botsByToken.delete(this.#token);
    const connections = this.#connections();
    this.#endSessions();
    for (const connection of connections) connection.close(4004);
  }

  /** As in the portal: the old token dies, a new one is returned. */
  resetToken(): string {
    this.revokeToken();
    this.#token = this.#makeToken();
    this.#useToken();
    return this.#token;
  }

  /** Flips the Message Content switch. Open sockets keep what they have; the next identify feels it. */
  setMessageContent(state: IntentSwitch): void {
    this.switches.messageContent = state;
  }

  /** From now on no identify is left, for so many milliseconds. */
  exhaustIdentifies(options: { resetAfter?: number } = {}): void {
    this.sessionStarts.remaining = 0;
    this.sessionStarts.resetAt = this.#core.now() + (options.resetAfter ?? 86_400_000);
  }

  /** Sends it a MESSAGE_CREATE or INTERACTION_CREATE that it had before, under a new sequence number. */
  redeliver(what: Message | Interaction): void {
    if (what instanceof Interaction) this.#core.events.interaction(this, what.data);
    else this.#core.events.message('MESSAGE_CREATE', what, this);
  }

  #connections(): GatewayConnection[] {
    return [...this.sessions].flatMap((session) => session.connection ?? []);
  }

  #endSessions(): void {
    for (const session of [...this.sessions]) this.#core.gateway.end(session);
  }

  #useToken(): void {
    this.#tokens.add(this.#token);
    this.#core.world.botsByToken.set(this.#token, this);
  }

  #makeToken(): string {
    const secret = createHash('sha256').update(this.#core.ids.next()).digest('base64url');
    return `${Buffer.from(this.id).toString('base64url')}.${secret.slice(0, 6)}.${secret.slice(5)}`;
  }
}

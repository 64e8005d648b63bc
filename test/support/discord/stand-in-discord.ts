import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Bot } from './bot.ts';
import type { BotInit } from './bot.ts';
import type { Channel } from './channel.ts';
import type { Core } from './core.ts';
import { Faults } from './faults.ts';
import type { Fault, FaultMatch } from './faults.ts';
import { GatewayEvents } from './gateway-events.ts';
import { GatewayServer } from './gateway-server.ts';
import { Guild } from './guild.ts';
import { Happenings } from '../happenings.ts';
import { Interactions } from './interactions.ts';
import { MessageBoard } from './message-board.ts';
import type { Message } from './message.ts';
import { Nonces } from './nonces.ts';
import { Observers } from './observers.ts';
import type { StandInEvent } from './observers.ts';
import { resolveOptions } from './options.ts';
import type { StandInDiscordOptions } from './options.ts';
import { RateLimits } from './rate-limits.ts';
import { RestServer } from './rest-server.ts';
import { createSnowflakes } from './snowflakes.ts';
import { User } from './user.ts';
import type { UserInit } from './user.ts';
import { ViolationError, Violations } from './violations.ts';
import { World } from './world.ts';

/** Starts a Discord of one's own on 127.0.0.1. Whoever starts it stops it. */
export async function startStandInDiscord(options: StandInDiscordOptions = {}): Promise<StandInDiscord> {
  const discord = new StandInDiscord(options);
  await discord.comeBack();
  return discord;
}

/**
 * A Discord to test against: real bots connect to it, people in it do what the test says, and what it would be
 * punished for on the real one is kept as a violation.
 *
 * @example
 * ```ts
 * const discord = await startStandInDiscord();
 * const guild = discord.addGuild({ name: 'Green Room' });
 * const general = guild.addTextChannel('general');
 * const ada = discord.addUser({ username: 'ada' });
 * const bot = discord.addBot({ username: 'helper', guilds: [guild] });
 * // … start what is to be tested with discord.apiUrl and bot.token …
 * await bot.ready();
 * const reply = await bot.reply(ada.say(general, `hello ${bot.mention}`));
 * await discord.stop();
 * ```
 */
export class StandInDiscord {
  readonly #core: Core;
  readonly #rest: RestServer;
  readonly #server: Server;
  #port: number;

  constructor(options: StandInDiscordOptions) {
    const settings = resolveOptions(options);
    this.#port = settings.port;
    this.#core = this.#assemble(settings);
    this.#rest = new RestServer(this.#core);
    this.#server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      void this.#rest.handle(request, response);
    });
    this.#server.on('upgrade', (request, socket, head) => {
      this.#core.gateway.upgrade(request, socket, head);
    });
  }

  /** The address for `DISCORD_API_URL`, and for `rest.api` of discord.js. */
  get apiUrl(): string {
    return `${this.#core.origin}/api`;
  }

  /** Where the gateway is; bots learn it over REST. */
  get gatewayUrl(): string {
    return this.#core.gateway.url;
  }

  /** How many sockets are open at the gateway and carry a session, of all bots together. */
  get connections(): number {
    return [...this.#core.gateway.connections].filter((connection) => connection.session).length;
  }

  /** What was done wrong so far. */
  get violations(): readonly string[] {
    return this.#core.violations.list;
  }

  /** The latest happenings, one sentence each: for a look at what went on. */
  get recent(): readonly string[] {
    return this.#core.happenings.recent;
  }

  addGuild(init: { name: string; owner?: User }): Guild {
    return new Guild(this.#core, init);
  }

  addUser(init: UserInit): User {
    return new User(this.#core, init);
  }

  addBot(init: BotInit): Bot {
    return new Bot(this.#core, init);
  }

  /** Everything ever written in a channel, deleted messages too, oldest first. */
  messages(channel: Channel): readonly Message[] {
    return channel.transcript;
  }

  /** The direct messages of a bot and a user. */
  dm(bot: Bot, user: User): Channel {
    return this.#core.world.dm(bot, user);
  }

  /** Calls a listener with all that is to be seen from now on. @returns a function that ends it */
  observe(listener: (event: StandInEvent) => void): () => void {
    return this.#core.observers.add(listener);
  }

  /**
   * Resolves once the condition gives something else than `undefined` or `false`. It is asked now and after
   * everything that happens here; nothing else makes it be asked.
   *
   * @throws Error after the timeout, telling what happened instead
   */
  async until<T>(condition: () => T | undefined | false, what: string, timeoutMs = 5_000): Promise<T> {
    return this.#core.happenings.until(condition, what, timeoutMs);
  }

  /** Answers matching requests with an error; `processed` ones have taken effect all the same. */
  failRequests(fault: FaultMatch & { status: number; processed?: boolean }): Fault {
    const { status, processed = false, ...match } = fault;
    return this.#core.faults.add(match, { type: 'fail', status, processed });
  }

  /** Cuts the connection instead of an answer; `processed` requests have taken effect all the same. */
  dropRequests(fault: FaultMatch & { processed?: boolean }): Fault {
    const { processed = false, ...match } = fault;
    return this.#core.faults.add(match, { type: 'drop', processed });
  }

  /**
   * Holds matching requests so long (`Infinity`: until lifted), then answers them or cuts the connection. A
   * `processed` one takes effect before the wait, any other after it if it is to be answered, even when its
   * client has given up by then.
   */
  slowRequests(fault: FaultMatch & { ms: number; then?: 'answer' | 'drop'; processed?: boolean }): Fault {
    const { ms, then = 'answer', processed = false, ...match } = fault;
    return this.#core.faults.add(match, { type: 'slow', ms, then, processed });
  }

  /** Answers matching requests with a 429. Whoever asks again too early gets another one, and it is a violation. */
  rateLimit(fault: FaultMatch & { retryAfter: number; scope?: 'user' | 'global' | 'shared' }): Fault {
    const { retryAfter, scope = 'user', ...match } = fault;
    return this.#core.faults.add(match, { type: 'rate-limit', retryAfterMs: retryAfter * 1_000, scope });
  }

  /** Every socket ends at once, as when Discord restarts a machine; sessions are kept unless told otherwise. */
  restartGateway(options: { keepSessions?: boolean } = {}): void {
    this.#core.gateway.dropAll(options.keepSessions ?? true);
  }

  /** From now on new gateway sockets are refused with 503 (or, with `false`, accepted again). */
  refuseGateway(refusing = true): void {
    this.#core.gateway.refuse(refusing);
  }

  /** Takes everything down: open connections end, new ones are refused. Nothing is forgotten. */
  async goDown(): Promise<void> {
    this.#core.faults.liftAll();
    this.#core.gateway.dropAll(true);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#server.close(() => {
      resolve(undefined);
    });
    this.#server.closeAllConnections();
    await promise;
  }

  /** Listens again, at the same address, after {@link goDown}. */
  async comeBack(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.#server.once('error', reject);
    this.#server.listen(this.#port, '127.0.0.1', () => {
      this.#server.off('error', reject);
      resolve(undefined);
    });
    await promise;
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** The violations so far, and forgets them: for a test that meant them. */
  takeViolations(): string[] {
    return this.#core.violations.take();
  }

  /** @throws ViolationError when there is any */
  assertNoViolations(): void {
    this.#core.violations.assertNone();
  }

  /**
   * Ends every socket and timer.
   *
   * @throws ViolationError when there are violations that nobody took
   */
  async stop(): Promise<void> {
    this.#core.happenings.close();
    this.#core.gateway.stop();
    this.#core.faults.liftAll();
    if (this.#server.listening) await this.goDown();
    const { list } = this.#core.violations;
    if (list.length > 0) throw new ViolationError([...list]);
  }

  #assemble(settings: Core['settings']): Core {
    const now = settings.clock;
    const origin = (): string => `http://127.0.0.1:${this.#port}`;
    const happenings = new Happenings('stand-in Discord');
    const core = {
      settings,
      now,
      ids: createSnowflakes(now),
      violations: new Violations((sentence) => {
        happenings.note(`Violation: ${sentence}`);
      }),
      happenings,
      observers: new Observers(),
      faults: new Faults(),
      nonces: new Nonces(settings.nonceLifetime, now),
      rateLimits: new RateLimits(settings.rateLimits, now),
      get origin() {
        return origin();
      },
    } as { -readonly [K in keyof Core]: Core[K] };
    // These use the others, and one another, only when something is asked of them.
    core.world = new World(core);
    core.events = new GatewayEvents(core);
    core.board = new MessageBoard(core);
    core.interactions = new Interactions(core);
    core.gateway = new GatewayServer(core);
    return core;
  }
}

import type { AgentDefinition } from '../agents/agent-definition.ts';
import type { AgentRecord, BotPresence, BotStatus } from '../agents/agent-record.ts';
import { requiresMessageContent } from '../agents/agent-types.ts';
import type { Agent } from '../agents/agent.ts';
import { nextPause, type Pause, presenceOf } from '../agents/pause.ts';
import { TroupeError } from '../errors.ts';
import type { Lease } from '../leases/lease.ts';
import type { Logger } from '../observability/logger.ts';
import { type Incidents, NO_INCIDENTS } from '../recovery/incidents.ts';
import { backOff, type BackOff } from '../util/back-off.ts';
import { sleep } from '../util/sleep.ts';
import type { Window } from '../util/window.ts';
import type { Account, BotView, Connection, OpenAccount } from './account.ts';
import { BotFailure } from './bot-failure.ts';
import { checkAgent } from './check-agent.ts';
import { Connector, type ConnectorTools } from './connector.ts';
import type { GatewaySession } from './gateway-session.ts';

/** What a bot works with. */
export interface BotTools extends ConnectorTools {
  /**
   * Makes what answers under these settings.
   *
   * @throws {TroupeError} when they do not fit, or need something that this host lacks
   */
  readonly createAgent: (record: AgentRecord) => Agent;
  readonly openAccount: OpenAccount;
  /** Shared by all bots: few connect at a time. */
  readonly window: Window;
  readonly logger: Logger;
  readonly random: () => number;
  readonly backOff: BackOff;
  /** How often a bot that was parked over its application's switches looks at them again, in milliseconds. */
  readonly recheckInterval: number;
  /** Told of every change of the bot's state. */
  readonly onStatus: (agentId: string, status: BotStatus) => void;
  /** Told of what keeps it from running. Default: nobody is. */
  readonly incidents?: Incidents;
}

/** How long one attempt to connect may take, in milliseconds. */
const CONNECT_DEADLINE = 30_000;

/** A connection that held this long was a good one: failures before it no longer count, in milliseconds. */
const STEADY = 60_000;

/**
 * One agent's live presence on Discord: connects, reconnects, backs off and parks, all by itself and without a word
 * to any other bot. When its lease is lost it is over at once, and leaves session and status to whoever has it now.
 */
export class Bot implements BotView {
  readonly agentId: string;
  readonly token: string;
  readonly lease: Lease;
  #sealedToken: string;
  #record: AgentRecord;
  #agent: Agent | undefined;
  /** The agent that is known to be able to do its work. */
  #checked: Agent | undefined;
  #status: BotStatus = { state: 'starting', reason: '' };
  #connection: Connection | undefined;
  #running: Promise<void> | undefined;
  readonly #tools: BotTools;
  readonly #logger: Logger;
  readonly #incidents: Incidents;
  readonly #connector: Connector;
  readonly #stopping = new AbortController();
  /** Aborts when the bot is stopped or its lease is lost. */
  readonly #over: AbortSignal;
  #keepSession = false;
  #showsAnew = false;
  /** The connection is ended for another one in the same session. */
  #keepForRestart = false;
  /** The next connection identifies, whatever could be resumed. */
  #fresh = false;
  #pause: Pause | undefined;
  #rechecking = false;
  /** Aborted to end the present connection for a fresh start. */
  #restart = new AbortController();

  constructor(record: AgentRecord & { sealedToken: string }, token: string, lease: Lease, tools: BotTools) {
    this.agentId = record.id;
    this.token = token;
    this.lease = lease;
    this.#over = AbortSignal.any([this.#stopping.signal, lease.signal]);
    this.#sealedToken = record.sealedToken;
    this.#record = record;
    this.#pause = nextPause(undefined, record.pausedAt, tools.now());
    this.#tools = tools;
    this.#logger = tools.logger.child({ agent: record.name });
    this.#incidents = tools.incidents ?? NO_INCIDENTS;
    this.#connector = new Connector(this, record.identity, tools, this.#logger);
  }

  get definition(): AgentDefinition {
    return this.#record;
  }

  get record(): AgentRecord {
    return this.#record;
  }

  get pause(): Pause | undefined {
    return this.#pause;
  }

  get presence(): BotPresence | undefined {
    return presenceOf(this.#record);
  }

  get sealedToken(): string {
    return this.#sealedToken;
  }

  get status(): BotStatus {
    return this.#status;
  }

  get parked(): boolean {
    return this.#status.state === 'parked';
  }

  /** Whether it takes a place in the pool: a parked one that looks now and then whether it may start does too. */
  get holdsPlace(): boolean {
    return !this.parked || this.#rechecking;
  }

  /** @throws {TroupeError} when the settings do not fit the agent's type, or this host. */
  get agent(): Agent {
    this.#agent ??= this.#tools.createAgent(this.#record);
    return this.#agent;
  }

  /** The last round trip of a heartbeat, in milliseconds; undefined while there was none. */
  get latencyMs(): number | undefined {
    return this.#connection?.latencyMs;
  }

  /** The gateway session as it can be resumed now. */
  get session(): GatewaySession | undefined {
    return this.#connection?.session() ?? this.#connector.session;
  }

  /** Starts, and returns at once. What becomes of it shows in the status. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** The same token, stored anew: under another key. */
  reseal(sealedToken: string): void {
    this.#sealedToken = sealedToken;
  }

  /** Takes over whether it is paused, and what it shows. Needs no connection, and no other one. */
  heed({ pausedAt, presence }: Pick<AgentRecord, 'pausedAt' | 'presence'>): void {
    const wasPaused = this.#record.pausedAt !== undefined;
    this.#record = { ...this.#record, pausedAt, presence };
    this.#pause = nextPause(this.#pause, pausedAt, this.#tools.now());
    const isPaused = pausedAt !== undefined;
    if (isPaused !== wasPaused) this.#logger.info(isPaused ? 'bot is paused' : 'bot answers again');
    this.#connection?.showPresence();
  }

  /** Has Discord told what it shows, now or once it is connected: that may have been changed while no host ran. */
  showPresence(): void {
    this.#showsAnew = this.#connection === undefined;
    this.#connection?.showPresence({ anew: true });
  }

  /**
   * Ends the connection, or whatever it does instead of being connected, for another one; returns at once. One that is
   * parked needs another bot in its place.
   *
   * @param fresh - in a new session, which costs an IDENTIFY
   */
  reconnect({ fresh }: { fresh: boolean }): void {
    this.#keepForRestart = !fresh;
    this.#fresh = fresh;
    this.#setStatus({ state: fresh ? 'starting' : 'reconnecting', reason: 'an operator wants it' });
    this.#restart.abort();
  }

  /** Takes over new settings; the next message follows them. The connection stays, unless they need another one. */
  update(record: AgentRecord & { sealedToken: string }): void {
    const before = this.#record;
    this.#sealedToken = record.sealedToken;
    this.#record = record;
    if (!isSameAgent(before, record)) this.#agent = undefined;
    const problem = this.#problemWithSettings();
    if (problem !== undefined || this.#lacksContent()) {
      this.#restart.abort();
      return;
    }
    this.#logger.info('settings changed; the next message follows them');
    // What is found wrong with them parks the bot, by way of a new attempt.
    const restart = this.#restart;
    this.#checkAgent(restart.signal).catch(() => {
      restart.abort();
    });
  }

  /**
   * Ends the bot's work on Discord; resolves once its connection is closed.
   *
   * @param resumable - whether its session is kept for the next process
   */
  async stop({ resumable }: { resumable: boolean }): Promise<void> {
    this.#keepSession = resumable;
    this.#stopping.abort();
    await this.#running;
  }

  /** Attempt after attempt, until the bot is stopped or parked. */
  async #run(): Promise<void> {
    let account: Account | undefined;
    let failures = 0;
    try {
      account = this.#tools.openAccount(this, this.token);
      while (!this.#over.aborted) {
        const { failure, held } = await this.#attempt(account);
        if (failure === undefined) continue;
        this.#report(failure);
        if (failure.sessionLost) await this.#connector.forget();
        if (!failure.retryable) {
          await this.#connector.forget();
          this.#rechecking = failure.recheck;
          this.#setStatus({ state: 'parked', reason: failure.reason });
          if (!failure.recheck) return;
          await sleep(this.#tools.recheckInterval, this.#over);
          continue;
        }
        failures = held >= STEADY ? 1 : failures + 1;
        await this.#waitAfter(failure, failures);
      }
    } catch (error) {
      // A defect of ours: this bot stops, visibly, and no other notices.
      this.#logger.error('the bot stopped on an unexpected error', { error });
      this.#incidents.report('gateway', 'defect', { agentId: this.agentId, error });
      this.#setStatus({
        state: 'parked',
        reason: 'an unexpected error; see the log. Change a setting to start it again.',
      });
    } finally {
      account?.close();
    }
  }

  /** Connects and stays until the connection is over, and says how long it held. No failure: ended on purpose. */
  async #attempt(account: Account): Promise<{ failure: BotFailure | undefined; held: number }> {
    this.#restart = new AbortController();
    const stop = AbortSignal.any([this.#over, this.#restart.signal]);
    this.#keepForRestart = false;
    let connection: Connection;
    try {
      if (this.#fresh) await this.#connector.forget();
      this.#fresh = false;
      const problem = this.#problemWithSettings();
      if (problem !== undefined) throw problem;
      await this.#checkAgent(stop);
      connection = await this.#connect(account, stop);
    } catch (error) {
      return { failure: stop.aborted ? undefined : this.#asFailure(error), held: 0 };
    }
    const since = this.#tools.now().getTime();
    this.#connection = connection;
    // The settings may have changed while it connected.
    if (this.#lacksContent()) this.#restart.abort();
    else {
      this.#setStatus({ state: 'ready', reason: modeOf(connection) });
      this.#incidents.recovered('gateway', { agentId: this.agentId });
    }
    connection.showPresence({ anew: this.#showsAnew });
    this.#showsAnew = false;
    const failure = await orAborted(connection.ended, stop);
    await this.#disconnect(connection, failure);
    return { failure, held: this.#tools.now().getTime() - since };
  }

  #report({ kind, reason }: BotFailure): void {
    // Every few hours, of every bot, and no trouble at all.
    if (kind === 'reconnect-asked' || this.lease.signal.aborted) return;
    this.#incidents.report('gateway', kind, { agentId: this.agentId, error: reason });
  }

  /** Waits until it is certain that no other host runs the bot, then for its turn in the window, and connects. */
  async #connect(account: Account, stop: AbortSignal): Promise<Connection> {
    await orAborted(this.lease.held(), stop);
    return this.#tools.window.run(() => {
      stop.throwIfAborted();
      // What happened stays true until the bot is ready again.
      const { reason } = this.#status;
      const state = this.#connector.session === undefined ? 'starting' : 'reconnecting';
      if (!this.parked) this.#setStatus({ state, reason });
      return this.#connector.connect(account, AbortSignal.any([stop, AbortSignal.timeout(CONNECT_DEADLINE)]));
    });
  }

  /** Whether the settings need message content and the session was opened without: it cannot be switched on. */
  #lacksContent(): boolean {
    return requiresMessageContent(this.#record) && this.#connection?.messageContent === false;
  }

  async #disconnect(connection: Connection, failure: BotFailure | undefined): Promise<void> {
    this.#connector.keep(connection.session());
    this.#connection = undefined;
    if (failure !== undefined) return;
    const keepsSession = this.#keepSession || (this.#keepForRestart && !this.#stopping.signal.aborted);
    this.#keepForRestart = false;
    // Without the lease, another host may have gone on with the session: it is not ours to end.
    await connection.close({ resumable: keepsSession || this.lease.signal.aborted });
    if (!keepsSession) await this.#connector.forget();
  }

  async #waitAfter(failure: BotFailure, failures: number): Promise<void> {
    // The first loss of a good connection is followed by a try at once: resuming is free.
    const jittered =
      failures === 1 && this.#status.state === 'ready'
        ? 0
        : backOff(this.#tools.backOff, failures, this.#tools.random());
    const wait = Math.max(jittered, (failure.notBefore?.getTime() ?? 0) - this.#tools.now().getTime());
    this.#logger.warn(failure.message, { error: failure.cause, retryInMs: wait });
    this.#tools.observer?.reconnects(this.agentId);
    this.#setStatus(
      wait === 0
        ? { state: 'reconnecting', reason: failure.reason }
        : { state: 'backing-off', reason: failure.reason },
    );
    await sleep(wait, AbortSignal.any([this.#over, this.#restart.signal]));
  }

  #problemWithSettings(): BotFailure | undefined {
    try {
      this.#agent ??= this.#tools.createAgent(this.#record);
      return undefined;
    } catch (error) {
      const told = error instanceof TroupeError ? error.remedy : '';
      return new BotFailure(error instanceof Error ? error.message : String(error), {
        kind: 'bad-settings',
        remedy: told === '' ? 'Mend its settings; it starts by itself then.' : told,
      });
    }
  }

  /** @throws {BotFailure} when the agent finds out that it cannot do its work */
  async #checkAgent(stop: AbortSignal): Promise<void> {
    const { agent } = this;
    if (this.#checked !== agent && (await checkAgent(agent, this.#logger, stop))) this.#checked = agent;
  }

  #asFailure(error: unknown): BotFailure {
    if (error instanceof BotFailure) return error;
    const timedOut = error instanceof DOMException && error.name === 'TimeoutError';
    return new BotFailure(
      timedOut ? `no connection within ${CONNECT_DEADLINE / 1000} s` : 'the connection failed',
      {
        kind: 'connection-failed',
        cause: timedOut ? undefined : error,
      },
    );
  }

  #setStatus(status: BotStatus): void {
    // Whoever has the lease says where the bot stands.
    if (this.lease.signal.aborted) return;
    if (status.state === this.#status.state && status.reason === this.#status.reason) return;
    this.#status = status;
    const level = status.state === 'parked' ? 'error' : 'info';
    this.#logger[level](`bot is ${status.state}`, status.reason === '' ? {} : { reason: status.reason });
    this.#tools.onStatus(this.agentId, status);
  }
}

/** Whether two rows describe the same agent, apart from where and whom it answers. */
function isSameAgent(a: AgentRecord, b: AgentRecord): boolean {
  return a.name === b.name && a.type === b.type && JSON.stringify(a.config) === JSON.stringify(b.config);
}

/** What an operator should know of a bot that runs. */
function modeOf(connection: Connection): string {
  return connection.messageContent
    ? ''
    : 'without the message content intent: answers mentions, replies that ping and direct messages';
}

/** What this comes to, or undefined when the signal aborts first. Leaves no listener behind. */
async function orAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const done = (): void => {
    resolve(undefined);
  };
  if (signal.aborted) return undefined;
  signal.addEventListener('abort', done, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', done);
  }
}

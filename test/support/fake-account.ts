import type { BotIdentity } from '../../src/agents/agent-record.ts';
import type { Account, Connection, ConnectOptions, Inspection } from '../../src/bots/account.ts';
import type { BotFailure } from '../../src/bots/bot-failure.ts';
import type { GatewaySession } from '../../src/bots/gateway-session.ts';

/** Who every fake account belongs to. */
export const IDENTITY: BotIdentity = {
  applicationId: '600000000000000001',
  userId: '600000000000000002',
  username: 'helper',
};

/** A session of {@link IDENTITY}. */
export function gatewaySession(parts: Partial<GatewaySession> = {}): GatewaySession {
  return {
    applicationId: IDENTITY.applicationId,
    sessionId: 'session-1',
    resumeUrl: 'wss://gateway.test',
    messageContent: true,
    shardId: 0,
    shardCount: 1,
    sequence: 1,
    ...parts,
  };
}

/** What Discord tells of {@link IDENTITY}, but for what is said otherwise. */
export function inspection(parts: Partial<Inspection> = {}): Inspection {
  return {
    identity: IDENTITY,
    messageContent: true,
    gatewayUrl: 'wss://gateway.test',
    identifies: { remaining: 1_000, resetAt: new Date(0) },
    ...parts,
  };
}

/** A connection that lasts until the test ends it. */
export class FakeConnection implements Connection {
  readonly messageContent: boolean;
  readonly latencyMs = undefined;
  /** How it was closed; undefined while it is open. */
  closed: { resumable: boolean } | undefined;
  /** What closing it does first. */
  beforeClose: () => Promise<void> = () => Promise.resolve();
  /** How often it was to show what the bot shows by then. */
  shown = 0;
  readonly #session: GatewaySession;
  readonly #end = Promise.withResolvers<BotFailure>();
  readonly ended = this.#end.promise;

  constructor(session: GatewaySession) {
    this.messageContent = session.messageContent;
    this.#session = session;
  }

  session(): GatewaySession {
    return this.#session;
  }

  showPresence(): void {
    this.shown += 1;
  }

  async close(options: { resumable: boolean }): Promise<void> {
    await this.beforeClose();
    this.closed = options;
  }

  /** Ends it from Discord's side. */
  end(failure: BotFailure): void {
    this.#end.resolve(failure);
  }

  /** Breaks it in a way that nobody foresaw. */
  breakDown(error: Error): void {
    this.#end.reject(error);
  }
}

/** One attempt to connect, whose outcome the test decides. */
export interface ConnectAttempt {
  readonly options: ConnectOptions;
  readonly signal: AbortSignal;
  /** Discord says READY or RESUMED. */
  readonly succeed: (session?: Partial<GatewaySession>) => FakeConnection;
  readonly fail: (error: Error) => void;
}

/** An account under the test's control. Attempts stay open until the test or their signal ends them. */
export class FakeAccount implements Account {
  /** All attempts to connect, in order. */
  readonly attempts: ConnectAttempt[] = [];
  inspections = 0;
  closed = 0;
  /** What Discord's REST side answers. */
  onInspect: (signal: AbortSignal) => Promise<Inspection> = () => Promise.resolve(inspection());
  /** Decides an attempt as soon as it is made. */
  onConnect: (attempt: ConnectAttempt) => void = () => undefined;

  inspect(signal: AbortSignal): Promise<Inspection> {
    this.inspections += 1;
    return this.onInspect(signal);
  }

  connect(options: ConnectOptions, signal: AbortSignal): Promise<Connection> {
    if (options.session === undefined) void options.beforeIdentify();
    const outcome = Promise.withResolvers<Connection>();
    const serial = this.attempts.length + 1;
    const attempt: ConnectAttempt = {
      options,
      signal,
      succeed: (session = {}) => {
        const fresh = gatewaySession({ sessionId: `session-${serial}`, ...session });
        const connection = new FakeConnection(options.session ?? fresh);
        outcome.resolve(connection);
        return connection;
      },
      fail: (error) => {
        outcome.reject(error);
      },
    };
    signal.addEventListener('abort', () => {
      outcome.reject(signal.reason as Error);
    });
    this.attempts.push(attempt);
    this.onConnect(attempt);
    return outcome.promise;
  }

  close(): void {
    this.closed += 1;
  }

  /** The last attempt. */
  get last(): ConnectAttempt {
    const attempt = this.attempts.at(-1);
    if (attempt === undefined) throw new Error('nobody tried to connect');
    return attempt;
  }
}

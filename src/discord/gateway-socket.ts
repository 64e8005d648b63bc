import {
  DefaultWebSocketManagerOptions,
  type FetchingStrategyOptions,
  type IContextFetchingStrategy,
  type SessionInfo,
  WebSocketShard,
  WebSocketShardEvents,
  WebSocketShardStatus,
} from '@discordjs/ws';
import {
  type GatewayDispatchPayload,
  GatewayOpcodes,
  type GatewayPresenceUpdateData,
  type GatewayReadyDispatchData,
} from 'discord-api-types/v10';
import { CLOSE_RESUMABLE } from './close-codes.ts';

/** How one socket is opened. */
export interface GatewaySocketOptions {
  readonly token: string;
  /** The sum of `GatewayIntentBits`. */
  readonly intents: number;
  /** What the bot shows from the beginning of a new session; asked for when the socket is made. */
  readonly presence: () => GatewayPresenceUpdateData;
  /** Where to connect for a new session. A session brings its own address. */
  readonly url: string;
  /** Go on with this session; without one, identify. */
  readonly session: SessionInfo | undefined;
  /** Awaited right before an IDENTIFY goes out; when it rejects, the socket ends instead. */
  readonly beforeIdentify: () => Promise<void>;
  readonly onReady: (ready: GatewayReadyDispatchData) => void;
  readonly onResumed: () => void;
  readonly onDispatch: (payload: GatewayDispatchPayload) => void;
  /** The socket is over; told once, unless it was closed by {@link GatewaySocket.close}. */
  readonly onEnd: (end: SocketEnd) => void;
}

/** Why a socket is over. */
export interface SocketEnd {
  /** The close code, if it came to that. */
  readonly code: number | undefined;
  /** Discord greeted: it was there. */
  readonly greeted: boolean;
  /** Discord said that the session is no longer valid. */
  readonly invalidSession: boolean;
  /** Nothing came over it any more. */
  readonly silent: boolean;
  /** What the socket itself said. */
  readonly cause: unknown;
}

/** How long a polite close may take before the socket is cut, in milliseconds. */
const CLOSE_PATIENCE = 2_000;

/** For an answer of the session hook that must never come. */
const NEVER = new Promise<never>(() => undefined);

/**
 * One socket to the gateway, from connecting to its end, on the shard of @discordjs/ws.
 *
 * The shard shakes hands, identifies or resumes, and beats. What it would do after the end (reconnect every half
 * second, forget the session when the network is down, identify without asking) is not what fifty bots in one
 * process need: so a shard lives for one socket here. When it asks for its session to connect a second time, it
 * gets no answer, and whoever supervises the bot decides what comes next.
 */
export class GatewaySocket {
  readonly #options: GatewaySocketOptions;
  readonly #shard: WebSocketShard;
  #session: SessionInfo | undefined;
  /** The shard has begun to connect. */
  #begun = false;
  #over = false;
  #greeted = false;
  #socketError: unknown;
  #beatUnanswered = false;
  /** When the heartbeat that was sent here went out. */
  #beatAt: number | undefined;
  #latencyMs: number | undefined;

  constructor(options: GatewaySocketOptions) {
    this.#options = options;
    this.#session = options.session;
    this.#shard = new WebSocketShard(this.#context(), options.session?.shardId ?? 0);
    this.#listen();
  }

  /** The session as received so far. */
  get session(): SessionInfo | undefined {
    return this.#session;
  }

  /** How long the last heartbeat took to be acknowledged, in milliseconds; undefined while none was. */
  get latencyMs(): number | undefined {
    return this.#latencyMs;
  }

  /** Begins to connect; what comes of it is told to the listeners. */
  open(): void {
    // Rejects on what the close code or the socket tells better.
    this.#shard.connect().catch(() => undefined);
  }

  /**
   * Sends a heartbeat, unless the last one that was sent here is still unanswered: then the socket is dead and ends.
   *
   * A half-open socket would otherwise be noticed only at the next regular heartbeat, 41 seconds apart.
   */
  probe(): void {
    if (this.#over) return;
    if (this.#beatUnanswered) {
      this.#end({ code: undefined, silent: true });
      this.#cut();
      return;
    }
    if (this.#shard.status !== WebSocketShardStatus.Ready) return;
    this.#beatUnanswered = true;
    this.#beatAt = Date.now();
    this.#shard
      .send({ op: GatewayOpcodes.Heartbeat, d: this.#session?.sequence ?? null })
      .catch(() => undefined);
  }

  /** Tells Discord what the bot shows; where that does not succeed, the connection is over or soon will be. */
  showPresence(data: GatewayPresenceUpdateData): void {
    if (this.#over || this.#shard.status !== WebSocketShardStatus.Ready) return;
    this.#shard.send({ op: GatewayOpcodes.PresenceUpdate, d: data }).catch(() => undefined);
  }

  /** Closes with this code; resolves once the socket is closed. Nothing is told to the listeners any more. */
  async close(code: number): Promise<void> {
    this.#over = true;
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_PATIENCE);
    });
    await Promise.race([this.#shard.destroy({ code }).catch(() => undefined), patience]);
    clearTimeout(timer);
    this.#cut();
  }

  #context(): IContextFetchingStrategy {
    const { token, url, session } = this.#options;
    const options: FetchingStrategyOptions = {
      ...DefaultWebSocketManagerOptions,
      token,
      intents: this.#options.intents,
      initialPresence: session === undefined ? this.#options.presence() : null,
      shardCount: session?.shardCount ?? 1,
      gatewayInformation: { url, shards: 1, session_start_limit: NO_LIMIT },
      // Whoever connects has a deadline of its own; the shard's would drop the session.
      helloTimeout: null,
      readyTimeout: null,
    };
    return {
      options,
      // Synchronous in effect: with hooks that wait, the shard hands out dispatches in the wrong order.
      retrieveSessionInfo: () => {
        if (this.#over) return NEVER;
        if (this.#shard.status === WebSocketShardStatus.Idle) {
          if (this.#begun) {
            this.#end({ code: undefined });
            return NEVER;
          }
          this.#begun = true;
        }
        return this.#session ?? null;
      },
      updateSessionInfo: (_, info) => {
        if (this.#over) return;
        if (info !== null) this.#session = info;
        // A null before the socket closed is Discord's "invalid session"; any other null comes after the end.
        else this.#end({ code: undefined, invalidSession: true });
      },
      waitForIdentify: async () => {
        try {
          await this.#options.beforeIdentify();
        } catch (error) {
          this.#socketError = error;
          this.#end({ code: undefined });
        }
        // The shard would identify all the same after a rejection.
        if (this.#over) await NEVER;
      },
    };
  }

  #listen(): void {
    const { onReady, onResumed, onDispatch } = this.#options;
    const shard = this.#shard;
    const alive = (): void => {
      this.#beatUnanswered = false;
    };
    shard.on(WebSocketShardEvents.Ready, (ready) => {
      if (!this.#over) onReady(ready);
    });
    shard.on(WebSocketShardEvents.Resumed, () => {
      if (!this.#over) onResumed();
    });
    shard.on(WebSocketShardEvents.Dispatch, (payload) => {
      alive();
      if (!this.#over) onDispatch(payload);
    });
    shard.on(WebSocketShardEvents.HeartbeatComplete, ({ ackAt, latency }) => {
      alive();
      // The shard takes its own last heartbeat for the one that is acknowledged.
      this.#latencyMs = this.#beatAt === undefined ? latency : ackAt - this.#beatAt;
      this.#beatAt = undefined;
    });
    shard.on(WebSocketShardEvents.Hello, () => {
      this.#greeted = true;
    });
    shard.on(WebSocketShardEvents.SocketError, (error) => {
      this.#socketError = error;
    });
    // Told again, and better, by the close code.
    shard.on(WebSocketShardEvents.Error, () => undefined);
    shard.on(WebSocketShardEvents.Closed, (code) => {
      this.#end({ code });
    });
  }

  #end(end: { code: number | undefined; invalidSession?: boolean; silent?: boolean }): void {
    if (this.#over) return;
    this.#over = true;
    const { code, invalidSession = false, silent = false } = end;
    this.#options.onEnd({ code, greeted: this.#greeted, invalidSession, silent, cause: this.#socketError });
  }

  /** Ends the connection without a handshake: a peer that is gone would keep it for 30 seconds. */
  #cut(): void {
    const socket = Reflect.get(this.#shard, 'connection') as RawSocket | null;
    this.#shard.destroy({ code: CLOSE_RESUMABLE }).catch(() => undefined);
    if (socket === null) return;
    // Cutting a socket that is still connecting is an error to it, and the shard listens no more.
    socket.onerror = (): void => undefined;
    socket.terminate();
  }
}

/** As much of the shard's socket as is needed to cut it; the shard keeps it private. */
interface RawSocket {
  onerror: (() => void) | null;
  terminate(): void;
}

/** The shard does not look at it: the budget of identifies is kept elsewhere. */
const NO_LIMIT = { total: 1000, remaining: 1000, reset_after: 0, max_concurrency: 1 };

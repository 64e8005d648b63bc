import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { Core } from './core.ts';
import { GatewayConnection } from './gateway-connection.ts';
import type { GatewaySession } from './gateway-session.ts';
import { WriteBatch } from './write-batch.ts';

/** What is longer goes out at once: a thousand guilds held at the same time would fill the memory. */
const LARGE = 16_384;

/** The gateway: its sockets and its sessions. */
export class GatewayServer {
  readonly connections = new Set<GatewayConnection>();
  readonly #core: Core;
  readonly #sessions = new Map<string, GatewaySession>();
  readonly #server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1 << 20 });
  readonly #batch = new WriteBatch();
  readonly #sweeper: NodeJS.Timeout;
  #refusing = false;

  constructor(core: Core) {
    this.#core = core;
    this.#sweeper = setInterval(() => {
      this.#sweep();
    }, core.settings.heartbeatInterval).unref();
  }

  /** Where bots connect to. */
  get url(): string {
    return `${this.#core.origin.replace('http', 'ws')}/gateway`;
  }

  /** Takes over an HTTP request that wants to become a socket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '/', 'http://stand-in');
    const wrong = this.#refusing ? 'The gateway is down.' : problemWith(url);
    if (wrong !== undefined) {
      if (!this.#refusing) this.#core.violations.add(`A gateway connection was refused: ${wrong}`);
      const status = this.#refusing ? '503 Service Unavailable' : '400 Bad Request';
      socket.end(
        `HTTP/1.1 ${status}\r\nContent-Length: ${wrong.length}\r\nConnection: close\r\n\r\n${wrong}`,
      );
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      this.connections.add(this.#connection(webSocket, socket));
    });
  }

  /** Keeps a new session. */
  begin(session: GatewaySession): void {
    this.#sessions.set(session.id, session);
    session.bot.sessions.add(session);
  }

  /** A session that can still be resumed. */
  session(id: string): GatewaySession | undefined {
    const session = this.#sessions.get(id);
    if (!session || !this.#expired(session)) return session;
    this.end(session);
    return undefined;
  }

  /** Forgets a session, so that it cannot be resumed. */
  end(session: GatewaySession): void {
    this.#sessions.delete(session.id);
    session.bot.sessions.delete(session);
    this.#core.happenings.note(`A session of ${session.bot.username} ended`);
  }

  /** From now on sockets are refused with 503, or accepted again. Those that are open stay. */
  refuse(refusing: boolean): void {
    this.#refusing = refusing;
  }

  /** Ends every socket without a word; sessions are forgotten too unless they are kept. */
  dropAll(keepSessions: boolean): void {
    for (const connection of this.connections) connection.terminate();
    if (!keepSessions) for (const session of [...this.#sessions.values()]) this.end(session);
  }

  /** Ends it for good. */
  stop(): void {
    clearInterval(this.#sweeper);
    this.dropAll(false);
    this.#server.close();
  }

  #connection(webSocket: WebSocket, socket: Duplex): GatewayConnection {
    return new GatewayConnection(this.#core, webSocket, (length) => {
      if (length < LARGE) this.#batch.hold(socket);
      else this.#batch.flush(socket);
    });
  }

  #expired(session: GatewaySession): boolean {
    return !session.connection && this.#core.now() - session.lostAt > this.#core.settings.sessionLifetime;
  }

  #sweep(): void {
    for (const connection of this.connections) connection.sweep();
    for (const session of this.#sessions.values()) if (this.#expired(session)) this.end(session);
  }
}

function problemWith(url: URL): string | undefined {
  if (!/^\/gateway\/?$/.test(url.pathname)) return `There is no gateway at ${url.pathname}.`;
  const { v, encoding = 'json', compress } = Object.fromEntries(url.searchParams) as Record<string, string>;
  if (v !== '10') return `The stand-in speaks gateway v10, not v${v ?? '(none)'}.`;
  if (encoding !== 'json') return `The stand-in speaks JSON, not ${encoding}.`;
  if (compress !== undefined) return `The stand-in does not compress (compress=${compress}).`;
  return undefined;
}

import { GatewayCloseCodes, GatewayOpcodes } from 'discord-api-types/v10';
import type { RawData, WebSocket } from 'ws';
import type { Core } from './core.ts';
import { identify, resume } from './gateway-login.ts';
import type { GatewaySession } from './gateway-session.ts';
import { updatePresence, wrongPresence } from './presence.ts';

const ACK = '{"t":null,"s":null,"op":11,"d":null}';
/** 120 commands in 60 seconds; https://discord.com/developers/docs/events/gateway#rate-limiting */
const COMMANDS = { limit: 120, perMs: 60_000 };
const MAX_PAYLOAD = 4_096;
// What comes over the wire is a number; it becomes an opcode by being equal to one.
const HEARTBEAT: number = GatewayOpcodes.Heartbeat;
const IDENTIFY: number = GatewayOpcodes.Identify;
const RESUME: number = GatewayOpcodes.Resume;
const PRESENCE_UPDATE: number = GatewayOpcodes.PresenceUpdate;

/** One socket at the gateway, from Hello to its end. */
export class GatewayConnection {
  /** The session that it carries, once it has identified or resumed. */
  session: GatewaySession | undefined;
  readonly #core: Core;
  readonly #socket: WebSocket;
  readonly #beforeSend: (length: number) => void;
  #silent = false;
  #closing = false;
  #commands = 0;
  #windowStart = 0;
  #heardAt: number;

  /** @param beforeSend told how long an event is before it is sent */
  constructor(core: Core, socket: WebSocket, beforeSend: (length: number) => void) {
    this.#core = core;
    this.#socket = socket;
    this.#beforeSend = beforeSend;
    this.#heardAt = performance.now();
    socket.on('message', (data, isBinary) => {
      this.#onMessage(data, isBinary);
    });
    socket.on('close', (code) => {
      this.#onClose(code);
    });
    // A broken socket also closes; there is nothing else to do about it.
    socket.on('error', () => undefined);
    this.#sendOp(GatewayOpcodes.Hello, {
      heartbeat_interval: core.settings.heartbeatInterval,
      _trace: ['["stand-in",{"micros":0}]'],
    });
  }

  /** Sends a text as it is. */
  send(text: string): void {
    this.#beforeSend(text.length);
    this.#socket.send(text);
  }

  /** op 7: asks the client to reconnect and resume. */
  requestReconnect(): void {
    this.#sendOp(GatewayOpcodes.Reconnect, null);
  }

  /** op 9. The socket stays open for another identify or, when `resumable`, resume. */
  invalidateSession(resumable: boolean): void {
    this.detach();
    this.#sendOp(GatewayOpcodes.InvalidSession, resumable);
  }

  /** Closes with a code of Discord's; a session stays as it is. */
  close(code: number, reason = GatewayCloseCodes[code] ?? ''): void {
    this.#closing = true;
    this.detach();
    this.#socket.close(code, reason);
  }

  /** Ends the TCP connection without a word. */
  terminate(): void {
    this.#closing = true;
    this.detach();
    this.#socket.terminate();
  }

  /** From now on nothing is read, answered or sent, and the TCP connection stays up. */
  fallSilent(): void {
    this.#silent = true;
    this.detach();
    this.#socket.pause();
  }

  /** Closes for a payload that Discord would not accept, and keeps that in mind as a violation. */
  refuse(code: GatewayCloseCodes, why: string): void {
    const who = this.session?.bot.username ?? 'A client';
    this.#core.violations.add(`${who} sent the gateway something invalid (close code ${code}): ${why}`);
    this.close(code);
  }

  /** Ends it when no heartbeat came for two intervals, as Discord does. */
  sweep(): void {
    const idle = performance.now() - this.#heardAt;
    if (!this.#silent && idle > this.#core.settings.heartbeatInterval * 2) {
      this.#core.happenings.note(
        `${this.session?.bot.username ?? 'A socket'} sent no heartbeat and was closed`,
      );
      this.close(GatewayCloseCodes.SessionTimedOut);
    }
  }

  attach(session: GatewaySession): void {
    this.session = session;
    session.connection = this;
  }

  /** Leaves the session to a later resume. */
  detach(): void {
    const { session } = this;
    if (!session) return;
    this.session = undefined;
    session.connection = undefined;
    session.lostAt = this.#core.now();
    this.#core.happenings.note(`A socket of ${session.bot.username} is gone from its session`);
  }

  #sendOp(op: GatewayOpcodes, d: unknown): void {
    this.#socket.send(JSON.stringify({ t: null, s: null, op, d }));
  }

  #onClose(code: number): void {
    const { session } = this;
    this.#core.gateway.connections.delete(this);
    this.detach();
    if (!session || this.#closing || (code !== 1000 && code !== 1001)) return;
    this.#core.gateway.end(session);
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (this.#silent || this.#closing) return;
    if (!this.#withinRate()) {
      this.refuse(GatewayCloseCodes.RateLimited, 'more than 120 commands in 60 seconds');
      return;
    }
    const text = (data as Buffer).toString();
    let payload: { op?: unknown; d?: unknown };
    try {
      payload = JSON.parse(text) as { op?: unknown; d?: unknown };
    } catch {
      this.refuse(GatewayCloseCodes.DecodeError, `no JSON: ${text.slice(0, 40)}`);
      return;
    }
    if (isBinary || text.length > MAX_PAYLOAD || typeof payload.op !== 'number') {
      this.refuse(GatewayCloseCodes.DecodeError, 'binary, over 4096 bytes, or without an op');
      return;
    }
    this.#onCommand(payload.op, payload.d);
  }

  #onCommand(op: number, d: unknown): void {
    if (op === HEARTBEAT) {
      this.#heardAt = performance.now();
      this.#socket.send(ACK);
    } else if (op === IDENTIFY || op === RESUME) {
      if (this.session) this.refuse(GatewayCloseCodes.AlreadyAuthenticated, 'a second identify or resume');
      else (op === IDENTIFY ? identify : resume)(this.#core, this, d);
    } else if (!TOLERATED.has(op)) {
      this.refuse(GatewayCloseCodes.UnknownOpcode, `op ${op}`);
    } else if (!this.session) {
      this.refuse(GatewayCloseCodes.NotAuthenticated, `op ${op} before identify`);
    } else if (op === PRESENCE_UPDATE) {
      const wrong = wrongPresence(d);
      if (wrong === undefined) updatePresence(this.#core, this.session, d);
      else this.refuse(GatewayCloseCodes.DecodeError, wrong);
    }
  }

  #withinRate(): boolean {
    const now = performance.now();
    if (now - this.#windowStart > COMMANDS.perMs) {
      this.#windowStart = now;
      this.#commands = 0;
    }
    return ++this.#commands <= COMMANDS.limit;
  }
}

/** Accepted after identify; all but the first without effect. */
const TOLERATED = new Set<number>([
  GatewayOpcodes.PresenceUpdate,
  GatewayOpcodes.VoiceStateUpdate,
  GatewayOpcodes.RequestGuildMembers,
  GatewayOpcodes.RequestSoundboardSounds,
]);

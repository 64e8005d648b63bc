import type { Bot } from './bot.ts';
import type { GatewayConnection } from './gateway-connection.ts';
import { PLAIN_PRESENCE, type ShownPresence } from './presence.ts';

interface Sent {
  seq: number;
  type: string;
  json: string;
}

/** What Identify says of a session. */
export interface SessionInit {
  id: string;
  bot: Bot;
  intents: number;
  shard: readonly [id: number, count: number];
  replayLimit: number;
}

/**
 * A bot's session at the gateway: it outlives its sockets, numbers every event, and keeps the latest for a
 * resume.
 */
export class GatewaySession {
  readonly id: string;
  readonly bot: Bot;
  readonly intents: number;
  readonly shard: readonly [id: number, count: number];
  /** The socket that it is on, unless that is gone. */
  connection: GatewayConnection | undefined;
  /** What the bot shows in it. */
  presence: ShownPresence = PLAIN_PRESENCE;
  /** When the socket went, in milliseconds since 1970. */
  lostAt = 0;
  /** The sequence number of the latest event. */
  seq = 0;
  readonly #sent: Sent[] = [];
  readonly #replayLimit: number;

  constructor(init: SessionInit) {
    this.id = init.id;
    this.bot = init.bot;
    this.intents = init.intents;
    this.shard = init.shard;
    this.#replayLimit = init.replayLimit;
  }

  /** @param json the event's `d`, already encoded: many sessions share one text */
  dispatch(type: string, json: string): void {
    const seq = ++this.seq;
    this.#sent.push({ seq, type, json });
    if (this.#sent.length > this.#replayLimit * 2) this.#sent.splice(0, this.#replayLimit);
    this.connection?.send(frame(seq, type, json));
  }

  /** Whether everything after this number is still known. */
  canReplayAfter(seq: number): boolean {
    return seq <= this.seq && seq + 1 >= (this.#sent[0]?.seq ?? this.seq + 1);
  }

  /** Sends again what came after this number. @returns how many events that were */
  replayAfter(seq: number): number {
    const first = this.#sent[0]?.seq ?? 0;
    const missed = this.#sent.slice(Math.max(0, seq + 1 - first));
    for (const event of missed) this.connection?.send(frame(event.seq, event.type, event.json));
    return missed.length;
  }

  /** Whether a guild's events belong to this shard. */
  covers(guildId: string): boolean {
    const [id, count] = this.shard;
    return count === 1 || Number((BigInt(guildId) >> 22n) % BigInt(count)) === id;
  }
}

function frame(seq: number, type: string, json: string): string {
  return `{"t":"${type}","s":${seq},"op":0,"d":${json}}`;
}

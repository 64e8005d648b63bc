import type { Socket } from 'node:net';
import type { Bot } from './bot.ts';
import type { Allowance, RateLimitOptions } from './options.ts';

/** A request whose answer was under way when the 429 came is no hammering; one later than this is. */
const GRACE_MS = 25;

/** Which allowance a request falls under. */
export interface RateLimitSubject {
  bot: Bot;
  /** A short hash of method and route, as Discord names its buckets. */
  bucket: string;
  /** The channel, guild or webhook in the path: each has a bucket of its own. */
  major: string;
  kind: Exclude<keyof RateLimitOptions, 'global'>;
  socket: Socket;
}

/** What the headers of an answer say; `refusal` when the request may not pass. */
export interface RateLimitVerdict {
  limit: number;
  remaining: number;
  /** Milliseconds since 1970. */
  resetAt: number;
  refusal?: { retryAfterMs: number; scope: 'user' | 'global' | 'shared' };
  /** The request came although an earlier 429 forbade it. */
  hammered?: boolean;
}

interface Window {
  used: number;
  resetAt: number;
}

interface Block {
  since: number;
  until: number;
  scope: 'user' | 'global' | 'shared';
  socket: Socket;
}

/** Counts requests per bot and bucket, and keeps in mind who was told to wait. */
export class RateLimits {
  readonly #options: RateLimitOptions | undefined;
  readonly #now: () => number;
  readonly #windows = new Map<string, Window>();
  readonly #blocks = new Map<string, Block>();

  constructor(options: RateLimitOptions | undefined, now: () => number) {
    this.#options = options;
    this.#now = now;
  }

  /** Counts a request, and says whether it passes. */
  check(subject: RateLimitSubject): RateLimitVerdict {
    const now = this.#now();
    const blocked = this.#blocks.size > 0 ? this.#blocked(subject, now) : undefined;
    if (blocked) return blocked;
    if (!this.#options) return { limit: 1_000, remaining: 999, resetAt: now + 1_000 };
    const { global, [subject.kind]: own } = this.#options;
    const all = this.#count(globalKey(subject), global, now);
    if (all.used > global.limit) return this.#refuse(subject, 'global', global.limit, all.resetAt);
    const window = this.#count(bucketKey(subject), own, now);
    if (window.used > own.limit) return this.#refuse(subject, 'user', own.limit, window.resetAt);
    return { limit: own.limit, remaining: own.limit - window.used, resetAt: window.resetAt };
  }

  /** Tells a request to wait, whatever was counted. */
  block(subject: RateLimitSubject, scope: Block['scope'], retryAfterMs: number): RateLimitVerdict {
    return this.#refuse(subject, scope, 5, this.#now() + retryAfterMs);
  }

  #count(key: string, allowance: Allowance, now: number): Window {
    let window = this.#windows.get(key);
    if (!window || window.resetAt <= now) {
      window = { used: 0, resetAt: now + allowance.perMs };
      this.#windows.set(key, window);
    }
    window.used++;
    return window;
  }

  #refuse(subject: RateLimitSubject, scope: Block['scope'], limit: number, until: number): RateLimitVerdict {
    const now = this.#now();
    const key = scope === 'global' ? globalKey(subject) : bucketKey(subject);
    this.#blocks.set(key, { since: now, until, scope, socket: subject.socket });
    return {
      limit,
      remaining: 0,
      resetAt: until,
      refusal: { retryAfterMs: Math.max(1, until - now), scope },
    };
  }

  #blocked(subject: RateLimitSubject, now: number): RateLimitVerdict | undefined {
    for (const key of [globalKey(subject), bucketKey(subject)]) {
      const block = this.#blocks.get(key);
      if (!block) continue;
      if (now >= block.until - 1) {
        this.#blocks.delete(key);
        continue;
      }
      const { until, scope, since } = block;
      const hammered = subject.socket === block.socket || now > since + GRACE_MS;
      const refusal = { retryAfterMs: until - now, scope };
      return { limit: 5, remaining: 0, resetAt: until, refusal, hammered };
    }
    return undefined;
  }
}

function globalKey(subject: RateLimitSubject): string {
  return subject.bot.id;
}

function bucketKey(subject: RateLimitSubject): string {
  return `${subject.bot.id}:${subject.bucket}:${subject.major}`;
}

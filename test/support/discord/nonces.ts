import type { Author } from './author.ts';
import type { Message } from './message.ts';

interface Entry {
  message: Message;
  until: number;
}

/**
 * What was posted under which nonce in the past few minutes.
 *
 * @see https://discord.com/developers/docs/resources/message#create-message (`enforce_nonce`)
 */
export class Nonces {
  readonly #entries = new Map<string, Entry>();
  readonly #lifetime: number;
  readonly #now: () => number;

  constructor(lifetimeMs: number, now: () => number) {
    this.#lifetime = lifetimeMs;
    this.#now = now;
  }

  /** The message that this author posted under this nonce, if Discord still remembers. */
  find(author: Author, nonce: string | number): Message | undefined {
    const entry = this.#entries.get(`${author.id}:${nonce}`);
    return entry && entry.until > this.#now() ? entry.message : undefined;
  }

  remember(author: Author, nonce: string | number, message: Message): void {
    const now = this.#now();
    // Entries stand in the order in which they end, so the old ones are all in front.
    for (const [key, entry] of this.#entries) {
      if (entry.until > now) break;
      this.#entries.delete(key);
    }
    this.#entries.set(`${author.id}:${nonce}`, { message, until: now + this.#lifetime });
  }
}

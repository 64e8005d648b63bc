import type { IdempotencyStore, KeptAnswer, KeyClaim } from '../access/idempotency-store.ts';
import { isTaken, type Statements } from './statements.ts';

/** How long a key is kept, in milliseconds. */
const LIFETIME = 86_400_000;

const INSERT =
  'INSERT INTO idempotency_keys (id, request_hash, status, response, created_at) VALUES (?, ?, NULL, NULL, ?)';
const SELECT = 'SELECT request_hash, status, response FROM idempotency_keys WHERE id = ?';

/** How often a key is tried that others give back meanwhile. */
const TRIES = 3;

/** The idempotency_keys table. The index over the id decides who is first. */
export class IdempotencyTable implements IdempotencyStore {
  readonly #statements: Statements;
  readonly #now: () => Date;

  constructor(statements: Statements, now: () => Date) {
    this.#statements = statements;
    this.#now = now;
  }

  async claim(id: string, requestHash: string): Promise<KeyClaim> {
    const now = this.#now();
    const expired = new Date(now.getTime() - LIFETIME);
    await this.#statements.run('DELETE FROM idempotency_keys WHERE created_at < ?', [expired]);
    for (let tries = 1; ; tries++) {
      try {
        await this.#statements.run(INSERT, [id, requestHash, now]);
        return { kind: 'new' };
      } catch (error) {
        if (!isTaken(error) || tries === TRIES) throw error;
      }
      const found = await this.#find(id);
      if (found !== undefined) return found;
    }
  }

  async keep(id: string, { status, response }: KeptAnswer): Promise<void> {
    await this.#statements.run('UPDATE idempotency_keys SET status = ?, response = ? WHERE id = ?', [
      status,
      response,
      id,
    ]);
  }

  async release(id: string): Promise<void> {
    await this.#statements.run('DELETE FROM idempotency_keys WHERE id = ? AND status IS NULL', [id]);
  }

  async #find(id: string): Promise<KeyClaim | undefined> {
    const [row] = await this.#statements.rows(SELECT, [id]);
    if (row === undefined) return undefined;
    const { request_hash: hash, status, response } = row;
    const requestHash = hash ?? '';
    return status === null || status === undefined
      ? { kind: 'in-flight', requestHash }
      : { kind: 'answered', requestHash, answer: { status: Number(status), response: response ?? '' } };
  }
}

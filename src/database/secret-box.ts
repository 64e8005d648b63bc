import { randomBytes } from 'node:crypto';
import { TroupeError } from '../errors.ts';
import { decrypt, encrypt, fingerprintOf, KEY_BYTES, keyIdOf } from './secret-cipher.ts';

const VERSION = 'v1';

/** A stored secret cannot be read with the keys that this process has. */
export class SecretKeyError extends TroupeError {
  override readonly name = 'SecretKeyError';
}

/** What a {@link SecretBox} can be given besides its key. */
export interface SecretBoxOptions {
  /** Keys that secrets were encrypted under before. Default: none. */
  readonly previous?: readonly Buffer[];
  /** Reads the keys again, the current one first; undefined when they are as before. Default: they never change. */
  readonly reread?: () => readonly Buffer[] | undefined;
}

/**
 * Encrypts secrets for the database: AES-256-GCM with a fresh data key for each, which is itself encrypted under the
 * host's key. It seals with the current key and opens with every key that it ever had.
 *
 * A sealed secret reads `v1.<key id>.<wrapped data key>.<ciphertext>` and opens only for the row it was sealed for.
 */
export class SecretBox {
  /** By id. */
  readonly #keys = new Map<string, Buffer>();
  #current: Buffer;
  readonly #reread: () => readonly Buffer[] | undefined;

  /** @param key - {@link KEY_BYTES} random bytes */
  constructor(key: Buffer, { previous = [], reread = () => undefined }: SecretBoxOptions = {}) {
    this.#current = key;
    this.#reread = reread;
    for (const one of [key, ...previous]) this.#keys.set(keyIdOf(one), one);
  }

  /** The id of the current key. */
  get keyId(): string {
    return keyIdOf(this.#current);
  }

  /** The ids of all keys. */
  get keyIds(): string[] {
    return [...this.#keys.keys()];
  }

  /**
   * Takes over the keys as they are now, and forgets none.
   *
   * Call it inside the transaction that stores what is sealed: keys change only while nobody else writes, so nothing is
   * stored under a key that is about to go.
   */
  refresh(): void {
    const [current, ...others] = this.#reread() ?? [];
    if (current === undefined) return;
    this.#current = current;
    for (const key of [current, ...others]) this.#keys.set(keyIdOf(key), key);
  }

  /** Encrypts a secret for the row with this id, under the current key. */
  seal(secret: string, rowId: string): string {
    const dataKey = randomBytes(KEY_BYTES);
    return [
      VERSION,
      this.keyId,
      encrypt(this.#current, dataKey, rowId).toString('base64url'),
      encrypt(dataKey, Buffer.from(secret, 'utf8'), rowId).toString('base64url'),
    ].join('.');
  }

  /**
   * Decrypts what {@link seal} made for the row with this id. The keys are read again when its key is not among them.
   *
   * @throws {SecretKeyError} when it was sealed under another key, for another row, or was altered.
   */
  open(sealed: string, rowId: string): string {
    const [version, keyId = '', wrapped, ciphertext] = sealed.split('.');
    if (version !== VERSION || wrapped === undefined || ciphertext === undefined) {
      throw new SecretKeyError(
        'a stored secret has an unknown form; it may come from a newer version of Troupe',
      );
    }
    const key = this.#keyOf(keyId);
    try {
      const dataKey = decrypt(key, Buffer.from(wrapped, 'base64url'), rowId);
      return decrypt(dataKey, Buffer.from(ciphertext, 'base64url'), rowId).toString('utf8');
    } catch (cause) {
      throw new SecretKeyError('a stored secret was altered, or copied from another row', {
        remedy: 'Enter it again.',
        cause,
      });
    }
  }

  /** Whether it was sealed under the current key. */
  isCurrent(sealed: string): boolean {
    return keyIdIn(sealed) === this.keyId;
  }

  /**
   * The same secret under the current key; unchanged when it is already.
   *
   * @throws {SecretKeyError} when it cannot be opened.
   */
  renew(sealed: string, rowId: string): string {
    return this.isCurrent(sealed) ? sealed : this.seal(this.open(sealed, rowId), rowId);
  }

  /** Equal for equal secrets and useless without the current key: finds a token that is already somebody's. */
  fingerprint(secret: string): string {
    return fingerprintOf(secret, this.#current);
  }

  /** The fingerprints that a secret may have been stored with: one for each key. */
  fingerprints(secret: string): string[] {
    return [...this.#keys.values()].map((key) => fingerprintOf(secret, key));
  }

  #keyOf(keyId: string): Buffer {
    let cause: unknown;
    if (!this.#keys.has(keyId)) {
      try {
        this.refresh();
      } catch (error) {
        cause = error;
      }
    }
    const key = this.#keys.get(keyId);
    if (key !== undefined) return key;
    const own = this.keyIds.length === 1 ? `is ${this.keyId}` : `are ${this.keyIds.join(', ')}`;
    throw new SecretKeyError(
      `a stored secret was encrypted under another key (${keyId}; this host's ${own})`,
      {
        remedy: 'Set SECRET_KEY or SECRET_KEY_FILE to the key it was stored under, or enter it again.',
        cause,
      },
    );
  }
}

/** The id of the key that a secret was sealed under; empty when it has no such form. */
export function keyIdIn(sealed: string): string {
  const [version, keyId = ''] = sealed.split('.');
  return version === VERSION ? keyId : '';
}

import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { TroupeError } from '../errors.ts';

/** Length of every key here, in bytes (AES-256). */
export const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 'v1';

/** A stored secret cannot be read with the key that this process has. */
export class SecretKeyError extends TroupeError {
  override readonly name = 'SecretKeyError';
}

/**
 * Encrypts secrets for the database: AES-256-GCM with a fresh data key for each, which is itself encrypted under
 * the host's key, so that changing the host's key re-encrypts data keys alone.
 *
 * A sealed secret reads `v1.<key id>.<wrapped data key>.<ciphertext>` and opens only for the row it was sealed for.
 */
export class SecretBox {
  readonly #key: Buffer;
  readonly #fingerprintKey: Buffer;
  /** Tells which key sealed a secret without telling anything about the key. */
  readonly keyId: string;

  /** @param key - {@link KEY_BYTES} random bytes */
  constructor(key: Buffer) {
    this.#key = key;
    this.#fingerprintKey = createHmac('sha256', key).update('troupe token fingerprint').digest();
    this.keyId = createHash('sha256').update('troupe key id').update(key).digest('hex').slice(0, 8);
  }

  /** What every secret begins with that was sealed under this key. */
  get prefix(): string {
    return `${VERSION}.${this.keyId}.`;
  }

  /** Encrypts a secret for the row with this id. */
  seal(secret: string, rowId: string): string {
    const dataKey = randomBytes(KEY_BYTES);
    return [
      VERSION,
      this.keyId,
      encrypt(this.#key, dataKey, rowId).toString('base64url'),
      encrypt(dataKey, Buffer.from(secret, 'utf8'), rowId).toString('base64url'),
    ].join('.');
  }

  /**
   * Decrypts what {@link seal} made for the row with this id.
   *
   * @throws {SecretKeyError} when it was sealed under another key, for another row, or was altered.
   */
  open(sealed: string, rowId: string): string {
    const [version, keyId, wrapped, ciphertext] = sealed.split('.');
    if (version !== VERSION || wrapped === undefined || ciphertext === undefined) {
      throw new SecretKeyError(
        'a stored secret has an unknown form; it may come from a newer version of Troupe',
      );
    }
    if (keyId !== this.keyId) {
      throw new SecretKeyError(
        `a stored secret was encrypted under another key (${String(keyId)}; this host's is ${this.keyId})`,
        {
          remedy: 'Set SECRET_KEY or SECRET_KEY_FILE to the key it was stored under, or enter it again.',
        },
      );
    }
    try {
      const dataKey = decrypt(this.#key, Buffer.from(wrapped, 'base64url'), rowId);
      return decrypt(dataKey, Buffer.from(ciphertext, 'base64url'), rowId).toString('utf8');
    } catch (cause) {
      throw new SecretKeyError('a stored secret was altered, or copied from another row', {
        remedy: 'Enter it again.',
        cause,
      });
    }
  }

  /** Equal for equal secrets and useless without the key: finds a token that is already somebody's. */
  fingerprint(secret: string): string {
    return createHmac('sha256', this.#fingerprintKey).update(secret).digest('hex');
  }
}

/** iv, ciphertext and tag, one after the other. */
function encrypt(key: Buffer, plaintext: Buffer, additionalData: string): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(additionalData, 'utf8'));
  return Buffer.concat([iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, sealed: Buffer, additionalData: string): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(additionalData, 'utf8'));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  return Buffer.concat([
    decipher.update(sealed.subarray(IV_BYTES, sealed.length - TAG_BYTES)),
    decipher.final(),
  ]);
}

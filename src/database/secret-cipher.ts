import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';

/** Length of every key here, in bytes (AES-256). */
export const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts with AES-256-GCM: a fresh IV, the ciphertext and the tag, one after the other. */
export function encrypt(key: Buffer, plaintext: Buffer, additionalData: string): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(additionalData, 'utf8'));
  return Buffer.concat([iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/**
 * Decrypts what {@link encrypt} made.
 *
 * @throws when the key or the additional data is another one, or the text was altered
 */
export function decrypt(key: Buffer, sealed: Buffer, additionalData: string): Buffer {
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

/** Tells keys apart without telling anything about them: 8 hexadecimal digits. */
export function keyIdOf(key: Buffer): string {
  return createHash('sha256').update('troupe key id').update(key).digest('hex').slice(0, 8);
}

/** A keyed hash of a secret, in hexadecimal: equal for equal secrets, and useless without the key. */
export function fingerprintOf(secret: string, key: Buffer): string {
  const fingerprintKey = createHmac('sha256', key).update('troupe token fingerprint').digest();
  return createHmac('sha256', fingerprintKey).update(secret).digest('hex');
}

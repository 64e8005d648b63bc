import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SecretBox, SecretKeyError } from '../../src/database/secret-box.ts';

const KEY = Buffer.alloc(32, 1);
const box = new SecretBox(KEY);

function refusal(open: () => string): SecretKeyError {
  try {
    open();
  } catch (error) {
    if (error instanceof SecretKeyError) return error;
    throw error;
  }
  throw new Error('it was opened');
}

describe('a secret box', () => {
  it('gives back any secret, also in a later process with the same key', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.uuid(), (secret, row) => {
        expect(new SecretBox(Buffer.from(KEY)).open(box.seal(secret, row), row)).toBe(secret);
      }),
    );
  });

  it('shows nothing of the secret, and never the same form twice', () => {
    const sealed = Array.from({ length: 20 }, () => box.seal('the-very-secret-token', 'row'));
    expect(new Set(sealed.flatMap((one) => one.split('.').slice(2))).size).toBe(40);
    for (const one of sealed) {
      expect(one).not.toContain('secret');
      expect(Buffer.from(one.split('.')[3] ?? '', 'base64url').toString('latin1')).not.toContain('secret');
    }
  });

  it('opens what it sealed before: the stored form does not change', () => {
    const [version, keyId, ...rest] = box.seal('token', 'row').split('.');
    expect([version, keyId, rest.length]).toEqual(['v1', box.keyId, 2]);
    expect(box.keyId).toMatch(/^[0-9a-f]{8}$/);
  });

  it('opens nothing with another key, and names both keys and the remedy', () => {
    const other = new SecretBox(Buffer.alloc(32, 2));
    const error = refusal(() => other.open(box.seal('token', 'row'), 'row'));
    expect(error.message).toContain(box.keyId);
    expect(error.message).toContain(other.keyId);
    expect(error.remedy).toContain('SECRET_KEY');
  });

  it('opens nothing for another row than it was sealed for', () => {
    const error = refusal(() => box.open(box.seal('token', 'row 1'), 'row 2'));
    expect(error.message).toContain('another row');
  });

  it('opens nothing that was altered, in whichever place', () => {
    const sealed = box.seal('the-very-secret-token', 'row');
    const [version = '', keyId = '', wrapped = '', ciphertext = ''] = sealed.split('.');
    fc.assert(
      fc.property(
        fc.constantFrom('wrapped', 'ciphertext'),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (part, at, flip) => {
          const bytes = Buffer.from(part === 'wrapped' ? wrapped : ciphertext, 'base64url');
          const index = at % bytes.length;
          bytes[index] = (bytes[index] ?? 0) ^ flip;
          const altered = bytes.toString('base64url');
          const parts = part === 'wrapped' ? [altered, ciphertext] : [wrapped, altered];
          const error = refusal(() => box.open([version, keyId, ...parts].join('.'), 'row'));
          expect(error.message).toContain('altered');
        },
      ),
    );
  });

  it.each(['', 'plain-token', 'v2.00000000.a.b', 'v1.00000000', 'v1', '....'])(
    'refuses in words what it does not know: "%s"',
    (sealed) => {
      expect(refusal(() => box.open(sealed, 'row')).message).toMatch(/unknown form|another key/);
    },
  );

  it.each(['', 'AA', 'A'.repeat(30)])('refuses in words what was cut short: "%s"', (rest) => {
    expect(refusal(() => box.open(`v1.${box.keyId}.${rest}.${rest}`, 'row')).message).toContain('altered');
  });

  it('never has the secret in an error', () => {
    const sealed = box.seal('the-very-secret-token', 'row');
    const error = refusal(() => box.open(sealed, 'other row'));
    expect(`${error.message} ${error.remedy} ${String(error.cause)}`).not.toContain('very-secret');
  });

  it('has one fingerprint for one secret, another for another, and none that helps without the key', () => {
    expect(box.fingerprint('a')).toBe(new SecretBox(Buffer.from(KEY)).fingerprint('a'));
    expect(box.fingerprint('a')).not.toBe(box.fingerprint('b'));
    expect(box.fingerprint('a')).not.toBe(new SecretBox(randomBytes(32)).fingerprint('a'));
    expect(box.fingerprint('a')).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('a secret box with older keys', () => {
  const [NEW, OLD] = [Buffer.alloc(32, 2), KEY];
  const ring = new SecretBox(NEW, { previous: [OLD] });

  it('opens what was sealed under any, and seals under the current one', () => {
    expect(ring.open(box.seal('token', 'row'), 'row')).toBe('token');
    const sealed = ring.seal('token', 'row');
    expect(new SecretBox(NEW).open(sealed, 'row')).toBe('token');
    expect([ring.isCurrent(sealed), ring.isCurrent(box.seal('token', 'row'))]).toEqual([true, false]);
  });

  it('renews what is under an older key, and leaves the rest alone', () => {
    const renewed = ring.renew(box.seal('token', 'row'), 'row');
    expect(new SecretBox(NEW).open(renewed, 'row')).toBe('token');
    expect(ring.renew(renewed, 'row')).toBe(renewed);
    expect(() => ring.renew(box.seal('token', 'row'), 'other row')).toThrow(SecretKeyError);
  });

  it('knows a secret by its fingerprints under all keys', () => {
    expect(ring.fingerprint('a')).toBe(new SecretBox(NEW).fingerprint('a'));
    expect(ring.fingerprints('a').sort()).toEqual([ring.fingerprint('a'), box.fingerprint('a')].sort());
  });

  it('names all of its keys when none fits', () => {
    const sealed = new SecretBox(Buffer.alloc(32, 3)).seal('token', 'row');
    const { message } = refusal(() => ring.open(sealed, 'row'));
    for (const id of ring.keyIds) expect(message).toContain(id);
  });
});

describe('a secret box whose keys are replaced meanwhile', () => {
  const NEW = Buffer.alloc(32, 2);

  /** A box that finds these keys when it reads again. */
  function watching(...found: Buffer[]) {
    let reads = 0;
    const reread = () => (reads++ === 0 ? found : undefined);
    return { late: new SecretBox(KEY, { reread }), reads: () => reads };
  }

  it('opens what is under the new key, and seals under it from then on', () => {
    const { late } = watching(NEW, KEY);
    expect(late.open(new SecretBox(NEW).seal('token', 'row'), 'row')).toBe('token');
    expect(late.isCurrent(new SecretBox(NEW).seal('token', 'row'))).toBe(true);
  });

  it('does not read them again for what it can open', () => {
    const { late, reads } = watching(NEW);
    expect(late.open(box.seal('token', 'row'), 'row')).toBe('token');
    expect(reads()).toBe(0);
  });

  it('still opens what was under a key that is gone: somebody may have read it before', () => {
    const { late } = watching(NEW);
    late.refresh();
    expect(late.keyId).toBe(new SecretBox(NEW).keyId);
    expect(late.open(box.seal('token', 'row'), 'row')).toBe('token');
  });

  it('tells of a key that it lacks, also when the keys cannot be read any more', () => {
    const reread = () => {
      throw new Error('the file is gone');
    };
    const late = new SecretBox(KEY, { reread });
    const error = refusal(() => late.open(new SecretBox(NEW).seal('token', 'row'), 'row'));
    expect(error.message).toContain('another key');
    expect(String(error.cause)).toContain('the file is gone');
    expect(() => {
      late.refresh();
    }).toThrow('the file is gone');
  });
});

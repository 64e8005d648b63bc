import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { InputError, UnavailableError } from '../errors.ts';

/** How hard it is to guess from a hash. */
export interface PasswordCost {
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** The first of OWASP's recommendations for argon2id that fits a small machine: 19 MiB, two passes, one thread. */
export const PASSWORD_COST: PasswordCost = { memory: 19_456, passes: 2, parallelism: 1 };

/** In characters. No other rules: length is what counts, and pass phrases should be let in. */
const MIN_LENGTH = 12;
const MAX_LENGTH = 1_024;

const SALT_BYTES = 16;
const TAG_BYTES = 32;

/** At once, since each takes {@link PASSWORD_COST}'s memory; and how many may wait. */
const MAX_AT_ONCE = 2;
const MAX_WAITING = 20;

/** Of memory in KiB and of passes that a stored hash may ask for: the database is not to exhaust the host. */
const MAX_MEMORY = 262_144;
const MAX_PASSES = 16;

const derive = promisify(argon2);

/** Makes and compares the hashes that stand in for passwords. */
export interface Passwords {
  /**
   * @returns a PHC string
   * @throws {UnavailableError} when too many wait
   */
  hash(password: string): Promise<string>;
  /**
   * Does this when its turn comes: few passwords are compared at once.
   *
   * @throws {UnavailableError} when too many wait
   */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result>;
  /**
   * Takes as long for an unknown name as for a wrong password. To be called {@link inTurn}.
   *
   * @param phc - undefined: there is nobody of that name
   */
  matches(password: string, phc: string | undefined): Promise<boolean>;
  /** Whether a hash was made at another cost than is asked for now. */
  isOutdated(phc: string): boolean;
}

/**
 * The password as it is hashed: one Unicode form, so that it is the same from every keyboard.
 *
 * @throws {InputError} when it is too short or too long
 */
export function checkPassword(password: string): string {
  const tidy = password.normalize('NFKC');
  if (Array.from(tidy).length < MIN_LENGTH) {
    throw new InputError(`the password is too short: it needs ${MIN_LENGTH} characters or more`);
  }
  if (tidy.length > MAX_LENGTH) {
    throw new InputError(`the password is too long: it may have ${MAX_LENGTH} characters`);
  }
  return tidy;
}

/** @param cost - of new hashes */
export function createPasswords(cost: PasswordCost = PASSWORD_COST): Passwords {
  const limited = limiter(MAX_AT_ONCE, MAX_WAITING);
  // Nobody's: what a password is compared with when there is nobody of that name.
  const nobody = encode({ ...cost, salt: randomBytes(SALT_BYTES), tag: randomBytes(TAG_BYTES) });
  return {
    inTurn: limited,
    async hash(password) {
      const salt = randomBytes(SALT_BYTES);
      const tag = await limited(() => tagOf(password, { ...cost, salt }, TAG_BYTES));
      return encode({ ...cost, salt, tag });
    },
    async matches(password, phc) {
      const stored = decode(phc ?? nobody);
      if (stored === undefined || password.length > MAX_LENGTH) return false;
      const tag = await tagOf(password.normalize('NFKC'), stored, stored.tag.length);
      return timingSafeEqual(tag, stored.tag) && phc !== undefined;
    },
    isOutdated(phc) {
      const stored = decode(phc);
      return (
        stored?.memory !== cost.memory ||
        stored.passes !== cost.passes ||
        stored.parallelism !== cost.parallelism
      );
    },
  };
}

interface Hash extends PasswordCost {
  readonly salt: Buffer;
  readonly tag: Buffer;
}

function tagOf(password: string, { salt, ...cost }: Omit<Hash, 'tag'>, tagLength: number): Promise<Buffer> {
  const { memory, passes, parallelism } = cost;
  return derive('argon2id', {
    message: Buffer.from(password, 'utf8'),
    nonce: salt,
    memory,
    passes,
    parallelism,
    tagLength,
  });
}

/** See the PHC string format: $argon2id$v=19$m=…,t=…,p=…$salt$hash, in base64 without padding. */
function encode({ memory, passes, parallelism, salt, tag }: Hash): string {
  const [salted, tagged] = [salt, tag].map((bytes) => bytes.toString('base64').replaceAll('=', ''));
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${salted ?? ''}$${tagged ?? ''}`;
}

const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([\w+/]{11,64})\$([\w+/]{22,128})$/;

function decode(phc: string): Hash | undefined {
  const [, m, t, p, salt = '', tag = ''] = PHC.exec(phc) ?? [];
  const cost = { memory: Number(m), passes: Number(t), parallelism: Number(p) };
  // Not a number: no such string.
  const isBearable = cost.memory <= MAX_MEMORY && cost.passes <= MAX_PASSES && cost.passes > 0;
  if (!isBearable || cost.parallelism < 1 || cost.memory < 8 * cost.parallelism) return undefined;
  return { ...cost, salt: Buffer.from(salt, 'base64'), tag: Buffer.from(tag, 'base64') };
}

/** So many at once; the others wait in order, but no more than so many. */
function limiter(
  atOnce: number,
  maxWaiting: number,
): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= atOnce) {
      if (waiting.length >= maxWaiting) {
        throw new UnavailableError(
          'too many people are logging in at this moment; try again in a few seconds',
        );
      }
      // Whoever ends hands its place over.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

import { InputError } from '../errors.ts';

/** In UTF-16 units, as the column has it. */
const MAX_NAME = 80;

/**
 * The names that collide with this one, all have this key: no case, no outer white space, one Unicode form. What no name
 * can be has one too, which a database takes and nobody has.
 */
export function adminNameKey(name: string): string {
  // PostgreSQL takes no NUL.
  return name
    .slice(0, 4 * MAX_NAME)
    .replaceAll('\0', '\ufffd')
    .toWellFormed()
    .normalize('NFKC')
    .trim()
    .toLowerCase();
}

/**
 * The name of an admin user as it is kept.
 *
 * @throws {InputError} when it cannot be one
 */
export function tidyAdminName(text: string): string {
  const name = text.normalize('NFC').trim();
  if (name === '') throw new InputError('a name is needed');
  if (name.length > MAX_NAME || adminNameKey(name).length > 2 * MAX_NAME) {
    throw new InputError(`the name is longer than ${MAX_NAME} characters`);
  }
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(name)) {
    throw new InputError('the name holds characters that cannot be seen');
  }
  return name;
}

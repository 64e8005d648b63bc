import { InvalidArgumentError } from 'commander';

/** Discord's ids are below. */
const END_OF_IDS = 2n ** 64n;

/**
 * A Discord id of a user, as it stands on a command line.
 *
 * @throws {InvalidArgumentError} when it is none
 */
export function parseUserId(text: string): string {
  if (/^[1-9]\d{0,19}$/.test(text) && BigInt(text) < END_OF_IDS) return text;
  throw new InvalidArgumentError('A Discord id has digits only and is below 2^64, like 81384788765712384.');
}

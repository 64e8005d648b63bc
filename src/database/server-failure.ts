import { ConfigError, type TroupeError, UnavailableError } from '../errors.ts';
import { placeOf, type ServerAddress } from './server-address.ts';

/** There is no such database at the server, and none was made. */
export class NoDatabaseError extends ConfigError {}

/** Why a server cannot be used, as it was found out. */
export type ServerFailure = 'not-let-in' | 'no-database' | 'no-rights' | 'unreachable';

/**
 * Says in words why a server cannot be used, without the password.
 *
 * @param product - the server's name for people
 * @param creation - what makes the database, for whoever has the rights
 */
export function serverFailure(
  failure: ServerFailure,
  product: string,
  address: ServerAddress,
  creation: string,
  cause: unknown,
): TroupeError {
  const { database } = address;
  const place = placeOf(address);
  const user = address.user === undefined ? 'the user without a name' : `the user ${address.user}`;
  switch (failure) {
    case 'not-let-in':
      return new ConfigError(`DATABASE_URL: ${product} at ${place} does not let ${user} in`, {
        remedy: 'Correct the name and the password in DATABASE_URL, special characters percent-encoded.',
        cause,
      });
    case 'no-database':
      return new NoDatabaseError(`DATABASE_URL: there is no database ${database} at ${place}`, {
        remedy: `Make it: ${creation}`,
        cause,
      });
    case 'no-rights':
      return new ConfigError(`DATABASE_URL: ${user} may not use the database ${database} at ${place}`, {
        remedy: `Have the database's owner grant ${user} all rights on it, or make it: ${creation}`,
        cause,
      });
    case 'unreachable':
      return new UnavailableError(`cannot reach ${product} at ${place}`, {
        remedy: 'Start the server, or correct DATABASE_URL.',
        cause,
      });
  }
}

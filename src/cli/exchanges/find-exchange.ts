import { InvalidArgumentError } from 'commander';
import type { ExchangeLog, LoggedExchange } from '../../messages/exchange-log.ts';
import { InputError } from '../../errors.ts';
import { exchangeTable } from './describe-exchange.ts';

/**
 * An id of an exchange, or its reference, as it stands on a command line.
 *
 * @throws {InvalidArgumentError} when it is neither
 */
export function parseExchangeId(text: string): string {
  const id = text.toLowerCase();
  if (/^[\da-f]{8}$/.test(id) || /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(id)) return id;
  throw new InvalidArgumentError(
    'It must be an id, or a reference of 8 digits and letters a to f, as failure notices have it.',
  );
}

/**
 * The one exchange of that id or reference.
 *
 * @throws {InputError} when there is none, or several: then it lists them
 */
export async function findExchange(
  asked: string,
  exchanges: Pick<ExchangeLog, 'find'>,
): Promise<LoggedExchange> {
  const found = await exchanges.find(asked);
  const [only] = found;
  if (only === undefined) {
    throw new InputError(`there is no exchange ${asked}`, {
      remedy: 'npm run exchanges -- list shows the last ones.',
    });
  }
  if (found.length === 1) return only;
  const ids = found.map(({ id }) => `${id}\n`).join('');
  throw new InputError(`${found.length} exchanges have the reference ${asked}`, {
    remedy: `Say which one by its id:\n${ids}${exchangeTable(found)}`.trimEnd(),
  });
}

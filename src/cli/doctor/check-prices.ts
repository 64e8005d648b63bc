import type { PricesConfig } from '../../config/config.ts';
import { InputError } from '../../errors.ts';
import { silentLogger } from '../../observability/logger.ts';
import { readPriceList } from '../../prices-file/read-price-list.ts';
import { type Finding, ok, wrong } from './finding.ts';

/** Whether the prices of models can be read. */
export function checkPrices({ file, optional }: PricesConfig): Finding {
  try {
    readPriceList(file, { optional, logger: silentLogger });
    return ok('prices', `read ${file}`);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const remedy = error.remedy === '' ? `Correct ${file}.` : error.remedy;
    return wrong('prices', error.message.replaceAll('\n', '; '), remedy);
  }
}

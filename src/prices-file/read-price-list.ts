import { readFileSync, statSync } from 'node:fs';
import { InputError, messageOf } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import { type Incidents, NO_INCIDENTS } from '../recovery/incidents.ts';
import type { Price, PriceList } from '../usage/price-list.ts';
import { parsePrices } from './parse-prices.ts';
import { PriceTable } from './price-table.ts';

/** What a price list is read with. */
export interface PriceListOptions {
  /** Whether the file may be missing: then no model has a price. Default: it must be there. */
  readonly optional?: boolean;
  readonly logger: Logger;
  /** Milliseconds since 1970. Default: the clock's. */
  readonly now?: () => number;
  /** Told of a file that is broken. Default: nobody is. */
  readonly incidents?: Incidents;
}

/** How often the file is looked at, in milliseconds, at most. */
const LOOK_INTERVAL = 10_000;

/** Prices are few; what is larger is another file. */
const MAX_BYTES = 1024 * 1024;

/**
 * The prices of a file, see {@link parsePrices}. While it is in use the file is read again when it has changed: it
 * is looked at every 10 s at most, when a price is asked for. A new version that is wrong is told to the log, and
 * the old prices stay.
 *
 * @throws {InputError} when the file cannot be read or is wrong
 */
export function readPriceList(file: string, options: PriceListOptions): PriceList {
  return new PriceFile(file, options);
}

class PriceFile implements PriceList {
  readonly #file: string;
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #incidents: Incidents;
  #version: string;
  #table: PriceList;
  #lookedAt: number;

  constructor(file: string, options: PriceListOptions) {
    const { optional = false, logger, now = Date.now, incidents = NO_INCIDENTS } = options;
    this.#incidents = incidents;
    this.#file = file;
    this.#logger = logger;
    this.#now = now;
    this.#lookedAt = now();
    this.#version = versionOf(file);
    const isMissing = this.#version === MISSING && optional;
    this.#table = isMissing ? new PriceTable(new Map()) : readTable(file);
  }

  priceOf(provider: string, model: string): Price | undefined {
    const now = this.#now();
    if (now - this.#lookedAt >= LOOK_INTERVAL) {
      this.#lookedAt = now;
      this.#look();
    }
    return this.#table.priceOf(provider, model);
  }

  #look(): void {
    const version = versionOf(this.#file);
    if (version === this.#version) return;
    // Noted before it is read: what is wrong is told once, and what changes meanwhile is read the next time.
    this.#version = version;
    try {
      this.#table = readTable(this.#file);
      this.#logger.info('the prices of models were read again', { file: this.#file });
      this.#incidents.recovered('prices-file');
    } catch (error) {
      this.#incidents.report('prices-file', 'broken', { error });
      this.#logger.error('the prices of models have changed and cannot be used; the old ones stay', {
        file: this.#file,
        error,
      });
    }
  }
}

const MISSING = 'missing';

/** What tells one version of a file from another. */
function versionOf(file: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return MISSING;
  }
}

function readTable(file: string): PriceTable {
  return new PriceTable(parsePrices(readText(file), file));
}

function readText(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new InputError(`the price file ${file} cannot be read: ${messageOf(error)}`, {
      remedy: 'PRICES_FILE names it.',
      cause: error,
    });
  }
  if (bytes.length > MAX_BYTES) throw new InputError(`the price file ${file} is larger than 1 MiB`);
  return bytes.toString('utf8');
}

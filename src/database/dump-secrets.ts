import { readFile } from 'node:fs/promises';
import type { SecretKeyConfig } from '../config/config.ts';
import { TroupeError } from '../errors.ts';
import type { DumpBatch } from './dump.ts';
import { sealedSecrets } from './sealed-config.ts';
import { SecretBox } from './secret-box.ts';
import { parseSecretKeys } from './secret-key.ts';

/** How many of a dump's secrets open with the keys that are here. */
export class DumpSecrets {
  readonly #box: SecretBox | undefined;
  #total = 0;
  #opened = 0;
  #reason = '';

  /** @param box - undefined: there is no key here */
  constructor(box: SecretBox | undefined) {
    this.#box = box;
    if (box === undefined) this.#reason = 'there is no key here';
  }

  /** Tokens and keys, all that were looked at. */
  get total(): number {
    return this.#total;
  }

  /** Those that open. */
  get opened(): number {
    return this.#opened;
  }

  /** Why one does not open; empty when all do. */
  get reason(): string {
    return this.#reason;
  }

  /** Tries to open the secrets in these rows. */
  look({ table, rows }: DumpBatch): void {
    if (table.name !== 'agents') return;
    for (const { id, discord_token: token, config } of rows) {
      if (typeof token === 'string') this.#try(token, String(id));
      for (const { sealed } of sealedSecrets(config)) this.#try(sealed, String(id));
    }
  }

  #try(sealed: string, rowId: string): void {
    this.#total += 1;
    try {
      this.#box?.open(sealed, rowId);
      if (this.#box !== undefined) this.#opened += 1;
    } catch (error) {
      if (!(error instanceof TroupeError)) throw error;
      this.#reason = error.message;
    }
  }
}

/**
 * The keys as they are; none is made.
 *
 * @returns undefined when there is none
 * @throws {ConfigError} when the file holds anything else
 */
export async function presentKeys({
  key,
  previous = [],
  file,
}: SecretKeyConfig): Promise<SecretBox | undefined> {
  if (key !== undefined) return new SecretBox(key, { previous });
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const [current, ...others] = parseSecretKeys(content, file);
  return new SecretBox(current, { previous: others });
}

import { attempt } from './attempt.ts';
import { checkFolder, foldersOf } from './check-folders.ts';
import { checkPrices } from './check-prices.ts';
import type { CheckedSettings } from './check-settings.ts';
import { checkSpace, freeBytes as realFreeBytes } from './check-space.ts';
import { type Finding, skipped } from './finding.ts';

/** What files are examined with. */
export interface FileTools {
  /** How long a check may take, in milliseconds. */
  readonly timeout: number;
  /** How much may still be written where a folder is, in bytes. Default: as the file system tells. */
  readonly freeBytes?: ((folder: string) => Promise<number>) | undefined;
}

/** Checks what a host reads and writes besides its database. Makes nothing. Never throws. */
export async function examineFiles(
  { config, broken }: CheckedSettings,
  { timeout, freeBytes = realFreeBytes }: FileTools,
): Promise<Finding[]> {
  const single = (name: string, check: () => Finding | Promise<Finding>): Promise<readonly Finding[]> =>
    attempt(name, timeout, async () => [await check()]);
  const folders = [...foldersOf(config, broken)];
  const data = folders.find(([name]) => name === 'data folder')?.[1];
  const findings = await Promise.all([
    ...folders.map(([name, folder]) => single(name, () => checkFolder(name, folder))),
    ...(data === undefined
      ? []
      : [single('disk space', async () => checkSpace(data, await freeBytes(data)))]),
    broken.has('PRICES_FILE')
      ? [skipped('prices', 'PRICES_FILE is wrong')]
      : single('prices', () => checkPrices(config.prices)),
  ]);
  return findings.flat();
}

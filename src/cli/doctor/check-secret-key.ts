import { stat } from 'node:fs/promises';
import type { SecretKeyConfig } from '../../config/config.ts';
import { type Finding, ok, warning, wrong } from './finding.ts';

/** Whether there is a key, or none is needed yet. */
export interface CheckedKey {
  readonly finding: Finding;
  /** Whether there is a key. */
  readonly exists: boolean;
}

/**
 * Whether the key for secrets at rest is there, and its owner's alone. Makes none.
 *
 * @param sealed - how many agents have secrets that were encrypted with one
 */
export async function checkSecretKey({ key, file }: SecretKeyConfig, sealed: number): Promise<CheckedKey> {
  if (key !== undefined) return { finding: ok('key', 'SECRET_KEY is set'), exists: true };
  const mode = await modeOf(file);
  if (mode === undefined) return { finding: missing(file, sealed), exists: false };
  const isOpen = process.platform !== 'win32' && (mode & 0o077) !== 0;
  const finding = isOpen
    ? warning('key', `others on this machine may read ${file} (mode ${octal(mode)})`, `chmod 600 ${file}`)
    : ok('key', file);
  return { finding, exists: true };
}

function missing(file: string, sealed: number): Finding {
  if (sealed === 0) return ok('key', `there is none at ${file} yet; the first start makes it`);
  const agents = sealed === 1 ? '1 agent' : `${sealed} agents`;
  return wrong(
    'key',
    `there is none at ${file}, and ${agents} have secrets that were encrypted with it`,
    'Restore the file or set SECRET_KEY; or remove the secrets and enter them again.',
  );
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}

async function modeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).mode;
  } catch {
    return undefined;
  }
}

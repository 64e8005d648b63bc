import { realpath, rename, rm, stat } from 'node:fs/promises';
import { ConfigError } from '../errors.ts';
import type { SecretKeys } from './secret-key.ts';
import { syncFolder, writeKeyDraft } from './secret-key-draft.ts';

/** The bits of a mode that let others in than the owner, and those that let a group read alone. */
const OTHERS = 0o077;
const GROUP_READS = 0o040;

/**
 * Has a key file hold these keys, whole or not at all, and for good: they survive the loss of power.
 *
 * The file stays its owner's, who alone can read it; where its group alone could too, as with a container's secrets,
 * it still can. Two processes must not do
 * this at once.
 *
 * @throws {ConfigError} when it cannot be replaced; it is then as it was
 */
export async function replaceSecretKeys(file: string, keys: SecretKeys): Promise<void> {
  let draft: string | undefined;
  try {
    // Where a link leads, there the file is.
    const target = await realpath(file);
    draft = `${target}.new`;
    const { mode, uid, gid } = await stat(target);
    // Left behind by a process that was killed.
    await rm(draft, { force: true });
    const forGroup = (mode & OTHERS) === GROUP_READS ? GROUP_READS : 0;
    await writeKeyDraft(draft, keys, { mode: 0o600 | forGroup, uid, gid });
    await rename(draft, target);
    await syncFolder(target);
  } catch (cause) {
    if (draft !== undefined) await rm(draft, { force: true }).catch(() => undefined);
    throw new ConfigError(
      `SECRET_KEY_FILE: cannot replace ${file}; its folder must be writable, and you its owner`,
      { cause },
    );
  }
}

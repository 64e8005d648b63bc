import { randomBytes } from 'node:crypto';
import { InputError } from '../errors.ts';
import type { Dialect } from './dialect.ts';
import type { PrismaClient } from './generated/sqlite/client.ts';
import { withAgentsLocked } from './lock-agents.ts';
import type { SecretBox } from './secret-box.ts';
import { KEY_BYTES, keyIdOf } from './secret-cipher.ts';
import { loadSecretKeys } from './secret-key.ts';
import { replaceSecretKeys } from './secret-key-replace.ts';
import { renewSecrets } from './secret-renewal.ts';
import { type SecretSurvey, surveySecrets, type UnopenedSecret } from './secret-survey.ts';

/** What {@link rotateSecrets} works with. */
export interface RotationTools {
  readonly client: PrismaClient;
  /** Which database it is. */
  readonly provider: Dialect['provider'];
  readonly secrets: SecretBox;
  /** The file that holds the keys; undefined when they come from the environment. */
  readonly keyFile: string | undefined;
  /** Makes what was committed so far survive the loss of power. */
  readonly flush: () => Promise<void>;
  /** How many agents are done, of how many; called after each transaction. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** What became of a rotation. */
export interface Rotation {
  /** The id of the key that secrets are under now. */
  readonly keyId: string;
  /** Whether this finished what was begun before. */
  readonly resumed: boolean;
  /** How many secrets are stored. */
  readonly total: number;
  /** How many of them were encrypted anew. */
  readonly renewed: number;
  /** The ids of keys that are needed no more and were removed from the key file. */
  readonly removed: readonly string[];
  /** The ids of older keys that this host still has because secrets are left under them. */
  readonly kept: readonly string[];
  /** What could not be encrypted anew, and is as it was. */
  readonly left: readonly UnopenedSecret[];
}

/** Agents in one transaction, so that nobody else who writes waits for long. */
const BATCH = 25;

/** How long to wait for others who write, and for one transaction, in ms. */
const PATIENCE = { maxWait: 60_000, timeout: 300_000 };

/**
 * Encrypts every stored secret anew: under a new key where keys are in a file, otherwise under the current one. What
 * was begun before is finished; see {@link isRotationBegun}.
 *
 * Killed at any moment, everything opens with the keys that are in the file: the new key is there before anything is
 * under it, and the old one until nothing is. The file changes only while nobody else writes agents;
 * whoever stores a secret looks at the file when nobody else does, too.
 *
 * @throws {InputError} when the keys come from the environment and there is no older one.
 * @throws {ConfigError} when the key file cannot be replaced.
 */
export async function rotateSecrets(tools: RotationTools): Promise<Rotation> {
  const { client, provider, secrets, onProgress } = tools;
  const resumed = await begin(tools);
  // With the lock, so as to wait for whoever still stores under the older key.
  const ids = await withAgentsLocked(client, provider, PATIENCE, (transaction) =>
    transaction.agent.findMany({ select: { id: true } }),
  );
  const left: UnopenedSecret[] = [];
  let renewed = 0;
  for (let done = 0; done < ids.length; done += BATCH) {
    const batch = ids.slice(done, done + BATCH).map(({ id }) => id);
    const renewal = await withAgentsLocked(client, provider, PATIENCE, (transaction) => {
      secrets.refresh();
      return renewSecrets(transaction, batch, secrets);
    });
    renewed += renewal.renewed;
    left.push(...renewal.left);
    onProgress?.(done + batch.length, ids.length);
  }
  return { keyId: secrets.keyId, resumed, renewed, left, ...(await finish(tools)) };
}

/** Puts a new key into the file, unless one is there already; says whether it is. */
async function begin({ client, provider, secrets, keyFile }: RotationTools): Promise<boolean> {
  if (keyFile === undefined) {
    if (secrets.keyIds.length > 1) return false;
    throw new InputError(
      'SECRET_KEY is set and SECRET_KEY_PREVIOUS is not: there is no new key to rotate to',
      {
        remedy: STEPS,
      },
    );
  }
  // Two rotations at once: the second finds the first one's key in the file.
  return withAgentsLocked(client, provider, PATIENCE, async (transaction) => {
    secrets.refresh();
    const { keys } = await loadSecretKeys(keyFile);
    if (isRotationBegun(keys, await surveySecrets(transaction, secrets))) return true;
    await replaceSecretKeys(keyFile, [randomBytes(KEY_BYTES), ...keys]);
    return false;
  });
}

/**
 * Whether something is left to do of an earlier rotation: an older key still opens a secret, or nothing is under it. An
 * older key that stays for the sake of what cannot be opened holds up no later rotation.
 *
 * @param keys - of the key file, the current one first
 */
export function isRotationBegun(
  [, ...older]: readonly Buffer[],
  { byKey, opening }: Pick<SecretSurvey, 'byKey' | 'opening'>,
): boolean {
  return older.map(keyIdOf).some((id) => opening.has(id) || !byKey.has(id));
}

const STEPS = `Make a key: openssl rand -base64 32
Set SECRET_KEY to it and SECRET_KEY_PREVIOUS to what SECRET_KEY was, for the host too, and restart the host.
Run this again, then remove SECRET_KEY_PREVIOUS.`;

/** Takes the keys that nothing is under any more out of the file. */
async function finish({
  client,
  provider,
  secrets,
  keyFile,
  flush,
}: RotationTools): Promise<Pick<Rotation, 'total' | 'removed' | 'kept'>> {
  return withAgentsLocked(client, provider, PATIENCE, async (transaction) => {
    secrets.refresh();
    const { total, byKey } = await surveySecrets(transaction, secrets);
    const isNeeded = (key: Buffer): boolean => byKey.has(keyIdOf(key));
    const kept = secrets.keyIds.filter((id) => id !== secrets.keyId && byKey.has(id));
    if (keyFile === undefined) return { total, removed: [], kept };
    const [current, ...others] = (await loadSecretKeys(keyFile)).keys;
    const removed = others.filter((key) => !isNeeded(key)).map(keyIdOf);
    if (removed.length > 0) {
      await flush();
      await replaceSecretKeys(keyFile, [current, ...others.filter(isNeeded)]);
    }
    return { total, removed, kept };
  });
}

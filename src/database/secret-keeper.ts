import { rm } from 'node:fs/promises';
import { ConfigError } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import type { Auditor } from './auditor.ts';
import { isRotationBegun, type Rotation, rotateSecrets, type RotationTools } from './rotate-secrets.ts';
import { loadSecretKeys } from './secret-key.ts';
import { type KeyFileMode, keyFileMode } from './secret-key-watch.ts';
import { surveySecrets, type SecretSurvey } from './secret-survey.ts';

/** What there is to know of stored secrets and their keys, and nothing secret. */
export interface SecretStatus extends Omit<SecretSurvey, 'byKey' | 'opening'> {
  /** The file that the keys are in; undefined when they come from SECRET_KEY. */
  readonly file: string | undefined;
  /** Who may use that file; undefined without one, and on Windows. */
  readonly fileMode: KeyFileMode | undefined;
  /** Whether a rotation was begun and is not finished; see {@link isRotationBegun}. */
  readonly rotationBegun: boolean;
  /** The keys that this host has, the current one first, and those that it lacks. */
  readonly keys: readonly KeyStatus[];
}

/** A key, by its id. */
export interface KeyStatus {
  /** Empty for secrets of an unknown form. */
  readonly id: string;
  /** `current` encrypts, `previous` only opens, `missing` is not there. */
  readonly role: 'current' | 'previous' | 'missing';
  /** How many stored secrets are under it. */
  readonly secrets: number;
}

/** What {@link SecretKeeper} works with. */
export type SecretKeeperTools = Omit<RotationTools, 'onProgress'> & {
  readonly logger: Logger;
  readonly auditor: Auditor;
};

/** Looks after the keys of stored secrets. */
export class SecretKeeper {
  readonly #tools: SecretKeeperTools;

  constructor(tools: SecretKeeperTools) {
    this.#tools = tools;
  }

  /**
   * For a key file that was made just now: beside stored secrets it means that the key was lost. The new one is removed.
   *
   * @throws {ConfigError} when there are secrets under keys that this host lacks.
   */
  async refuseLostKey(): Promise<void> {
    const { client, secrets, keyFile } = this.#tools;
    const { byKey } = await surveySecrets(client, secrets);
    // Another process that started at the same time may have stored some under the same new key.
    const lost = [...byKey].filter(([id]) => !secrets.keyIds.includes(id));
    if (keyFile === undefined || lost.length === 0) return;
    await rm(keyFile, { force: true });
    const sealed = lost.reduce((sum, [, count]) => sum + count, 0);
    throw new ConfigError(
      `SECRET_KEY_FILE: there is no key at ${keyFile}, but the database holds ${sealed} tokens and keys that were encrypted with one. ` +
        'Restore the file (or set SECRET_KEY), or put a new key there and enter them again',
    );
  }

  /**
   * For the start of a host: what some agents lack is logged, and a key file that others may read.
   *
   * @throws {ConfigError} when there are secrets and not one of them opens.
   */
  async check(): Promise<void> {
    const { client, secrets, keyFile, logger } = this.#tools;
    const { total, unopened } = await surveySecrets(client, secrets);
    refuseWrongKey({ total, unopened }, this.#tools);
    if (unopened.length > 0) {
      logger.warn('some stored tokens and keys cannot be opened; these agents cannot do their work', {
        agents: [...new Set(unopened.map(({ agent }) => agent))],
        reasons: [...new Set(unopened.map(({ reason }) => reason))],
      });
    }
    const mode = keyFile === undefined ? undefined : await keyFileMode(keyFile);
    if (mode?.tooOpen) {
      logger.warn(`SECRET_KEY_FILE: others may read or change ${String(keyFile)}; run chmod 600 on it`, {
        mode: mode.mode,
      });
    }
  }

  /** Counts and opens every stored secret. */
  async status(): Promise<SecretStatus> {
    const { client, secrets, keyFile } = this.#tools;
    const survey = await surveySecrets(client, secrets);
    const { total, byKey, unopened } = survey;
    const own = [secrets.keyId, ...secrets.keyIds.filter((id) => id !== secrets.keyId)];
    const missing = [...byKey.keys()].filter((id) => !own.includes(id));
    const keys = [...own, ...missing].map((id, index): KeyStatus => {
      const held = index === 0 ? 'current' : 'previous';
      return { id, role: index < own.length ? held : 'missing', secrets: byKey.get(id) ?? 0 };
    });
    const found = { file: keyFile, keys, total, unopened };
    if (keyFile === undefined) return { ...found, fileMode: undefined, rotationBegun: false };
    const rotationBegun = isRotationBegun((await loadSecretKeys(keyFile)).keys, survey);
    return { ...found, fileMode: await keyFileMode(keyFile), rotationBegun };
  }

  /**
   * Encrypts every stored secret anew; see {@link rotateSecrets}. Undefined when none is stored: a key that nothing
   * here needs may be another database's.
   *
   * @throws {ConfigError} when there are secrets and not one of them opens.
   */
  async rotate(onProgress?: RotationTools['onProgress']): Promise<Rotation | undefined> {
    const survey = await surveySecrets(this.#tools.client, this.#tools.secrets);
    if (survey.total === 0) return undefined;
    refuseWrongKey(survey, this.#tools);
    const rotation = await rotateSecrets({ ...this.#tools, onProgress });
    const { keyId, renewed, removed } = rotation;
    const after = { secrets: renewed, removed_keys: removed };
    // Not in one transaction: it works through the agents step by step, and a file is part of it.
    await this.#tools.auditor.append([
      { action: 'secrets.rotate', subject: { kind: 'secret-key', id: keyId }, after },
    ]);
    return rotation;
  }
}

/** A wrong key is better told at once than by every bot. */
function refuseWrongKey(
  { total, unopened }: Pick<SecretSurvey, 'total' | 'unopened'>,
  { keyFile }: Pick<SecretKeeperTools, 'keyFile'>,
): void {
  const [first] = unopened;
  if (first === undefined || unopened.length < total) return;
  const key = keyFile === undefined ? 'SECRET_KEY' : `SECRET_KEY_FILE: the key in ${keyFile}`;
  throw new ConfigError(
    `${key} opens none of the ${total} tokens and keys in the database: ${first.reason}. ` +
      'Restore the key that they were stored under, or enter them again (npm run agents)',
  );
}

import { namesSecret, variableReference } from '../agents/secret-settings.ts';

/** The only key of an object that stands for a secret. */
const SEALED = '$sealed';

/** Settings of an agent type, as they are written in the agents file. */
type Config = Record<string, unknown>;

/**
 * The config with every secret in it encrypted: texts that stand under a key that names a secret, at any depth. One that
 * refers to a variable, or is encrypted already, stays as it is.
 */
export function sealConfig(config: Config, seal: (secret: string) => string): Config {
  const sealIn = (value: unknown, isSecret: boolean): unknown => {
    if (typeof value === 'string') {
      return isSecret && variableReference(value) === undefined ? { [SEALED]: seal(value) } : value;
    }
    if (sealedText(value) !== undefined) return value;
    return mapItems(value, (item, key) => sealIn(item, isSecret || namesSecret(key)));
  };
  return sealIn(config, false) as Config;
}

/**
 * The config with every secret in it decrypted.
 *
 * @param open - is told where the secret stands, such as `config.fallbacks.0.api_key`
 */
export function openConfig(config: Config, open: (sealed: string, setting: string) => string): Config {
  return mapSealed(config, open) as Config;
}

/**
 * The config with every encrypted secret in it replaced by another encrypted form.
 *
 * @param renew - is told where the secret stands, such as `config.api_key`
 */
export function renewConfig(config: Config, renew: (sealed: string, setting: string) => string): Config {
  return mapSealed(config, (sealed, setting) => ({ [SEALED]: renew(sealed, setting) })) as Config;
}

/** An encrypted secret in a config. */
export interface SealedSetting {
  /** Where it stands, such as `config.fallbacks.0.api_key`. */
  readonly setting: string;
  readonly sealed: string;
}

/** Every encrypted secret in a config. */
export function sealedSecrets(config: unknown): SealedSetting[] {
  const found: SealedSetting[] = [];
  mapSealed(config, (sealed, setting) => found.push({ setting, sealed }));
  return found;
}

function mapSealed(config: unknown, replace: (sealed: string, setting: string) => unknown): unknown {
  const mapIn = (value: unknown, setting: string): unknown => {
    const sealed = sealedText(value);
    if (sealed !== undefined) return replace(sealed, setting);
    return mapItems(value, (item, key) => mapIn(item, `${setting}.${key}`));
  };
  return mapIn(config, 'config');
}

function sealedText(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 1) return undefined;
  const sealed = (value as { [SEALED]?: unknown })[SEALED];
  return typeof sealed === 'string' ? sealed : undefined;
}

/** A copy of a list or an object with each item replaced; anything else as it is. */
function mapItems(value: unknown, replace: (item: unknown, key: string) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item, index) => replace(item, String(index)));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replace(item, key)]));
}

import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ConfigError } from '../errors.ts';
import { createRedactor } from '../observability/redactor.ts';
import type { LogSettings } from '../observability/winston-logger.ts';
import { databaseUrl, type DatabaseConfig } from './database-url.ts';
import { DEFAULTS, type SettingName } from './defaults.ts';
import type { Environment } from './environment.ts';
import { misspelled } from './misspelled.ts';
import {
  filePath,
  flag,
  host,
  httpUrl,
  integer,
  oneOf,
  optional,
  type Parser,
  seconds,
  secretKey,
  usd,
} from './parsers.ts';
import { type ProviderSettings, readProviderSettings } from './provider-settings.ts';

/** The key that encrypts tokens at rest. */
export interface SecretKeyConfig {
  /**
   * `SECRET_KEY`, 32 bytes; it wins over the file. Not enumerable, so that printing, copying or serialising the
   * configuration leaves it out.
   */
  readonly key?: Buffer;
  /** `SECRET_KEY_FILE`: an absolute path, which may not exist yet. */
  readonly file: string;
}

/** Where the prices of models stand. */
export interface PricesConfig {
  /** `PRICES_FILE`, an absolute path; that of the list which comes with Troupe when it is not set. */
  readonly file: string;
  /** Whether the file may be missing: then no model has a price. True when nobody named it. */
  readonly optional: boolean;
}

/** What the host with all of its agents may spend in one day (UTC), at least one of the two. */
export interface HostBudget {
  /** `BUDGET_USD_PER_DAY`, in billionths of a US dollar. */
  readonly nanoUsd: number | undefined;
  /** `BUDGET_TOKENS_PER_DAY`, input and output together. */
  readonly tokens: number | undefined;
}

/** Everything that the environment decides, checked and frozen. */
export interface Config {
  readonly database: DatabaseConfig;
  readonly secretKey: SecretKeyConfig;
  readonly discord: {
    /** Without a slash at its end. */
    readonly apiUrl: string;
    /** Between two looks at the agents table. */
    readonly pollIntervalMs: number;
    /** Characters in one message, counted in UTF-16 units. */
    readonly maxMessageLength: number;
  };
  readonly maxConcurrentBots: number;
  readonly shutdownTimeoutMs: number;
  readonly log: LogSettings;
  readonly http: { readonly host: string; readonly port: number };
  /** The host's own keys and addresses for language models. */
  readonly providers: ProviderSettings;
  readonly prices: PricesConfig;
  /** Undefined: as much as it likes. */
  readonly budget: HostBudget | undefined;
  /** What is probably a mistake and stops nothing: one sentence each, for the log. */
  readonly warnings: readonly string[];
}

/** What {@link loadConfig} needs to know besides the environment. */
export interface LoadConfigOptions {
  /** Relative paths start here. Default: the current directory. */
  cwd?: string;
}

/** The splitter closes and reopens code fences, which needs room; real Discord allows 2,000 and no more. */
const MESSAGE_LENGTH = { min: 50, max: 2000 };

/**
 * Turns an environment into a {@link Config}. A variable that is empty or blank counts as not set; unknown ones
 * are ignored, except that one which looks like a misspelling of ours is warned of.
 *
 * @throws ConfigError naming every wrong setting at once, a line each, and no secret
 */
export function loadConfig(env: Environment, { cwd = process.cwd() }: LoadConfigOptions = {}): Config {
  const problems: string[] = [];
  const read = <Value>(name: SettingName, parser: Parser<Value>): Value =>
    readSetting(env, name, parser, problems);

  const config: Config = {
    database: read('DATABASE_URL', databaseUrl(cwd)),
    secretKey: hideKey(read('SECRET_KEY', secretKey), read('SECRET_KEY_FILE', filePath(cwd))),
    discord: {
      // The library adds the version.
      apiUrl: read('DISCORD_API_URL', httpUrl('https://discord.com/api')).replace(/\/v\d+$/, ''),
      pollIntervalMs: read('DISCORD_NEW_AGENT_POLL_INTERVAL', seconds({ zero: false })),
      maxMessageLength: read('DISCORD_MAX_MESSAGE_LENGTH', integer(MESSAGE_LENGTH)),
    },
    maxConcurrentBots: read('MAX_CONCURRENT_BOTS', integer({ min: 1, max: Number.MAX_SAFE_INTEGER })),
    shutdownTimeoutMs: read('SHUTDOWN_TIMEOUT', seconds({ zero: true })),
    log: {
      level: read('LOG_LEVEL', oneOf(['error', 'warn', 'info', 'debug'], PYTHON_LEVELS)),
      format: read('LOG_FORMAT', oneOf(['text', 'json'])),
      toConsole: read('LOG_TO_CONSOLE', flag),
      toFile: read('LOG_TO_FILE', flag),
      file: read('LOG_FILE', filePath(cwd)),
      color: read('NO_COLOR', (text) => ({ value: text === '' })),
    },
    http: { host: read('HTTP_HOST', host), port: read('HTTP_PORT', integer({ min: 0, max: 65_535 })) },
    providers: readProviderSettings(env, problems),
    prices: read('PRICES_FILE', pricesFile(cwd)),
    budget: hostBudget(
      read('BUDGET_USD_PER_DAY', usd),
      read('BUDGET_TOKENS_PER_DAY', optional(integer({ min: 1, max: Number.MAX_SAFE_INTEGER }))),
    ),
    warnings: misspelled(env),
  };
  if (problems.length > 0) throw new ConfigError(createRedactor().redact(problems.join('\n')));
  return freezeDeep(config);
}

const PYTHON_LEVELS = { warning: 'warn', critical: 'error', fatal: 'error' } as const;

/** Settings whose text is never shown, however wrong it is. */
const SECRETS: ReadonlySet<SettingName> = new Set(['DATABASE_URL', 'SECRET_KEY']);

function readSetting<Value>(
  env: Environment,
  name: SettingName,
  parser: Parser<Value>,
  problems: string[],
): Value {
  const text = env[name]?.trim() ?? '';
  const parsed = parser(text === '' ? DEFAULTS[name] : text);
  if ('value' in parsed) return parsed.value;
  const shown = SECRETS.has(name) ? 'the value (not shown)' : JSON.stringify(text);
  problems.push(`${name}: ${shown} ${parsed.problem}; allowed: ${parsed.allowed}`);

  // The default stands in until the other settings are read as well.
  const fallback = parser(DEFAULTS[name]);
  if ('value' in fallback) return fallback.value;
  throw new Error(`the default of ${name} is wrong`);
}

/** The list that comes with Troupe. */
const OWN_PRICES = fileURLToPath(new URL('../../prices.yaml', import.meta.url));

function pricesFile(cwd: string): Parser<PricesConfig> {
  return (text) => ({
    value: text === '' ? { file: OWN_PRICES, optional: true } : { file: resolve(cwd, text), optional: false },
  });
}

function hostBudget(nanoUsd: number | undefined, tokens: number | undefined): HostBudget | undefined {
  return nanoUsd === undefined && tokens === undefined ? undefined : { nanoUsd, tokens };
}

function hideKey(key: Buffer | undefined, file: string): SecretKeyConfig {
  return key === undefined ? { file } : Object.defineProperty({ file }, 'key', { value: key });
}

function freezeDeep<Value extends object>(value: Value): Value {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) freezeDeep(part);
  return Object.freeze(value);
}

import path from 'node:path';
import { ConfigError } from '../errors.ts';
import { createRedactor } from '../observability/redactor.ts';
import type { TraceSettings } from '../observability/open-tracing.ts';
import type { LogSettings } from '../observability/winston-logger.ts';
import type { DatabaseConfig } from './database-url.ts';
import type { Environment } from './environment.ts';
import { misspelled } from './misspelled.ts';
import { type ProviderSettings, readProviderSettings } from './provider-settings.ts';
import { readSetting } from './read-setting.ts';
import type { SettingName, SettingValue } from './settings.ts';
import { sourcesOf } from './sources.ts';
import { warningsOf } from './warnings.ts';

/** The key that encrypts tokens at rest. */
export interface SecretKeyConfig {
  /**
   * `SECRET_KEY`, 32 bytes; it wins over the file. Not enumerable, so that printing, copying or serialising the
   * configuration leaves it out.
   */
  readonly key?: Buffer;
  /**
   * `SECRET_KEY_PREVIOUS`: keys of 32 bytes that were `SECRET_KEY` before and still open what they encrypted. Not
   * enumerable either; missing when there are none.
   */
  readonly previous?: readonly Buffer[];
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

/** How many days something is kept; 0: for ever. */
export interface RetentionDays {
  /** `RETENTION_EXCHANGES` */
  readonly exchanges: number;
  /** `RETENTION_USAGE` */
  readonly usage: number;
  /** `RETENTION_GUARD_FINDINGS` */
  readonly guardFindings: number;
  /** `RETENTION_MEMORIES` */
  readonly memories: number;
}

/** A file, folder or URL that the agents table follows. */
export interface AgentsFileConfig {
  /** `AGENTS_FILE`, as it was written. */
  readonly source: string;
  /** The folder from which a relative path begins. */
  readonly cwd: string;
  /** `AGENTS_FILE_PRUNE`: whether agents that are not in it are deleted. */
  readonly prune: boolean;
}

/** Where it listens for HTTP, and whom it answers. */
export interface HttpConfig {
  readonly host: string;
  readonly port: number;
  /** `HTTP_ALLOWED_HOSTS`, besides `host` and the names of this machine itself. */
  readonly allowedHosts: readonly string[];
  /** `HTTP_ALLOWED_ORIGINS`, besides its own. */
  readonly allowedOrigins: readonly string[];
  /** `HTTP_TRUSTED_PROXIES`: IP addresses, and networks such as `10.0.0.0/8`. */
  readonly trustedProxies: readonly string[];
}

/** Everything that the environment decides, checked and frozen. */
export interface Config {
  readonly database: DatabaseConfig;
  readonly secretKey: SecretKeyConfig;
  /** `HOST_ID_FILE`: an absolute path, which may not exist yet. */
  readonly hostIdFile: string;
  readonly discord: {
    /** Without a slash at its end. */
    readonly apiUrl: string;
    /** Between two looks at the agents table. */
    readonly pollIntervalMs: number;
    /** Characters in one message, counted in UTF-16 units. */
    readonly maxMessageLength: number;
    /** How old a message may be that came or stayed open while no host ran; 0: none is answered any more. */
    readonly recoveryWindowMs: number;
    /** How many messages that came meanwhile each bot looks for at most; 0: none. */
    readonly missedMessagesLimit: number;
  };
  /** What the agents table is kept in line with; undefined: it is edited by commands alone. */
  readonly agentsFile: AgentsFileConfig | undefined;
  readonly maxConcurrentBots: number;
  readonly shutdownTimeoutMs: number;
  readonly log: LogSettings;
  /** Undefined: no traces. */
  readonly traces: TraceSettings | undefined;
  readonly http: HttpConfig;
  /** The host's own keys and addresses for language models. */
  readonly providers: ProviderSettings;
  readonly prices: PricesConfig;
  /** Undefined: as much as it likes. */
  readonly budget: HostBudget | undefined;
  readonly retention: RetentionDays;
  /** What is probably a mistake and stops nothing: one sentence each, for the log. */
  readonly warnings: readonly string[];
}

/** What {@link loadConfig} needs to know besides the environment. */
export interface LoadConfigOptions {
  /** Relative paths start here. Default: the current directory. */
  cwd?: string;
}

/**
 * Turns an environment into a {@link Config}. A variable that is empty or blank counts as not set; unknown ones
 * are ignored, except that one which looks like a misspelling of ours is warned of.
 *
 * @throws ConfigError naming every wrong setting at once, a line each, and no secret
 */
export function loadConfig(env: Environment, { cwd = process.cwd() }: LoadConfigOptions = {}): Config {
  const sources = sourcesOf(env);
  const problems: string[] = [...sources.problems];
  const read = <Name extends SettingName>(name: Name): SettingValue<Name> =>
    readSetting(env, name, cwd, problems);

  // They chose the settings file before this was called.
  read('NODE_ENV');
  read('CONFIG_DIR');
  const secretKey = hideKeys(read('SECRET_KEY'), read('SECRET_KEY_PREVIOUS'), read('SECRET_KEY_FILE'));
  const config = {
    database: read('DATABASE_URL'),
    secretKey,
    hostIdFile: read('HOST_ID_FILE') ?? path.join(path.dirname(secretKey.file), 'host.id'),
    discord: {
      // The library adds the version.
      apiUrl: read('DISCORD_API_URL').replace(/\/v\d+$/, ''),
      pollIntervalMs: read('DISCORD_NEW_AGENT_POLL_INTERVAL'),
      maxMessageLength: read('DISCORD_MAX_MESSAGE_LENGTH'),
      recoveryWindowMs: read('RECOVERY_WINDOW'),
      missedMessagesLimit: read('MISSED_MESSAGES_LIMIT'),
    },
    agentsFile: agentsFile(read('AGENTS_FILE'), read('AGENTS_FILE_PRUNE')),
    maxConcurrentBots: read('MAX_CONCURRENT_BOTS'),
    shutdownTimeoutMs: read('SHUTDOWN_TIMEOUT'),
    log: {
      level: read('LOG_LEVEL'),
      areas: read('LOG_LEVELS'),
      format: read('LOG_FORMAT'),
      toConsole: read('LOG_TO_CONSOLE'),
      toFile: read('LOG_TO_FILE'),
      file: read('LOG_FILE'),
      rotation: {
        maxBytes: read('LOG_FILE_MAX_SIZE'),
        maxAgeMs: read('LOG_FILE_MAX_AGE'),
        maxFiles: read('LOG_FILE_MAX_FILES'),
        compress: read('LOG_FILE_COMPRESS'),
      },
      color: read('NO_COLOR') === '',
    },
    traces: traceSettings(read('OTEL_EXPORTER_OTLP_ENDPOINT'), read('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'), {
      headers: read('OTEL_EXPORTER_OTLP_HEADERS'),
      resource: { 'service.name': read('OTEL_SERVICE_NAME'), ...read('OTEL_RESOURCE_ATTRIBUTES') },
      ratio: read('OTEL_TRACES_SAMPLER_ARG'),
    }),
    http: {
      host: read('HTTP_HOST'),
      port: read('HTTP_PORT'),
      allowedHosts: read('HTTP_ALLOWED_HOSTS'),
      allowedOrigins: read('HTTP_ALLOWED_ORIGINS'),
      trustedProxies: read('HTTP_TRUSTED_PROXIES'),
    },
    providers: readProviderSettings(env, problems),
    prices: read('PRICES_FILE'),
    budget: hostBudget(read('BUDGET_USD_PER_DAY'), read('BUDGET_TOKENS_PER_DAY')),
    retention: {
      exchanges: read('RETENTION_EXCHANGES'),
      usage: read('RETENTION_USAGE'),
      guardFindings: read('RETENTION_GUARD_FINDINGS'),
      memories: read('RETENTION_MEMORIES'),
    },
  };
  if (problems.length > 0) throw new ConfigError(createRedactor().redact(problems.join('\n')));
  const warnings = [...sources.warnings, ...misspelled(env), ...warningsOf(config, env)];
  return freezeDeep({ ...config, warnings });
}

function agentsFile(
  source: { readonly source: string; readonly cwd: string } | undefined,
  prune: boolean,
): AgentsFileConfig | undefined {
  return source && { ...source, prune };
}

/** The path is OpenTelemetry's own (opentelemetry.io/docs/specs/otel/protocol/exporter, "Endpoint URLs for OTLP/HTTP"). */
function traceSettings(
  base: string | undefined,
  exact: string | undefined,
  others: Omit<TraceSettings, 'endpoint'>,
): TraceSettings | undefined {
  const endpoint = exact ?? (base === undefined ? undefined : `${base}/v1/traces`);
  if (endpoint === undefined) return undefined;
  const { headers, ...shown } = others;
  return Object.defineProperty({ endpoint, ...shown }, 'headers', { value: headers }) as TraceSettings;
}

/** A budget of these limits; undefined when neither is set. */
export function hostBudget(nanoUsd: number | undefined, tokens: number | undefined): HostBudget | undefined {
  return nanoUsd === undefined && tokens === undefined ? undefined : { nanoUsd, tokens };
}

function hideKeys(key: Buffer | undefined, previous: readonly Buffer[], file: string): SecretKeyConfig {
  const config = key === undefined ? { file } : Object.defineProperty({ file }, 'key', { value: key });
  return previous.length === 0 ? config : Object.defineProperty(config, 'previous', { value: previous });
}

function freezeDeep<Value extends object>(value: Value): Value {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) freezeDeep(part);
  return Object.freeze(value);
}

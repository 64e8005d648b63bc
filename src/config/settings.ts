import { fileURLToPath } from 'node:url';
import { databaseUrl } from './database-url.ts';
import { hostNames, networks, origins } from './listed.ts';
import { areaLevels, byteSize, fractionalDays, logLevel } from './log-parsers.ts';
import {
  anyText,
  filePath,
  flag,
  host,
  httpHeaders,
  httpUrl,
  integer,
  keyValues,
  oneOf,
  optional,
  type Parser,
  ratio,
  seconds,
  secretKey,
  secretKeys,
  usd,
} from './parsers.ts';
import { PROVIDER_NAMES, PROVIDER_VARIABLES, type ProviderVariables } from './provider-variables.ts';
import type { Setting } from './setting.ts';

/** The name of an environment, as `config/<name>.yaml` has it. */
const environmentName: Parser<string> = {
  allowed: 'letters, digits, - and _, such as production',
  read: (text) =>
    /^[\w-]{1,64}$/.test(text) ? { value: text } : { problem: 'is not the name of an environment' },
};

/** The list that comes with Troupe. */
const OWN_PRICES = fileURLToPath(new URL('../../prices.yaml', import.meta.url));

/** The absolute path of a price list. Nobody named it: it may be missing. */
const pricesFile: Parser<{ readonly file: string; readonly optional: boolean }> = {
  allowed: filePath.allowed,
  read: (text, cwd) => {
    if (text === '') return { value: { file: OWN_PRICES, optional: true } };
    const parsed = filePath.read(text, cwd);
    return 'value' in parsed ? { value: { file: parsed.value, optional: false } } : parsed;
  },
};

/** What {@link agentsSource} gives. */
interface AgentsSource {
  readonly source: string;
  /** The folder from which a relative path begins. */
  readonly cwd: string;
}

/** A source of agents; whether there is anything is found out when it is read. */
const agentsSource: Parser<AgentsSource | undefined> = {
  allowed: 'a file, a folder, https://… or s3://bucket/key',
  read: (text, cwd) => {
    if (text === '-') return { problem: 'is standard input, which cannot be watched' };
    const isUrl = /^(?:https?|s3):|:\/\//i.test(text);
    const parsed = text === '' || isUrl ? undefined : filePath.read(text.replace(/^file:/i, ''), cwd);
    if (parsed !== undefined && 'problem' in parsed) return parsed;
    return { value: text === '' ? undefined : { source: text, cwd } };
  },
};

/** The splitter closes and reopens code fences, which needs room; real Discord allows 2,000 and no more. */
const MESSAGE_LENGTH = { min: 50, max: 2000 };

const ANY_COUNT = { min: 1, max: Number.MAX_SAFE_INTEGER };

/** How long something is kept, in whole days; 0: for ever. */
const days: Parser<number> = integer({ min: 0, max: 36_500 });

/** Every setting besides those of the providers, by name, in the order in which they are shown. */
export const SETTINGS = {
  NODE_ENV: {
    group: 'Settings file',
    description: 'which settings file is read: NODE_ENV.yaml',
    default: 'development',
    parser: environmentName,
    environmentOnly: true,
  },
  CONFIG_DIR: {
    group: 'Settings file',
    description: 'the folder of the settings files',
    default: 'config',
    parser: filePath,
    environmentOnly: true,
  },
  DATABASE_URL: {
    group: 'Database',
    description: 'the database; made and migrated at start',
    default: 'file:./data/troupe.db',
    parser: databaseUrl,
    secret: 'partly',
  },
  SECRET_KEY: {
    group: 'Database',
    description: 'the key that encrypts tokens and keys in the database; it wins over SECRET_KEY_FILE',
    default: '',
    parser: optional(secretKey),
    secret: 'yes',
  },
  SECRET_KEY_PREVIOUS: {
    group: 'Database',
    description: 'earlier keys, with commas between them: they still open what was encrypted with them',
    default: '',
    parser: secretKeys,
    secret: 'yes',
  },
  SECRET_KEY_FILE: {
    group: 'Database',
    description: 'the file that holds the key; made when there is none',
    default: 'data/secret.key',
    parser: filePath,
  },
  HOST_ID_FILE: {
    group: 'Database',
    description: 'the file that says which host this is; not set: host.id beside SECRET_KEY_FILE',
    default: '',
    parser: optional(filePath),
  },
  DISCORD_API_URL: {
    group: 'Discord',
    description: "any server that speaks Discord's API",
    default: 'https://discord.com/api',
    parser: httpUrl('https://discord.com/api'),
  },
  DISCORD_NEW_AGENT_POLL_INTERVAL: {
    group: 'Discord',
    description: 'seconds between two looks at the agents table and at these settings',
    default: '10',
    parser: seconds({ zero: false }),
    runtime: true,
  },
  DISCORD_MAX_MESSAGE_LENGTH: {
    group: 'Discord',
    description: 'characters in one message',
    default: '2000',
    parser: integer(MESSAGE_LENGTH),
  },
  MAX_CONCURRENT_BOTS: {
    group: 'Discord',
    description: 'bots that this process runs at most',
    default: '50',
    parser: integer(ANY_COUNT),
    runtime: true,
  },
  SHUTDOWN_TIMEOUT: {
    group: 'Discord',
    description: 'seconds to finish what is in flight when the host is stopped',
    default: '30',
    parser: seconds({ zero: true }),
    runtime: true,
  },
  RECOVERY_WINDOW: {
    group: 'Discord',
    description:
      'seconds: messages older than this that came or stayed open while no host ran are not answered any more',
    default: '3600',
    parser: seconds({ zero: true }),
  },
  MISSED_MESSAGES_LIMIT: {
    group: 'Discord',
    description: 'messages that came while no host ran and that a bot looks for at most; the newest count',
    default: '200',
    parser: integer({ min: 0, max: 10_000 }),
  },
  AGENTS_FILE: {
    group: 'Agents',
    description:
      'what the agents table is kept in line with: a file, a folder or a URL as agents:load takes it',
    default: '',
    parser: agentsSource,
    secret: 'partly',
  },
  AGENTS_FILE_PRUNE: {
    group: 'Agents',
    description: 'whether agents that are not in AGENTS_FILE are deleted, with what they remember',
    default: 'false',
    parser: flag,
  },
  PRICES_FILE: {
    group: 'Language models',
    description: 'what models cost; not set: the prices.yaml that comes with Troupe',
    default: '',
    parser: pricesFile,
  },
  BUDGET_USD_PER_DAY: {
    group: 'Language models',
    description: 'what all agents together may spend in a day (UTC), in US dollars; not set: no limit',
    default: '',
    parser: optional(usd),
    runtime: true,
  },
  BUDGET_TOKENS_PER_DAY: {
    group: 'Language models',
    description: 'what all agents together may spend in a day (UTC), in tokens; not set: no limit',
    default: '',
    parser: optional(integer(ANY_COUNT)),
    runtime: true,
  },
  RETENTION_EXCHANGES: {
    group: 'Retention',
    description: 'days that the journal keeps exchanges that are over, with what was written; 0: for ever',
    default: '90',
    parser: days,
    runtime: true,
  },
  RETENTION_USAGE: {
    group: 'Retention',
    description: 'days that the calls to language models and what they cost are kept; 0: for ever',
    default: '400',
    parser: days,
    runtime: true,
  },
  RETENTION_GUARD_FINDINGS: {
    group: 'Retention',
    description: 'days that findings of the input guard are kept; 0: for ever',
    default: '90',
    parser: days,
    runtime: true,
  },
  RETENTION_MEMORIES: {
    group: 'Retention',
    description: 'days that agents remember what a user and they said; 0: for ever',
    default: '0',
    parser: days,
    runtime: true,
  },
  LOG_LEVEL: {
    group: 'Logs',
    description: 'the least important level that is logged',
    default: 'info',
    parser: logLevel,
    runtime: true,
  },
  LOG_LEVELS: {
    group: 'Logs',
    description: 'levels of areas that differ from LOG_LEVEL, such as discord=debug,providers=warn',
    default: '',
    parser: areaLevels,
    runtime: true,
  },
  LOG_FORMAT: {
    group: 'Logs',
    description: 'text for people, json for programs',
    default: 'text',
    parser: oneOf(['text', 'json']),
  },
  LOG_TO_CONSOLE: {
    group: 'Logs',
    description: 'whether the console gets the log',
    default: 'true',
    parser: flag,
  },
  LOG_TO_FILE: {
    group: 'Logs',
    description: 'whether LOG_FILE gets the log',
    default: 'false',
    parser: flag,
  },
  LOG_FILE: {
    group: 'Logs',
    description: 'the file of the log; its folder is made',
    default: 'logs/troupe.log',
    parser: filePath,
  },
  LOG_FILE_MAX_SIZE: {
    group: 'Logs',
    description: 'how large LOG_FILE may grow before it is put aside and a new one begun; 0: it may grow',
    default: '10MB',
    parser: byteSize,
  },
  LOG_FILE_MAX_AGE: {
    group: 'Logs',
    description: 'days after which LOG_FILE is put aside, fractions allowed; 0: never',
    default: '1',
    parser: fractionalDays,
  },
  LOG_FILE_MAX_FILES: {
    group: 'Logs',
    description: 'files put aside that are kept; the oldest go. 0: all are kept',
    default: '14',
    parser: integer({ min: 0, max: 10_000 }),
  },
  LOG_FILE_COMPRESS: {
    group: 'Logs',
    description: 'whether files put aside are compressed, all but the newest',
    default: 'true',
    parser: flag,
  },
  NO_COLOR: {
    group: 'Logs',
    description: 'set to anything: no colours on a terminal',
    default: '',
    parser: anyText,
    environmentOnly: true,
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    group: 'Traces',
    description: 'where a collector takes OTLP over HTTP; v1/traces is added; not set: no traces',
    default: '',
    parser: optional(httpUrl('http://localhost:4318')),
    secret: 'partly',
  },
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: {
    group: 'Traces',
    description: 'the same for traces alone, with its whole path; it wins',
    default: '',
    parser: optional(httpUrl('http://localhost:4318/v1/traces')),
    secret: 'partly',
  },
  OTEL_EXPORTER_OTLP_HEADERS: {
    group: 'Traces',
    description: 'what the collector is told with each request: name=value, with commas between several',
    default: '',
    parser: httpHeaders,
    secret: 'yes',
  },
  OTEL_SERVICE_NAME: {
    group: 'Traces',
    description: 'what this host is called in traces',
    default: 'troupe',
    parser: anyText,
  },
  OTEL_RESOURCE_ATTRIBUTES: {
    group: 'Traces',
    description: 'what else is said of this host in traces: name=value, with commas between several',
    default: '',
    parser: keyValues,
  },
  OTEL_TRACES_SAMPLER_ARG: {
    group: 'Traces',
    description: 'how many of all exchanges are traced, from 0 to 1',
    default: '1',
    parser: ratio,
  },
  HTTP_HOST: {
    group: 'HTTP',
    description: 'the address that health, metrics and API listen on',
    default: '127.0.0.1',
    parser: host,
  },
  HTTP_PORT: {
    group: 'HTTP',
    description: 'their port; 0: any that is free',
    default: '23459',
    parser: integer({ min: 0, max: 65_535 }),
  },
  HTTP_ALLOWED_HOSTS: {
    group: 'HTTP',
    description:
      'names under which it is reached, with commas; besides HTTP_HOST and those of this machine itself',
    default: '',
    parser: hostNames,
  },
  HTTP_ALLOWED_ORIGINS: {
    group: 'HTTP',
    description: 'origins whose pages may change something besides its own, with commas',
    default: '',
    parser: origins,
  },
  HTTP_TRUSTED_PROXIES: {
    group: 'HTTP',
    description:
      'proxies whose X-Forwarded-For and X-Forwarded-Proto are believed: addresses or networks, with commas',
    default: '',
    parser: networks,
  },
} as const satisfies Record<string, Setting>;

/** The name of a setting besides those of the providers. */
export type SettingName = keyof typeof SETTINGS;

/** What the text of a setting becomes. */
export type SettingValue<Name extends SettingName> =
  (typeof SETTINGS)[Name]['parser'] extends Parser<infer Value> ? Value : never;

/** How the address of a provider is read; it may hold a password or a key by mistake. */
export const providerAddress = optional(httpUrl('https://llm.example.com/v1'));

const PROVIDER_SETTINGS = PROVIDER_NAMES.flatMap((provider): [string, Setting][] => {
  const { keys, baseUrl }: ProviderVariables = PROVIDER_VARIABLES[provider];
  const common = { group: 'Language models', default: '' } as const;
  const key = {
    ...common,
    description: `the host's key for ${provider}`,
    parser: anyText,
    secret: 'yes',
  } as const;
  const address = {
    ...common,
    description: `another address for ${provider}, such as a proxy's; its key goes there`,
    parser: providerAddress,
    secret: 'partly',
  } as const;
  return [
    ...keys.map((name): [string, Setting] => [name, key]),
    ...(baseUrl === undefined ? [] : [[baseUrl, address] satisfies [string, Setting]]),
  ];
});

/** Every setting there is, by name. */
export const ALL_SETTINGS: ReadonlyMap<string, Setting> = new Map<string, Setting>([
  ...Object.entries(SETTINGS),
  ...PROVIDER_SETTINGS,
]);

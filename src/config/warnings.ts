import type { Config } from './config.ts';
import type { Environment } from './environment.ts';
import { PROVIDER_NAMES, PROVIDER_VARIABLES, type ProviderVariables } from './provider-variables.ts';
import { textOf } from './sources.ts';

/** In milliseconds. */
const POLL = { fast: 500, slow: 300_000 };
/** One process was measured with so many. */
const MANY_BOTS = 1_000;

/**
 * What of a config is probably a mistake and stops nothing: what does nothing without another setting, what is unsafe,
 * what will be slow. A sentence each, with the setting and what to do.
 *
 * @param env - what the config was made from
 */
export function warningsOf(config: Omit<Config, 'warnings'>, env: Environment): string[] {
  return [...withoutEffect(config, env), ...unsafe(config), ...slow(config, env)];
}

function withoutEffect({ log, providers, traces }: Omit<Config, 'warnings'>, env: Environment): string[] {
  const isSet = (name: string): boolean => textOf(env, name) !== '';
  const keyless = PROVIDER_NAMES.flatMap((provider) => {
    const { keys, baseUrl }: ProviderVariables = PROVIDER_VARIABLES[provider];
    const { apiKey, baseUrl: address } = providers[provider] ?? {};
    if (baseUrl === undefined || address === undefined || apiKey !== undefined) return [];
    return [`${baseUrl} is set without ${keys.join(' or ')}: only agents with a key of their own can use it`];
  });
  return [
    ...(isSet('LOG_FILE') && !log.toFile
      ? ['LOG_FILE does nothing while LOG_TO_FILE is off; turn that on']
      : []),
    ...(log.toConsole || log.toFile
      ? []
      : ['nothing is logged anywhere; turn LOG_TO_CONSOLE or LOG_TO_FILE on to see what goes wrong']),
    ...(isSet('SECRET_KEY') && isSet('SECRET_KEY_FILE')
      ? ['SECRET_KEY and SECRET_KEY_FILE are both set, and SECRET_KEY counts; remove the other one']
      : []),
    ...(isSet('OTEL_EXPORTER_OTLP_HEADERS') && traces === undefined
      ? ['OTEL_EXPORTER_OTLP_HEADERS does nothing without OTEL_EXPORTER_OTLP_ENDPOINT; set that too']
      : []),
    ...keyless,
  ];
}

function unsafe({ http, discord, providers, traces }: Omit<Config, 'warnings'>): string[] {
  const inTheOpen = (name: string, address: string | undefined, what: string): string[] =>
    address !== undefined && isPlainAndFar(address)
      ? [`${name} is a plain http address on another machine: ${what} can be read on the way; use https`]
      : [];
  return [
    ...(isLoopback(http.host)
      ? []
      : [
          `HTTP_HOST is ${http.host}, which other machines can reach; use 127.0.0.1 with a proxy in front, unless a firewall keeps others away`,
        ]),
    ...inTheOpen('DISCORD_API_URL', discord.apiUrl, "bots' tokens"),
    ...(Object.keys(traces?.headers ?? {}).length === 0
      ? []
      : inTheOpen('OTEL_EXPORTER_OTLP_ENDPOINT', traces?.endpoint, 'OTEL_EXPORTER_OTLP_HEADERS')),
    ...PROVIDER_NAMES.flatMap((provider) => {
      const { baseUrl }: ProviderVariables = PROVIDER_VARIABLES[provider];
      return baseUrl === undefined
        ? []
        : inTheOpen(baseUrl, providers[provider]?.baseUrl, 'keys and conversations');
    }),
  ];
}

function slow({ discord, log, maxConcurrentBots }: Omit<Config, 'warnings'>, env: Environment): string[] {
  const poll = discord.pollIntervalMs;
  return [
    ...(poll < POLL.fast
      ? ['DISCORD_NEW_AGENT_POLL_INTERVAL is under 0.5 s: the database is read all the time; 10 is enough']
      : []),
    ...(poll > POLL.slow
      ? ['DISCORD_NEW_AGENT_POLL_INTERVAL is above 300 s: changes to agents wait that long; lower it']
      : []),
    ...(log.level === 'debug' && textOf(env, 'NODE_ENV') === 'production'
      ? ['LOG_LEVEL is debug in production, which is slow and much to store; info is enough']
      : []),
    ...(maxConcurrentBots > MANY_BOTS
      ? [`MAX_CONCURRENT_BOTS is above ${MANY_BOTS}, more than one process was measured with; lower it`]
      : []),
  ];
}

function isPlainAndFar(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === 'http:' && !isLoopback(hostname.replace(/^\[|\]$/g, ''));
}

/** Whether only this machine is reached at a host. */
function isLoopback(host: string): boolean {
  return /^(127(\.\d{1,3}){1,3}|::1|localhost|.*\.localhost)$/i.test(host);
}

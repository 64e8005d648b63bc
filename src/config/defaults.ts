/**
 * Every variable that {@link loadConfig} reads, besides those of the providers, with the value it has when nobody
 * sets it, written as one would write it in `.env`. An empty default means: not set.
 */
export const DEFAULTS = {
  DATABASE_URL: 'file:./data/troupe.db',
  SECRET_KEY: '',
  SECRET_KEY_FILE: 'data/secret.key',
  DISCORD_API_URL: 'https://discord.com/api',
  DISCORD_NEW_AGENT_POLL_INTERVAL: '10',
  DISCORD_MAX_MESSAGE_LENGTH: '2000',
  MAX_CONCURRENT_BOTS: '50',
  SHUTDOWN_TIMEOUT: '30',
  LOG_LEVEL: 'info',
  LOG_FORMAT: 'text',
  LOG_TO_CONSOLE: 'true',
  LOG_TO_FILE: 'false',
  LOG_FILE: 'logs/troupe.log',
  NO_COLOR: '',
  PRICES_FILE: '',
  BUDGET_USD_PER_DAY: '',
  BUDGET_TOKENS_PER_DAY: '',
  HTTP_HOST: '127.0.0.1',
  HTTP_PORT: '23459',
} as const satisfies Record<string, string>;

/** The name of a variable that {@link loadConfig} reads. */
export type SettingName = keyof typeof DEFAULTS;

import type { AreaLevels } from '../observability/log-areas.ts';
import { type Config, hostBudget, type HostBudget, type RetentionDays } from './config.ts';
import { problemWith } from './read-setting.ts';
import { ALL_SETTINGS, type SettingName, SETTINGS, type SettingValue } from './settings.ts';

/** What of a {@link Config} can change while the host runs. */
export interface RuntimeConfig {
  readonly logLevel: Config['log']['level'];
  /** Levels of areas that differ from it. */
  readonly logLevels: AreaLevels;
  readonly pollIntervalMs: number;
  readonly maxConcurrentBots: number;
  readonly shutdownTimeoutMs: number;
  /** Undefined: as much as it likes. */
  readonly budget: HostBudget | undefined;
  readonly retention: RetentionDays;
}

/** What is in force: stored settings win over the config; those that are wrong are passed over. */
export function runtimeConfig(config: Config, stored: ReadonlyMap<string, string>): RuntimeConfig {
  const usable = checkStored(stored).values;
  const read = <Name extends SettingName>(name: Name, otherwise: SettingValue<Name>): SettingValue<Name> => {
    const text = usable.get(name);
    const parsed = text === undefined ? undefined : SETTINGS[name].parser.read(text, '');
    return parsed !== undefined && 'value' in parsed ? (parsed.value as SettingValue<Name>) : otherwise;
  };
  return {
    logLevel: read('LOG_LEVEL', config.log.level),
    logLevels: read('LOG_LEVELS', config.log.areas ?? {}),
    pollIntervalMs: read('DISCORD_NEW_AGENT_POLL_INTERVAL', config.discord.pollIntervalMs),
    maxConcurrentBots: read('MAX_CONCURRENT_BOTS', config.maxConcurrentBots),
    shutdownTimeoutMs: read('SHUTDOWN_TIMEOUT', config.shutdownTimeoutMs),
    budget: hostBudget(
      read('BUDGET_USD_PER_DAY', config.budget?.nanoUsd),
      read('BUDGET_TOKENS_PER_DAY', config.budget?.tokens),
    ),
    retention: {
      exchanges: read('RETENTION_EXCHANGES', config.retention.exchanges),
      usage: read('RETENTION_USAGE', config.retention.usage),
      guardFindings: read('RETENTION_GUARD_FINDINGS', config.retention.guardFindings),
      memories: read('RETENTION_MEMORIES', config.retention.memories),
    },
  };
}

/** Stored settings, sorted out. */
export interface CheckedSettings {
  /** Those that can be used. */
  readonly values: ReadonlyMap<string, string>;
  /** Why the others cannot, with the remedy, by name. */
  readonly problems: ReadonlyMap<string, string>;
}

/** Finds the stored settings that another version, or somebody past this program, has left and that are no use. */
export function checkStored(stored: ReadonlyMap<string, string>): CheckedSettings {
  const values = new Map<string, string>();
  const problems = new Map<string, string>();
  for (const [name, text] of stored) {
    const problem = storedProblem(name, text);
    if (problem === undefined) values.set(name, text);
    else
      problems.set(
        name,
        `the database is passed over for ${problem}. Take it away: npm run config -- unset ${name}`,
      );
  }
  return { values, problems };
}

/** What is wrong with this text as a runtime setting; undefined when nothing is. An empty one means no limit. */
export function storedProblem(name: string, text: string): string | undefined {
  const setting = ALL_SETTINGS.get(name);
  if (setting !== undefined && setting.runtime === undefined) {
    return `${name}: it cannot change while the host runs`;
  }
  return problemWith(name, text, '');
}

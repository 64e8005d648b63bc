import type { Logger } from '../observability/logger.ts';
import type { Config } from './config.ts';
import type { Environment } from './environment.ts';
import { checkStored, type RuntimeConfig, runtimeConfig } from './runtime-config.ts';
import { ALL_SETTINGS } from './settings.ts';
import type { SettingsStore } from './settings-store.ts';
import { sourcesOf, textOf } from './sources.ts';

/** What {@link LiveSettings} works with. */
export interface LiveSettingsTools {
  readonly config: Config;
  /** What the config was made from, to tell what comes back when a stored setting is taken away. */
  readonly env: Environment;
  readonly store: Pick<SettingsStore, 'read'>;
  readonly logger: Logger;
  /** Puts into force what is not read from {@link LiveSettings.current} each time. Called for each change. */
  readonly apply: (settings: RuntimeConfig) => void;
}

/** The settings of a running host: those of its config, with those of the database above them. */
export class LiveSettings {
  readonly #tools: LiveSettingsTools;
  #current: RuntimeConfig;
  #stored: ReadonlyMap<string, string> = new Map();
  /** Told once each. */
  #problems: ReadonlyMap<string, string> = new Map();

  constructor(tools: LiveSettingsTools) {
    this.#tools = tools;
    this.#current = runtimeConfig(tools.config, this.#stored);
  }

  /** What is in force now. */
  get current(): RuntimeConfig {
    return this.#current;
  }

  /** Reads the database again, and takes over and logs what has changed. */
  async refresh(): Promise<void> {
    const { config, store, logger, apply } = this.#tools;
    const { values, problems } = checkStored(await store.read());
    for (const [name, problem] of problems) {
      if (this.#problems.get(name) !== problem) logger.warn(problem);
    }
    this.#problems = problems;
    const before = this.#stored;
    const changed = [...new Set([...before.keys(), ...values.keys()])].filter(
      (name) => before.get(name) !== values.get(name),
    );
    if (changed.length === 0) return;
    this.#stored = values;
    this.#current = runtimeConfig(config, values);
    // Before it is put into force: a level that hides this line must not hide its own change.
    for (const name of changed) {
      const [from, to] = [before, values].map((stored) => stored.get(name) ?? this.#otherwise(name));
      logger.info('a setting has changed', { setting: name, from, to, source: this.#sourceOf(name) });
    }
    apply(this.#current);
  }

  #otherwise(name: string): string {
    const text = textOf(this.#tools.env, name);
    return text === '' ? (ALL_SETTINGS.get(name)?.default ?? '') : text;
  }

  #sourceOf(name: string): string {
    if (this.#stored.has(name)) return 'database';
    const { env } = this.#tools;
    return textOf(env, name) === '' ? 'default' : (sourcesOf(env).origins.get(name)?.name ?? 'environment');
  }
}

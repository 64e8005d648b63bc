import type { Logger } from '../observability/logger.ts';
import { logDefects, type PartWatch } from '../util/part-watch.ts';
import { repeat, type Repeating } from '../util/repeat.ts';
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
  /** Told what is wrong with stored settings, all of it, whenever that changes; nothing once all are in order. */
  readonly onProblems?: (problems: readonly string[]) => void;
  /** Hears how it fares. Default: defects are logged. */
  readonly watch?: PartWatch;
  /** Told of each setting that has changed, once it is in force. Default: nobody is. */
  readonly onChange?: (name: string) => void;
}

/** A poll interval that is a day long must not keep a running host from hearing that it is to be shorter. */
const LONGEST_INTERVAL = 10_000;

/** The settings of a running host: those of its config, with those of the database above them. */
export class LiveSettings {
  readonly #tools: LiveSettingsTools;
  readonly #watch: PartWatch;
  #current: RuntimeConfig;
  #stored: ReadonlyMap<string, string> = new Map();
  #looking: Repeating | undefined;
  #failing = false;
  /** Told once each. */
  #problems: ReadonlyMap<string, string> = new Map();

  constructor(tools: LiveSettingsTools) {
    this.#tools = tools;
    this.#watch = tools.watch ?? logDefects('settings', tools.logger);
    this.#current = runtimeConfig(tools.config, this.#stored);
  }

  /** What is in force now. */
  get current(): RuntimeConfig {
    return this.#current;
  }

  /**
   * Reads the database, and again with each poll or every ten seconds; resolves after the first time. What cannot be
   * read stays as it is, and is told once for each outage.
   */
  async start(): Promise<void> {
    await this.#look();
    this.#looking = repeat(
      () => this.#look(),
      () => Math.min(this.#current.pollIntervalMs, LONGEST_INTERVAL),
      { watch: this.#watch },
    );
  }

  /** Reads no more; resolves once what is under way has ended. */
  async stop(): Promise<void> {
    await this.#looking?.stop();
  }

  async #look(): Promise<void> {
    try {
      await this.refresh();
      this.#failing = false;
      this.#watch.worked();
    } catch (error) {
      this.#watch.failed(error);
      if (!this.#failing) this.#tools.logger.error('cannot read the settings in the database', { error });
      this.#failing = true;
    }
  }

  /** Reads the database again, and takes over and logs what has changed. */
  async refresh(): Promise<void> {
    const { config, store, logger, apply, onChange } = this.#tools;
    const { values, problems } = checkStored(await store.read());
    for (const [name, problem] of problems) {
      if (this.#problems.get(name) !== problem) logger.warn(problem);
    }
    if ([...problems.values()].join() !== [...this.#problems.values()].join()) {
      this.#tools.onProblems?.([...problems.values()]);
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
    for (const name of changed) onChange?.(name);
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

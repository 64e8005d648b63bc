import type { Environment } from './environment.ts';

/** Where the value of a setting came from. */
export interface Origin {
  /** For a person: `environment`, `.env`, `config/production.yaml:3`, `database`. */
  readonly name: string;
  /** `FILE:LINE:COLUMN` of a value in the settings file. */
  readonly place?: string;
}

/** What is known of an environment besides its names and values. */
export interface Sources {
  /** By the variable's name. */
  readonly origins: ReadonlyMap<string, Origin>;
  /** What is wrong with the settings file itself, a line each. */
  readonly problems: readonly string[];
  /** What is probably a mistake, a sentence each. */
  readonly warnings: readonly string[];
}

const NOTHING: Sources = { origins: new Map(), problems: [], warnings: [] };

/** Beside the environments, which stay plain names and values for everybody else. */
const known = new WeakMap<Environment, Sources>();

/** Freezes an environment of which all this is known. */
export function withSources(env: Environment, sources: Sources): Environment {
  const frozen = Object.freeze({ ...env });
  known.set(frozen, sources);
  return frozen;
}

/** What is known of an environment; nothing of one that was put together elsewhere. */
export function sourcesOf(env: Environment): Sources {
  return known.get(env) ?? NOTHING;
}

/** The same environment with runtime settings above it. */
export function withStored(env: Environment, stored: ReadonlyMap<string, string>): Environment {
  const { origins, ...rest } = sourcesOf(env);
  const database = [...stored.keys()].map((name) => [name, { name: 'database' }] as const);
  return withSources(
    { ...env, ...Object.fromEntries(stored) },
    { ...rest, origins: new Map([...origins, ...database]) },
  );
}

/** A variable's text without the space around it; empty when it is not set. */
export function textOf(env: Environment, name: string): string {
  return env[name]?.trim() ?? '';
}

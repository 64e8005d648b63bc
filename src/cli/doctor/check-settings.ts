import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Config, loadConfig } from '../../config/config.ts';
import { type Environment, readEnvironment } from '../../config/environment.ts';
import { ConfigError } from '../../errors.ts';
import { type Finding, ok, warning, wrong } from './finding.ts';

/** Where the settings come from. */
export interface SettingSources {
  /** The folder of `.env`; relative paths begin there. */
  readonly cwd: string;
  /** The real variables, without those of `.env`. */
  readonly real: Environment;
}

/** The settings as far as they can be used. */
export interface CheckedSettings {
  readonly findings: readonly Finding[];
  /** Without the variables that are wrong. */
  readonly env: Environment;
  /** With defaults for what is wrong. */
  readonly config: Config;
  /** The variables that are wrong: what their defaults say is not what was meant. */
  readonly broken: ReadonlySet<string>;
}

/** Reads the settings as the host does, and goes on where it would stop. */
export function checkSettings({ cwd, real }: SettingSources): CheckedSettings {
  const file = readFile(cwd, real);
  const settings = readSettings(file.env, cwd);
  return { ...settings, findings: [file.finding, ...settings.findings] };
}

function readFile(cwd: string, real: Environment): { env: Environment; finding: Finding } {
  const file = path.join(cwd, '.env');
  try {
    const env = readEnvironment({ cwd, real });
    return { env, finding: ok('.env', existsSync(file) ? `read ${file}` : 'there is none, which is fine') };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const remedy = 'Make it a file that the user may read who runs Troupe.';
    return { env: real, finding: wrong('.env', error.message, remedy) };
  }
}

function readSettings(env: Environment, cwd: string): CheckedSettings {
  try {
    return settingsOf(env, cwd);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problems = error.message.split('\n');
    const broken = new Set(problems.flatMap((line) => VARIABLE.exec(line)?.[1] ?? []));
    // Once more without them, so that the rest is checked as well.
    const left = Object.entries(env).filter(([name]) => !broken.has(name));
    const rest = settingsOf(Object.fromEntries(left), cwd);
    const warnings = rest.findings.filter(({ status }) => status !== 'ok');
    return { ...rest, findings: [...problems.map(problem), ...warnings], broken };
  }
}

/** The variable that a problem is about, behind the place in a settings file where it stands there. */
const VARIABLE = /(?:^|: )([A-Z][A-Z\d_]*): /;

function settingsOf(env: Environment, cwd: string): CheckedSettings {
  const config = loadConfig(env, { cwd });
  // Each says what to do.
  const warnings = config.warnings.map((sentence) => warning('settings', sentence, ''));
  const findings = warnings.length > 0 ? warnings : [ok('settings', 'all of them are valid')];
  return { findings, env, config, broken: new Set() };
}

function problem(line: string): Finding {
  const [message = line, allowed] = line.split('; allowed: ');
  return wrong('settings', message, allowed === undefined ? '' : `Allowed: ${allowed}.`);
}

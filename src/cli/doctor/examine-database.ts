import type { Config } from '../../config/config.ts';
import type { DatabaseInspection } from '../../database/inspect-database.ts';
import type { Redactor } from '../../observability/redactor.ts';
import type { Environment } from '../../config/environment.ts';
import { attempt } from './attempt.ts';
import { checkDatabase, type CheckedDatabase, checkFile } from './check-database.ts';
import { checkDeadLetters } from './check-dead-letters.ts';
import { checkHost } from './check-host.ts';
import { checkIncidents } from './check-incidents.ts';
import { checkSecretKey } from './check-secret-key.ts';
import type { CheckedSettings } from './check-settings.ts';
import { checkStoredSettings } from './check-stored-settings.ts';
import { type Finding, skipped } from './finding.ts';
import { type AgentOrLocked, checkSecrets, checkTokens, openAgents } from './open-agents.ts';

/** What a database holds, as far as it can be told. */
export interface ExaminedDatabase {
  readonly findings: readonly Finding[];
  /** The agents, or why they cannot be told. */
  readonly agents: readonly AgentOrLocked[] | string;
  /** The settings with the runtime settings above them, as far as those can be used. */
  readonly env: Environment;
}

/** What a database is examined with. */
export interface DatabaseTools {
  /** How long a check may take, in milliseconds. */
  readonly timeout: number;
  /** The folder in which relative paths begin. */
  readonly cwd: string;
  /** Learns every secret that is opened. */
  readonly redactor: Redactor;
}

/** Checks the database, its secret key and what is stored under it. Never throws. */
export async function examineDatabase(
  settings: CheckedSettings,
  tools: DatabaseTools,
): Promise<ExaminedDatabase> {
  const { config, broken } = settings;
  let { env } = settings;
  if (broken.has('DATABASE_URL')) return { ...unknown('database', 'DATABASE_URL is wrong', []), env };
  const { findings, inspection, isCurrent } = await look(config, tools);
  if (isCurrent) {
    const runtime = await attempt('runtime settings', tools.timeout, async () => {
      const checked = await checkStoredSettings(settings, tools.cwd);
      env = checked.env;
      return checked.findings;
    });
    findings.push(...runtime);
    findings.push(...(await attempt('dead letters', tools.timeout, () => checkDeadLetters(config.database))));
    findings.push(...(await attempt('incidents', tools.timeout, () => checkIncidents(config.database))));
  }
  if (['SECRET_KEY', 'SECRET_KEY_PREVIOUS', 'SECRET_KEY_FILE'].some((name) => broken.has(name))) {
    return { ...unknown('key', 'the setting of the key is wrong', findings), env };
  }
  const key = await checkSecretKey(config.secretKey, inspection?.sealed ?? 0);
  findings.push(key.finding);
  const obstacle = obstacleOf(findings, inspection, isCurrent, key.finding);
  if (obstacle !== undefined) return { findings, agents: obstacle, env };
  let agents: ExaminedDatabase['agents'] = 'the agents cannot be read';
  const stored = await attempt('stored secrets', tools.timeout, async () => {
    const opened = await openAgents(config, { hasKey: key.exists, redactor: tools.redactor });
    ({ agents } = opened);
    return [checkSecrets(opened.agents), ...checkTokens(opened.agents), checkHost(opened)];
  });
  return { findings: [...findings, ...stored], agents, env };
}

async function look(
  { database }: Config,
  { timeout }: DatabaseTools,
): Promise<Omit<CheckedDatabase, 'findings'> & { findings: Finding[] }> {
  let checked: CheckedDatabase = { findings: [], inspection: undefined, isCurrent: false };
  const opened = await attempt('database', timeout, async (signal) => {
    checked = await checkDatabase(database, signal);
    return checked.findings;
  });
  const { inspection, isCurrent } = checked;
  if (inspection === undefined || database.provider !== 'sqlite') {
    return { findings: [...opened], inspection, isCurrent };
  }
  const integrity = await attempt('integrity', timeout, async (signal) => [
    await checkFile(database.file, signal),
  ]);
  return { findings: [...opened, ...integrity], inspection, isCurrent };
}

/** Why the agents cannot be read, if they cannot: reading them must not make or change anything. */
function obstacleOf(
  findings: readonly Finding[],
  inspection: DatabaseInspection | undefined,
  isCurrent: boolean,
  key: Finding,
): string | undefined {
  if (inspection === undefined) {
    return findings[0]?.status === 'ok' ? 'there is no database yet' : 'the database cannot be read';
  }
  if (!isCurrent) return 'the schema of the database is not that of this version';
  return key.status === 'error' ? 'there is no key to their secrets' : undefined;
}

function unknown(name: string, why: string, findings: readonly Finding[]): Omit<ExaminedDatabase, 'env'> {
  return { findings: [...findings, skipped(name, why)], agents: why };
}

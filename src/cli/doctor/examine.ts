import type { Redactor } from '../../observability/redactor.ts';
import { createModelCheck } from '../check-models.ts';
import { attempt } from './attempt.ts';
import { checkDiscord } from './check-discord.ts';
import { type CheckedSettings, checkSettings, type SettingSources } from './check-settings.ts';
import { checkSystem, type System } from './check-system.ts';
import { examineAgents } from './examine-agents.ts';
import { examineDatabase } from './examine-database.ts';
import { examineFiles, type FileTools } from './examine-files.ts';
import { type Check, type Finding, inGroup, skipped } from './finding.ts';

/** What an examination works with. */
export interface ExamineTools extends SettingSources, Pick<FileTools, 'freeBytes'> {
  readonly system: System;
  /** Milliseconds since 1970, by this machine's clock. */
  readonly now: () => number;
  /** How long a check may take, in milliseconds. Default: 10,000. */
  readonly timeout?: number | undefined;
  /** Learns every secret that is opened. */
  readonly redactor: Redactor;
  /** Told what is being checked. */
  readonly onProgress: (what: string) => void;
}

/** What is to be examined. */
export interface ExamineOptions {
  /** Only these agents; none: all that are enabled. */
  readonly names: readonly string[];
  /** Whether Discord and models are left alone. */
  readonly offline: boolean;
}

const TIMEOUT = 10_000;

const OFFLINE = 'left out by --offline';

/** Checks everything, a group after the other. Changes nothing; only a defect is thrown. */
export async function* examine(
  { names, offline }: ExamineOptions,
  tools: ExamineTools,
): AsyncGenerator<readonly Check[], void> {
  const { timeout = TIMEOUT, onProgress } = tools;
  yield inGroup('System', checkSystem(tools.system));
  const settings = checkSettings(tools);
  for (const { apiKey } of Object.values(settings.config.providers)) {
    if (apiKey !== undefined) tools.redactor.add(apiKey);
  }
  yield inGroup('Settings', settings.findings);
  onProgress('files');
  yield inGroup('Files', await examineFiles(settings, { ...tools, timeout }));
  onProgress('the database');
  const { findings, agents, env } = await examineDatabase(settings, { ...tools, timeout });
  yield inGroup('Database', findings);
  onProgress('Discord');
  const discord = offline
    ? [skipped('Discord', OFFLINE)]
    : await examineDiscord(settings, timeout, tools.now);
  yield inGroup('Discord', discord);
  const agentTools = {
    apiUrl: settings.config.discord.apiUrl,
    models: createModelCheck(env),
    noDiscord: discord[0]?.status === 'ok' ? undefined : offline ? OFFLINE : 'Discord was not reached',
    noModels: offline ? OFFLINE : undefined,
    timeout,
  };
  yield* await examineAgents(agents, names, agentTools, (done, all) => {
    onProgress(`agents (${done} of ${all})`);
  });
}

function examineDiscord(
  { config, broken }: CheckedSettings,
  timeout: number,
  now: () => number,
): Promise<readonly Finding[]> | readonly Finding[] {
  if (broken.has('DISCORD_API_URL')) return [skipped('Discord', 'DISCORD_API_URL is wrong')];
  const { apiUrl } = config.discord;
  return attempt('Discord', timeout, (signal) => checkDiscord({ apiUrl, now }, signal));
}

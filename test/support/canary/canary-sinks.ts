import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Channel } from '../discord/channel.ts';
import type { Stage } from '../run-host.ts';
import { ROOT, runProcess } from '../run-process.ts';
import type { Sink } from './find-leaks.ts';

/** What {@link canarySinks} looks at. */
export interface Sources {
  readonly stage: Pick<Stage, 'env' | 'query'>;
  /** Where the host's log files are. */
  readonly logs: string;
  /** What the host's processes wrote to their consoles. */
  readonly consoles: Readonly<Record<string, () => string>>;
  readonly channels: readonly Channel[];
  /** What was asked of the host over HTTP, and what came back with its headers. */
  readonly answers: () => string;
}

/** The commands that show what there is to programs. Another one is one line. */
const COMMANDS = {
  'agents list': ['scripts/manage-agents.ts', 'list', '--json'],
  'agents show': ['scripts/manage-agents.ts', 'show', 'Helper', '--json'],
  'agents export': ['scripts/export-agents.ts'],
  config: ['scripts/show-config.ts', '--json'],
  doctor: ['scripts/doctor.ts', '--json'],
  exchanges: ['scripts/manage-exchanges.ts', 'list', '--json'],
  usage: ['scripts/show-usage.ts', '--json'],
  incidents: ['scripts/manage-incidents.ts', 'list', '--json'],
  bots: ['scripts/manage-bots.ts', 'list', '--json'],
  admin: ['scripts/manage-admin.ts', 'list', '--json'],
  audit: ['scripts/manage-audit.ts', 'list', '--json'],
  'db status': ['scripts/manage-database.ts', 'status', '--json'],
  'secrets status': ['scripts/manage-secrets.ts', 'status', '--json'],
} as const satisfies Record<string, readonly [string, ...string[]]>;

/** Everywhere that something comes out of Troupe. A new way out (traces, metrics, the API) is one line here. */
export function canarySinks({ stage, logs, consoles, channels, answers }: Sources): Sink[] {
  const table = (sql: string) => async (): Promise<string> => JSON.stringify(await stage.query(sql));
  return [
    ...Object.entries(consoles).map(([name, read]) => ({ name, read })),
    { name: 'the log files', read: () => readLogs(logs) },
    { name: 'state_reason', read: table('SELECT name, state, state_reason FROM agents') },
    { name: 'journal', read: table('SELECT id, state, reason FROM exchanges') },
    { name: 'guard findings', read: table('SELECT * FROM guard_findings') },
    { name: 'usage', read: table('SELECT * FROM model_calls') },
    { name: 'incidents', read: table('SELECT * FROM incidents') },
    { name: 'audit log', read: table('SELECT action, state_before, state_after FROM audit_entries') },
    { name: 'HTTP', read: answers },
    { name: 'Discord', read: () => saidByBots(channels) },
    ...Object.entries(COMMANDS).map(([name, [script, ...args]]) => ({
      name,
      read: () => outputOf(script, args, stage.env),
    })),
  ];
}

/** All of a log's files, unpacked. */
async function readLogs(folder: string): Promise<string> {
  const texts = (await readdir(folder)).map(async (name) => {
    const bytes = await readFile(path.join(folder, name));
    return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  });
  return (await Promise.all(texts)).join('\n');
}

function saidByBots(channels: readonly Channel[]): string {
  const messages = channels.flatMap((channel) => [...channel.messages.values()]);
  return JSON.stringify(
    messages.filter(({ author }) => author.kind === 'bot').map(({ data }) => data.content),
  );
}

async function outputOf(
  script: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<string> {
  const process = runProcess(path.join(ROOT, script), env, args);
  await process.ended;
  if (process.output() === '') throw new Error(`${script} ${args.join(' ')} wrote nothing`);
  return process.output();
}

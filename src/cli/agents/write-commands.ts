import type { Command } from 'commander';
import type { AgentRecord } from '../../agents/agent-record.ts';
import { printable } from '../../agents-file/show-value.ts';
import { whoIs } from '../../examine/application-words.ts';
import { jsonLine } from '../json-line.ts';
import { agentAsJson } from '../../agents/agent-json.ts';
import { buildDefinition, refuseOpenSecrets } from './build-definition.ts';
import { knownAgent } from './known-agents.ts';
import type { Manager, ManagerIo } from './manager.ts';
import { linksOf, nextSteps, tokenToAsk } from './next-steps.ts';
import { refuseTakenName, saveAgent } from './save-agent.ts';
import { readSettings, type WantedSettings } from './setting-options.ts';
import { type SettingChange, type SettingTree, treeOf } from './setting-change.ts';
import { vetAgent } from './vet-agent.ts';

/** Options of every command that saves an agent. */
interface SaveFlags {
  readonly json?: true;
  readonly offline?: true;
  readonly force?: true;
  readonly removeToken?: true;
}

/** What is to be made of what. */
interface Draft {
  readonly command: Command;
  readonly verb: string;
  /** The agent that changes; undefined: a new one is made. */
  readonly record: AgentRecord | undefined;
  /** What the settings begin with, secrets in the open. */
  readonly tree: SettingTree;
  readonly changes?: readonly SettingChange[];
}

/** `create NAME`. */
export async function createAgent(
  name: string,
  command: Command,
  manager: Manager,
  io: ManagerIo,
): Promise<void> {
  await save({ command, verb: 'Made', record: undefined, tree: { name } }, manager, io);
}

/** `edit NAME`. */
export async function editAgent(
  name: string,
  command: Command,
  manager: Manager,
  io: ManagerIo,
): Promise<void> {
  const record = knownAgent(name, await manager.store.list());
  const newName = command.opts<{ name?: string }>().name;
  const changes = newName === undefined ? [] : [{ key: 'name', value: newName }];
  await save({ command, verb: 'Saved', record, tree: openTree(record, manager), changes }, manager, io);
}

/** `duplicate NAME NEW`: the settings with their keys, but not the token, which one bot alone can have. */
export async function duplicateAgent(
  name: string,
  copy: string,
  command: Command,
  manager: Manager,
  io: ManagerIo,
): Promise<void> {
  const tree = openTree(knownAgent(name, await manager.store.list()), manager);
  await save({ command, verb: 'Made', record: undefined, tree: { ...tree, name: copy } }, manager, io);
}

/**
 * An agent's settings as a file has them, with secrets in the open.
 *
 * @throws {TroupeError} when this host's key does not open one
 */
export function openTree(record: AgentRecord, { store }: Pick<Manager, 'store'>): SettingTree {
  return treeOf({ ...record, config: store.openConfig(record) });
}

async function save(
  { command, verb, record, tree, changes = [] }: Draft,
  manager: Manager,
  io: ManagerIo,
): Promise<void> {
  const flags = command.opts<SaveFlags>();
  const wanted = await readSettings(command, manager, io);
  refuseNothing(command, flags, [...changes, ...wanted.changes], wanted, record);
  const definition = buildDefinition(tree, [...changes, ...wanted.changes]);
  refuseOpenSecrets(definition, [tree, { api_key: wanted.apiKey }]);
  await refuseTakenName(definition.name, manager, record?.id);
  const answersAnew = record === undefined || touchesAnswers(wanted.changes);
  const { report, warnings } = await vetAgent(definition, manager, {
    token: wanted.token ?? (flags.removeToken ? undefined : tokenToAsk(definition, record, manager.store)),
    model: answersAnew,
    ownId: record?.id,
    offline: flags.offline ?? false,
    force: flags.force ?? false,
  });
  const token = flags.removeToken ? null : wanted.token;
  const saved = await saveAgent({ definition, token, record, report }, manager);
  for (const warning of warnings) io.stderr.write(`warning: ${printable(warning)}\n`);
  if (flags.json) {
    const { invite, portal } = linksOf(saved, report);
    const links = { invite_url: invite ?? null, portal_url: portal ?? null };
    io.stdout.write(jsonLine({ agent: agentAsJson(saved), ...links, warnings }));
    return;
  }
  const lines = [
    `${verb} ${printable(saved.name)} (${saved.type}).`,
    ...(report === undefined ? [] : [`Its bot is ${whoIs(report)}.`]),
    ...nextSteps(saved, report, manager.config.discord.pollIntervalMs),
  ];
  io.stdout.write(`${lines.join('\n')}\n`);
}

function touchesAnswers(changes: readonly SettingChange[]): boolean {
  return changes.some(({ key }) => key === 'type' || key.startsWith('config'));
}

function refuseNothing(
  command: Command,
  { removeToken }: SaveFlags,
  changes: readonly SettingChange[],
  { token }: WantedSettings,
  record: AgentRecord | undefined,
): void {
  if (removeToken && token !== undefined) {
    command.error('error: --remove-token and a token cannot both be given');
  }
  if (record !== undefined && changes.length === 0 && token === undefined && !removeToken) {
    command.error('error: nothing to change; name a setting (--help shows them)');
  }
}

import type { AgentDefinition } from '../agents/agent-definition.ts';
import type { AgentRecord } from '../agents/agent-record.ts';
import { requiresMessageContent } from '../agents/agent-types.ts';
import { type ApplicationReport, inviteUrl, portalUrl } from '../discord/inspect-application.ts';
import { messageOf, TroupeError } from '../errors.ts';
import { checkModel, lackOf } from './check-model.ts';
import { checkToken } from './check-token.ts';
import { lacksContent, supersedes, whoIs } from './application-words.ts';
import type { Examiner } from './examiner.ts';

/** One thing that was looked at. */
export interface Check {
  readonly name: 'settings' | 'token' | 'intents' | 'permissions' | 'model' | 'answer';
  readonly status: 'ok' | 'warning' | 'error';
  /** What is so, and how to mend it. */
  readonly message: string;
}

/** Looks at everything that an agent needs to answer on Discord. Changes nothing. */
export async function examineAgent(
  record: AgentRecord,
  examiner: Examiner,
  { offline, signal }: { readonly offline: boolean; readonly signal?: AbortSignal | undefined },
): Promise<Check[]> {
  let token: string | undefined;
  let definition: AgentDefinition;
  try {
    token = examiner.store.openToken(record);
    definition = { ...record, config: examiner.store.openConfig(record) };
  } catch (error) {
    if (!(error instanceof TroupeError)) throw error;
    return [{ name: 'settings', status: 'error', message: `${messageOf(error)}. ${error.remedy}` }];
  }
  const lack = lackOf(definition, examiner.tools);
  const settings: Check =
    lack === undefined
      ? { name: 'settings', status: 'ok', message: 'fit the type' }
      : { name: 'settings', status: 'error', message: lack };
  if (offline) return [settings];
  const [onDiscord, onModel] = await Promise.all([
    checkDiscord(definition, record.id, token, examiner, signal),
    lack === undefined ? askModel(definition, record.id, examiner, signal) : [],
  ]);
  return [settings, ...onDiscord, ...onModel];
}

async function checkDiscord(
  definition: AgentDefinition,
  ownId: string,
  token: string | undefined,
  examiner: Examiner,
  signal: AbortSignal | undefined,
): Promise<Check[]> {
  if (token === undefined) {
    return [{ name: 'token', status: 'warning', message: 'it has none, so it is off Discord' }];
  }
  const finding = await checkToken(token, examiner, { ownId, signal });
  if (finding.kind !== 'good') return [{ name: 'token', status: 'error', message: finding.message }];
  const { report } = finding;
  const other = finding.supersedes;
  return [
    { name: 'token', status: 'ok', message: whoIs(report) },
    ...(other === undefined
      ? []
      : [{ name: 'token', status: 'warning', message: supersedes(other) } as const]),
    intents(definition, report),
    ...permissions(definition, report),
  ];
}

function intents(definition: AgentDefinition, report: ApplicationReport): Check {
  if (lacksContent(definition, report)) {
    const page = portalUrl(report.identity.applicationId, 'bot');
    const message = `its settings need the Message Content Intent, which is off. Switch it on: ${page}`;
    return { name: 'intents', status: 'error', message };
  }
  const needs = requiresMessageContent(definition) ? 'what its settings need is on' : 'it needs no switch';
  return { name: 'intents', status: 'ok', message: needs };
}

function permissions(definition: AgentDefinition, { guilds, identity }: ApplicationReport): Check[] {
  const invite = inviteUrl(identity.applicationId);
  if (guilds.length === 0) {
    return [{ name: 'permissions', status: 'warning', message: `it is in no server. Invite it: ${invite}` }];
  }
  const absent = definition.guildWhitelist.filter((id) => !guilds.some((guild) => guild.id === id));
  const checks: Check[] = absent.map((id) => ({
    name: 'permissions',
    status: 'warning',
    message: `guild_whitelist names the server ${id}, in which it is not. Invite it: ${invite}`,
  }));
  for (const { name, missing } of guilds.filter((guild) => guild.missing.length > 0)) {
    const message = `in ${name} it lacks ${missing.join(', ')}. Give them to its role there, or invite it again: ${invite}`;
    checks.push({ name: 'permissions', status: 'error', message });
  }
  if (checks.length > 0) return checks;
  const servers = guilds.length === 1 ? '1 server' : `all ${guilds.length} servers`;
  return [{ name: 'permissions', status: 'ok', message: `it has what it needs in ${servers}` }];
}

async function askModel(
  definition: AgentDefinition,
  id: string,
  { tools }: Examiner,
  signal: AbortSignal | undefined,
): Promise<Check[]> {
  const finding = await checkModel(definition, tools, { id, signal });
  if (finding.kind !== 'good') return [{ name: 'model', status: 'error', message: finding.message }];
  return finding.asked ? [{ name: 'model', status: 'ok', message: 'answers' }] : [];
}

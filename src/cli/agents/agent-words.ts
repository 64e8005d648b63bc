import type { AgentRecord } from '../../agents/agent-record.ts';
import { agentDefinitionSchema } from '../../agents/agent-definition.ts';
import { printable, withoutSecrets } from '../../agents-file/show-value.ts';
import { REDACTED } from '../../observability/secret-shapes.ts';
import { inviteUrl } from '../../discord/inspect-application.ts';
import { alignedTable } from '../aligned-table.ts';
import { shownValue, treeOf } from './setting-change.ts';

/** The agents as a table of lines. */
export function listTable(agents: readonly AgentRecord[]): string {
  const rows = agents.map(({ name, type, status, pausedAt }) => [
    printable(name),
    type,
    pausedAt === undefined ? status.state : `${status.state}, paused`,
    printable(status.reason),
  ]);
  return alignedTable([['NAME', 'TYPE', 'STATE', 'WHY'], ...rows]);
}

/** Everything that there is to know of an agent, a line each. No secret. */
export function describeAgent(agent: AgentRecord): string {
  const { name, identity, status, sealedToken, createdAt } = agent;
  const defaults = treeOf(agentDefinitionSchema.parse({ name }));
  const settings = Object.entries(treeOf(agent)).flatMap(([key, value]): string[][] => {
    if (key === 'name' || key === 'config') return [];
    const isDefault = JSON.stringify(value) === JSON.stringify(defaults[key]);
    return [[key, `${shown(value)}${isDefault ? '  (default)' : ''}`]];
  });
  const config = Object.entries(agent.config).map(([key, value]) => [
    `config.${key}`,
    shown(withoutSecrets(value, key)),
  ]);
  const who =
    identity === undefined
      ? 'not known yet'
      : `${identity.username} (${identity.userId}), application ${identity.applicationId}`;
  return alignedTable([
    ['name', printable(name)],
    ['state', `${status.state}${status.reason === '' ? '' : `: ${printable(status.reason)}`}`],
    ...(agent.pausedAt === undefined ? [] : [['paused', `since ${agent.pausedAt.toISOString()}`]]),
    ['token', sealedToken === undefined ? 'none' : 'stored, encrypted'],
    ['bot', printable(who)],
    ['invite', identity === undefined ? 'once the bot is known' : inviteUrl(identity.applicationId)],
    ['created', createdAt.toISOString()],
    ...settings,
    ...config,
  ]);
}

function shown(value: unknown): string {
  return value === REDACTED ? REDACTED : printable(shownValue(value));
}

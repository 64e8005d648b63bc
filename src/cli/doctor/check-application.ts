import type { AgentDefinition } from '../../agents/agent-definition.ts';
import { requiresMessageContent } from '../../agents/agent-types.ts';
import {
  type ApplicationReport,
  type GuildAccess,
  inspectApplication,
  inviteUrl,
  portalUrl,
} from '../../discord/inspect-application.ts';
import { type Finding, ok, warning, wrong } from './finding.ts';

/** Guilds that one line names. */
const MAX_NAMED = 5;

/**
 * Whether Discord accepts a token, and lets its bot do what the agent's settings need.
 *
 * @throws {BotFailure} when it does not accept it, or cannot be reached
 */
export async function checkApplication(
  token: string,
  definition: AgentDefinition,
  apiUrl: string,
  signal: AbortSignal,
): Promise<Finding[]> {
  const report = await inspectApplication(token, { apiUrl }, signal);
  return [
    checkIdentity(report),
    checkMessageContent(report, definition),
    checkGuilds(report),
    ...checkWhitelist(report, definition),
    ...checkPermissions(report, definition),
    ...checkSessions(report),
  ];
}

function checkIdentity({ identity: { username, applicationId }, isPublic }: ApplicationReport): Finding {
  const owner = isPublic ? '' : '; only its owner may invite it';
  return ok('token', `is that of ${username} (application ${applicationId})${owner}`);
}

function checkMessageContent(
  { messageContent, identity }: ApplicationReport,
  definition: AgentDefinition,
): Finding {
  const name = 'message content';
  if (messageContent) return ok(name, 'the intent is switched on');
  if (!requiresMessageContent(definition))
    return ok(name, 'the intent is off, and its settings do not need it');
  return wrong(
    name,
    'its settings need the intent, which is switched off',
    `Switch on "Message Content Intent" at ${portalUrl(identity.applicationId, 'bot')}`,
  );
}

function checkGuilds({ guilds, identity }: ApplicationReport): Finding {
  return guilds.length === 0
    ? warning('guilds', 'it is in none', `Invite it: ${inviteUrl(identity.applicationId)}`)
    : ok('guilds', `it is in ${named(guilds)}`);
}

function checkWhitelist(
  { guilds, identity }: ApplicationReport,
  { guildWhitelist }: AgentDefinition,
): Finding[] {
  const absent = guildWhitelist.filter((id) => guilds.every((guild) => guild.id !== id));
  if (absent.length === 0) return [];
  return [
    warning(
      'guild whitelist',
      `it is not in ${absent.join(', ')}`,
      `Correct its guild_whitelist, or invite it: ${inviteUrl(identity.applicationId)}`,
    ),
  ];
}

/** Where it answers; what it may do elsewhere is all the same. */
function checkPermissions(
  { guilds, identity }: ApplicationReport,
  { guildWhitelist }: AgentDefinition,
): Finding[] {
  const answersIn = guilds.filter(({ id }) => guildWhitelist.length === 0 || guildWhitelist.includes(id));
  if (answersIn.length === 0) return [];
  const groups = Map.groupBy(answersIn, ({ missing }) => missing.join(', '));
  const granted = groups.delete('');
  if (groups.size === 0 && granted) return [ok('permissions', 'it has all that it needs')];
  return [...groups].map(([missing, where]) =>
    warning(
      'permissions',
      `it lacks ${missing} in ${named(where)}`,
      `Grant them to its role, or in the channels where it is to answer; or invite it again: ${inviteUrl(identity.applicationId)}`,
    ),
  );
}

function checkSessions({ identifiesLeft }: ApplicationReport): Finding[] {
  if (identifiesLeft > 0) return [];
  const message = 'Discord grants it no more sessions for some hours';
  return [warning('sessions', message, 'It connects by itself then. Look into why it connected so often.')];
}

function named(guilds: readonly GuildAccess[]): string {
  const names = guilds.slice(0, MAX_NAMED).map(({ name, id }) => `${name} (${id})`);
  const more = guilds.length - names.length;
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
}

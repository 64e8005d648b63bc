import { API } from '@discordjs/core';
import {
  ApplicationFlags,
  PermissionFlagsBits,
  type RESTAPIPartialCurrentUserGuild,
} from 'discord-api-types/v10';
import type { BotIdentity } from '../agents/agent-record.ts';
import { askDiscord, type AskOptions } from './ask-discord.ts';
import { botFailureOf, unauthorized } from './rest-failure.ts';

/** What a bot may do in one of its guilds. */
export interface GuildAccess {
  readonly id: string;
  readonly name: string;
  /**
   * Permissions that the bot lacks there, by Discord's names in English, such as "Send Messages". A channel may still
   * grant or deny them by itself.
   */
  readonly missing: readonly string[];
}

/** What Discord tells of an application and its bot. */
export interface ApplicationReport {
  readonly identity: BotIdentity;
  /** Whether the Message Content Intent is switched on. */
  readonly messageContent: boolean;
  /** Whether others than its owner may invite it. */
  readonly isPublic: boolean;
  /** The guilds that it is in, at most 3,000. */
  readonly guilds: readonly GuildAccess[];
  /** How often its bot may still IDENTIFY today. */
  readonly identifiesLeft: number;
}

/** Guilds on one page, as Discord allows. */
const PAGE = 200;

/** A bot with one connection can be in 2,500 guilds. */
const MAX_PAGES = 15;

/** The switches of an application that grant the content of all messages. */
const MESSAGE_CONTENT =
  ApplicationFlags.GatewayMessageContent | ApplicationFlags.GatewayMessageContentLimited;

/** What a bot needs where it answers, by Discord's names. Replies need the history, exports of a memory the files. */
const NEEDED = {
  'View Channels': PermissionFlagsBits.ViewChannel,
  'Send Messages': PermissionFlagsBits.SendMessages,
  'Send Messages in Threads': PermissionFlagsBits.SendMessagesInThreads,
  'Read Message History': PermissionFlagsBits.ReadMessageHistory,
  'Attach Files': PermissionFlagsBits.AttachFiles,
} as const satisfies Record<string, bigint>;

/**
 * Asks Discord over REST who a token belongs to and what its bot may do; spends no IDENTIFY.
 *
 * @param signal - gives up; its reason is thrown
 * @throws {BotFailure} not `retryable` for a bad token, `retryable` when Discord cannot be reached
 */
export async function inspectApplication(
  token: string,
  options: AskOptions,
  signal: AbortSignal,
): Promise<ApplicationReport> {
  // Nothing else fits into a header, and the error of whoever tries would show it.
  if (!/^[\x21-\x7E]+$/.test(token)) throw unauthorized();
  try {
    return await askDiscord(options, signal, (rest) => inspect(new API(rest.setToken(token)), signal));
  } catch (error) {
    signal.throwIfAborted();
    throw botFailureOf(error);
  }
}

/** The link that invites the bot with exactly the permissions that it needs. */
export function inviteUrl(applicationId: string): string {
  const permissions = Object.values(NEEDED).reduce((all, permission) => all | permission);
  const query = new URLSearchParams({
    client_id: applicationId,
    scope: 'bot applications.commands',
    permissions: String(permissions),
  });
  return `https://discord.com/oauth2/authorize?${query.toString()}`;
}

/** The developer portal's page with an application's switches. */
export function portalUrl(applicationId: string, page: 'bot' | 'installation' | 'information'): string {
  return `https://discord.com/developers/applications/${applicationId}/${page}`;
}

async function inspect(api: API, signal: AbortSignal): Promise<ApplicationReport> {
  // The others come after it: a bad token costs one invalid request.
  const application = await api.applications.getCurrent({ signal });
  const user = application.bot ?? (await api.users.getCurrent({ signal }));
  const [gateway, guilds] = await Promise.all([api.gateway.getBot({ signal }), listGuilds(api, signal)]);
  return {
    identity: { applicationId: application.id, userId: user.id, username: user.username },
    messageContent: (application.flags & MESSAGE_CONTENT) !== 0,
    isPublic: application.bot_public,
    guilds: guilds.map(accessTo),
    identifiesLeft: gateway.session_start_limit.remaining,
  };
}

async function listGuilds(api: API, signal: AbortSignal): Promise<RESTAPIPartialCurrentUserGuild[]> {
  const guilds: RESTAPIPartialCurrentUserGuild[] = [];
  for (let page = 0; page < MAX_PAGES; page++) {
    const last = guilds.at(-1);
    const after = last === undefined ? {} : { after: last.id };
    const more = await api.users.getGuilds({ limit: PAGE, ...after }, { signal });
    guilds.push(...more);
    if (more.length < PAGE) break;
  }
  return guilds;
}

function accessTo({ id, name, owner, permissions }: RESTAPIPartialCurrentUserGuild): GuildAccess {
  const granted = BigInt(permissions);
  const all = owner || (granted & PermissionFlagsBits.Administrator) !== 0n;
  const lacking = Object.entries(NEEDED).filter(([, needed]) => (granted & needed) === 0n);
  return { id, name, missing: all ? [] : lacking.map(([permission]) => permission) };
}

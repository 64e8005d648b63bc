import type { APIAllowedMentions } from 'discord-api-types/v10';
import { formError } from './api-error.ts';

/** Whom a message really notifies. */
export interface Pinged {
  /** Ids of users. */
  users: string[];
  /** Ids of roles. */
  roles: string[];
  /** `@everyone` or `@here`. */
  everyone: boolean;
}

/** What a text would notify if everything in it were allowed. */
export function parseMentions(content: string): Pinged {
  if (!content.includes('@')) return { users: [], roles: [], everyone: false };
  const text = withoutCode(content);
  const users = new Set<string>();
  const roles = new Set<string>();
  for (const [, kind, id] of text.matchAll(/<@(&|!)?(\d{15,20})>/g)) {
    if (id !== undefined) (kind === '&' ? roles : users).add(id);
  }
  return { users: [...users], roles: [...roles], everyone: /@(everyone|here)/.test(text) };
}

/** Discord notifies nobody from within code. */
function withoutCode(content: string): string {
  if (!content.includes('`')) return content;
  return content.replace(/```[\s\S]*?```/g, ' ').replace(/(`+)(?!`)[^\n]*?[^`]\1(?!`)/g, ' ');
}

/**
 * Whom a message notifies under its `allowed_mentions`, as a bot with every permission: absent ones allow all.
 *
 * @param repliedTo the author of the message that is replied to
 * @see https://discord.com/developers/docs/resources/message#allowed-mentions-object
 */
export function pingedBy(
  content: string,
  allowed: APIAllowedMentions | undefined,
  repliedTo: string | undefined,
): Pinged {
  const found = parseMentions(content);
  const repliedUser = allowed === undefined || allowed.replied_user === true;
  if (allowed) {
    found.users = filterIds('users', found.users, allowed);
    found.roles = filterIds('roles', found.roles, allowed);
    found.everyone &&= (allowed.parse as string[] | undefined)?.includes('everyone') ?? false;
  }
  if (repliedTo !== undefined && repliedUser && !found.users.includes(repliedTo)) found.users.push(repliedTo);
  return found;
}

function filterIds(kind: 'users' | 'roles', ids: string[], allowed: APIAllowedMentions): string[] {
  if ((allowed.parse as string[] | undefined)?.includes(kind)) return ids;
  const listed = allowed[kind] ?? [];
  return ids.filter((id) => listed.includes(id));
}

/** Refuses what Discord refuses. @throws ApiError */
export function checkAllowedMentions(allowed: APIAllowedMentions | undefined): void {
  for (const kind of ['users', 'roles'] as const) {
    const listed = allowed?.[kind]?.length ?? 0;
    if (listed > 100) {
      throw formError(`allowed_mentions.${kind}`, 'BASE_TYPE_MAX_LENGTH', 'Must be 100 or fewer in length.');
    }
    if (listed > 0 && (allowed?.parse as string[] | undefined)?.includes(kind)) {
      const message = `parse:["${kind}"] and ${kind}: [ids...] are mutually exclusive.`;
      throw formError('allowed_mentions', 'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE', message);
    }
  }
}

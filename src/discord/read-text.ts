import type { GuildIndex } from './guild-index.ts';
import { shownName } from './shown-name.ts';

/** A mention of a user, role or channel in the text of a message, with the space before it. */
const MENTION = /( ?)<(@!?|@&|#)(\d{1,20})>/g;

/** As much of a message as its text needs to be read. */
export interface RawText {
  readonly content: string;
  readonly mentions: readonly RawMention[];
}

interface RawMention {
  readonly id: string;
  readonly username: string;
  readonly global_name?: string | null;
  readonly member?: { readonly nick?: string | null };
}

/**
 * The text with mentions as names, without the white space around it.
 *
 * @param guildId - the guild that roles and channels are looked up in
 * @param left - ids of users and roles whose mentions are left out
 */
export function readText(
  { content, mentions }: RawText,
  index: GuildIndex,
  guildId: string | undefined,
  left: ReadonlySet<string> = new Set(),
): string {
  const text = content.replaceAll(MENTION, (mention: string, space: string, kind: string, id: string) => {
    // Taken out with its space, so that no gap is left; the layout of the rest is not touched.
    if (kind !== '#' && left.has(id)) return '';
    return space + nameOf(kind, id, mention.trimStart());
  });
  return text.trim();

  function nameOf(kind: string, id: string, mention: string): string {
    if (kind === '#') return `#${nonEmpty(index.channel(guildId, id)?.name) ?? 'unknown-channel'}`;
    if (kind === '@&') return `@${index.role(guildId, id)?.name ?? 'unknown-role'}`;
    const user = mentions.find((mentioned) => mentioned.id === id);
    return user === undefined ? mention : `@${shownName(user, user.member)}`;
  }
}

/** The ids of the channels that a text mentions. */
export function mentionedChannels(content: string): string[] {
  return [...content.matchAll(MENTION)].flatMap(([, , kind, id = '']) => (kind === '#' ? [id] : []));
}

/** A name that may be empty where it is not known. */
export function nonEmpty(name: string | undefined): string | undefined {
  return name === '' ? undefined : name;
}

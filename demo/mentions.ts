import type { Bot } from '../test/support/discord/bot.ts';
import { type RoleName, roleNamed } from './cast.ts';

const NAME = /@(\p{L}+)/gu;

/** A text as Discord's client sends it: `@Name` of one of the cast becomes a mention. */
export function writeMentions(text: string, bots: ReadonlyMap<RoleName, Bot>): string {
  return text.replaceAll(NAME, (written, name: string) => {
    const role = roleNamed(name);
    return (role && bots.get(role)?.mention) ?? written;
  });
}

/** Whom of the cast a text mentions, as it is typed. */
export function mentionedRoles(text: string): RoleName[] {
  return [...text.matchAll(NAME)].flatMap(([, name = '']) => roleNamed(name) ?? []);
}

/** Whether a text calls everyone. */
export function mentionsEveryone(text: string): boolean {
  return /@(everyone|here)\b/.test(text);
}

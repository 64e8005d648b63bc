import type { Bot } from '../test/support/discord/bot.ts';
import { type RoleName, roleNamed } from './cast.ts';

/** A text as Discord's client sends it: `@Name` of one of the cast becomes a mention. */
export function writeMentions(text: string, bots: ReadonlyMap<RoleName, Bot>): string {
  return text.replaceAll(/@(\p{L}+)/gu, (written, name: string) => {
    const role = roleNamed(name);
    return (role && bots.get(role)?.mention) ?? written;
  });
}

/** Whether a text as it is typed mentions one of the cast, or everyone. */
export function mentionsAnyone(text: string): boolean {
  return [...text.matchAll(/@(\p{L}+)/gu)].some(
    ([, name = '']) => /^(everyone|here)$/.test(name) || roleNamed(name) !== undefined,
  );
}

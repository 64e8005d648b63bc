import { text } from 'node:stream/consumers';

/** What a comparison program is told on standard input: tokens stay out of the process list. */
export interface Assignment {
  /** As for `DISCORD_API_URL`. */
  readonly apiUrl: string;
  readonly tokens: readonly string[];
}

/** What every program subscribes to: guilds, messages in guilds and directly, and their content. */
export const INTENTS = (1 << 0) | (1 << 9) | (1 << 12) | (1 << 15);

/** Reads the assignment and keeps the process alive until it is ended from outside. */
export async function readAssignment(): Promise<Assignment> {
  setInterval(() => undefined, 60_000);
  // An orderly exit, after which the code that was compiled is in the cache.
  process.once('SIGTERM', () => process.exit());
  return JSON.parse(await text(process.stdin)) as Assignment;
}

/** What an echo bot answers: the message without its mention. */
export function echoOf(content: string, botUserId: string): string {
  return content.replace(`<@${botUserId}>`, '').trim();
}

import { z } from 'zod';

/** Longest name of an agent, in characters: leaves room for an index on every database. */
const MAX_NAME = 80;

/** The highest unsigned 64-bit integer. */
const MAX_SNOWFLAKE = '18446744073709551615';

/** Highest rate limit, in messages a minute. */
const MAX_RATE = 1_000;

/** Control characters, and those that turn the direction of a line: a name is shown in terminals. */
const UNPRINTABLE = /^[^\p{Cc}\u200B\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]*$/u;

/** Discord's ids: unsigned 64-bit integers, always kept as text (a double rounds them). */
const snowflake = z
  .string()
  .regex(/^\d{1,20}$/, 'must be a Discord id: digits only')
  .refine(
    (id) => id.length < MAX_SNOWFLAKE.length || id <= MAX_SNOWFLAKE,
    'must be a Discord id: below 2^64',
  );

/**
 * What makes an agent, apart from its token: the settings that a file, the CLI or the API can give.
 *
 * The keys are those of the agents file in camel case; `config` is kept as it is written there, because
 * each agent type checks its own.
 */
export const agentDefinitionSchema = z.strictObject({
  /** Unique, whatever the case. */
  name: z
    .string()
    .transform((name) => name.normalize('NFC').trim())
    .pipe(
      z
        .string()
        .regex(UNPRINTABLE, 'must not have control or invisible characters')
        .min(1, 'must not be empty')
        .max(MAX_NAME, `must have at most ${MAX_NAME} characters`),
    ),
  /** Whether the scheduler runs it. */
  enabled: z.boolean().default(true),
  /** One of `agent-types.ts`. */
  type: z.string().default('echo'),
  /** Whether direct messages are answered. */
  respondToDm: z.boolean().default(true),
  /** Whether `@everyone` and `@here` count as a mention of this bot. Needs the message content intent. */
  respondToEveryone: z.boolean().default(false),
  /** Whether every message is answered, mention or not. Needs the message content intent. */
  respondWithoutMention: z.boolean().default(false),
  /** Guilds in which it answers; empty means everywhere. */
  guildWhitelist: z.array(snowflake).default([]),
  /** Channels in which it answers; a thread counts as its parent too; empty means everywhere. */
  channelWhitelist: z.array(snowflake).default([]),
  /** Users that are answered, besides those with one of the allowed roles; both empty means everybody. */
  allowedUsers: z.array(snowflake).default([]),
  /** Roles whose members are answered, in direct messages too. */
  allowedRoles: z.array(snowflake).default([]),
  /** Users that are not answered, whatever else they are. */
  blockedUsers: z.array(snowflake).default([]),
  /** Messages of one user that are answered in a minute; 0 means all. */
  rateLimit: z
    .int()
    .min(0, 'must be 0 (no limit) or more')
    .max(MAX_RATE, `must be at most ${MAX_RATE}`)
    .default(0),
  /** The agent type's own settings. */
  config: z.record(z.string(), z.unknown()).default({}),
});

/** What makes an agent, apart from its token. */
export type AgentDefinition = z.infer<typeof agentDefinitionSchema>;

/** The names that collide with this one, all have this key: no case, no outer white space, one Unicode form. */
export function agentNameKey(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase();
}

import { z } from 'zod';
import { PROVIDER_NAMES } from '../../config/provider-variables.ts';
import { NANO } from '../../usage/price-list.ts';
import type { BudgetKind, BudgetLimit } from '../../usage/usage-ledger.ts';
import { guardRuleSchema } from '../guard/guard-rules.ts';

/** What an agent says of itself unless it is told otherwise. */
const DEFAULT_SYSTEM_PROMPT =
  'You are {agent}, a helpful assistant on Discord. Today is {date}. ' +
  'Answer briefly, in the language that you are spoken to in; Discord shows Markdown, but no tables.';

const MAX_TOKENS = 1_000_000;

const text = (max: number) => z.string().max(max, `must have at most ${max} characters`);
const whole = (min: number, max: number) =>
  z.int().min(min, `must be ${min} or more`).max(max, `must be at most ${max}`);

/** A login in an address would be stored in clear. */
function isPlainAddress(address: string): boolean {
  const url = URL.parse(address);
  return (
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    url.username + url.password + url.search + url.hash === ''
  );
}

const model = {
  model: text(190).min(1, 'must not be empty').optional(),
  base_url: text(500)
    .refine(isPlainAddress, 'must be a plain http or https address, without a login, ? or #')
    .optional(),
  api_key: text(1_000).min(1, 'must not be empty').optional(),
  images: z.boolean().optional(),
};

const tokensRange = z
  .strictObject({
    from: whole(1, MAX_TOKENS),
    until: whole(1, MAX_TOKENS),
    increment: whole(1, MAX_TOKENS),
  })
  .refine(({ from, until }) => from <= until, { path: ['from'], error: 'must not be above "until"' });

const budget = z.strictObject({
  usd: z.number().positive('must be above 0').max(1_000_000, 'must be at most 1000000').optional(),
  tokens: whole(1, Number.MAX_SAFE_INTEGER).optional(),
});

/** The settings of an LLM agent, in snake case as in an agents file. */
export const llmConfigSchema = z
  .strictObject({
    provider: z.enum(PROVIDER_NAMES).default('openai'),
    ...model,
    /** Asked in this order when the model fails before anything was shown. */
    fallbacks: z
      .array(z.strictObject({ provider: z.enum(PROVIDER_NAMES), ...model }))
      .max(5)
      .default([]),
    /** May hold `{agent}`, `{user}`, `{channel}`, `{guild}` and `{date}`. */
    system_prompt: text(100_000).default(DEFAULT_SYSTEM_PROMPT),
    /** Turns of the conversation that the model sees; 0: none. */
    max_history: whole(0, 500).default(10),
    /** The most tokens (estimated) that these turns may have together. */
    max_history_tokens: whole(0, MAX_TOKENS).default(8_000),
    temperature: z.number().min(0, 'must be 0 or more').max(2, 'must be at most 2').optional(),
    /** One limit for an answer. Default: 1,000, unless there is a `tokens_range`. */
    max_tokens: whole(1, MAX_TOKENS).optional(),
    /** A limit that begins at `from` and grows by `increment` until the answer is complete, at most to `until`. */
    tokens_range: tokensRange.optional(),
    /** Whether the answer is shown as it grows. */
    stream: z.boolean().default(true),
    /** `user`: one memory of a user everywhere. `user_and_place`: one for each guild, and one for direct messages. */
    memory_scope: z.enum(['user', 'user_and_place']).default('user'),
    /** Whether turns that the model no longer sees are condensed into notes. */
    memory: z.strictObject({ summary: z.boolean().default(false) }).prefault({}),
    /** Messages of the channel that the model sees besides; needs the message content intent. */
    channel_context: whole(0, 100).default(0),
    /** What is done about prompt injection and leaked secrets: nothing, recorded, or not answered. */
    guard: z.enum(['off', 'warn', 'block']).default('warn'),
    guard_rules: z.array(guardRuleSchema).max(100).default([]),
    /** What may be spent in a day (UTC). */
    budget: z
      .strictObject({
        per_user: budget.optional(),
        per_guild: budget.optional(),
        per_agent: budget.optional(),
      })
      .default({}),
  })
  .refine(({ max_tokens: fixed, tokens_range: range }) => fixed === undefined || range === undefined, {
    path: ['tokens_range'],
    error: 'must not stand beside "max_tokens"; keep one',
  });

/** The settings of an LLM agent. */
export type LlmConfig = z.infer<typeof llmConfigSchema>;

/** How many tokens an answer may have: at first, at most, and by how much it grows. */
export interface TokenLimits {
  readonly from: number;
  readonly until: number;
  readonly increment: number;
}

const DEFAULT_MAX_TOKENS = 1_000;

/** The limits that a config says; a fixed one is a range of one. */
export function tokenLimitsOf({ max_tokens: fixed, tokens_range: range }: LlmConfig): TokenLimits {
  const only = fixed ?? DEFAULT_MAX_TOKENS;
  return range ?? { from: only, until: only, increment: only };
}

/** The budgets that a config sets. */
export function budgetLimitsOf({ budget: { per_user, per_guild, per_agent } }: LlmConfig): BudgetLimit[] {
  const limit = (kind: BudgetKind, spent: z.infer<typeof budget> | undefined): BudgetLimit[] =>
    spent === undefined
      ? []
      : [{ kind, tokens: spent.tokens, nanoUsd: spent.usd && Math.round(spent.usd * NANO) }];
  return [...limit('user', per_user), ...limit('guild', per_guild), ...limit('agent', per_agent)];
}

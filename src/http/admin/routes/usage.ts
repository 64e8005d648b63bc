import { z } from 'zod';
import { budgetAsJson, type BudgetLine, budgetLines } from '../../../agents/llm/budget-lines.ts';
import { usageKeyAsJson } from '../../../agents/usage-json.ts';
import { sumsAsJson } from '../../../usage/usage-json.ts';
import { USAGE_GROUPINGS, type UsageRow } from '../../../usage/usage-report.ts';
import { moment } from '../moment.ts';
import { agentIdSchema, LIST_QUERY, PAGE_QUERY, pageOf, toKeyedPage } from '../paging.ts';
import { PROBLEM } from '../problem-schema.ts';
import { type AddRoutes, typed } from '../route.ts';
import { FormError } from '../validator.ts';

const LOOK = { needs: { role: 'viewer', scope: 'usage' } } as const;

/** In milliseconds. */
const DAY = 86_400_000;

const tags = ['usage'];
const money = {
  usd: z.number(),
  nano_usd: z.string().describe('The same, exactly: billionths of a US dollar.'),
};
const optionalId = z.string().nullable().optional();

const query = z.strictObject({
  ...PAGE_QUERY,
  by: z.enum(USAGE_GROUPINGS).default('agent').describe('What calls are summed up by.'),
  since: moment.optional().describe('The first moment. Default: the last midnight, UTC.'),
  until: moment.optional().describe('The first moment that is not in it. Default: the next midnight, UTC.'),
  agent_id: agentIdSchema.optional(),
  sort: z
    .enum(['key', 'cost'])
    .default('key')
    .describe(
      '`key`: by what calls are summed up by, page by page; `cost`: the `limit` most expensive, of which there is no next ' +
        'page, since costs change meanwhile.',
    ),
});

const usageSchema = z
  .object({
    agent: optionalId,
    agent_id: optionalId,
    user_id: optionalId,
    guild_id: optionalId,
    provider: optionalId,
    model: optionalId,
    day: optionalId,
    purpose: optionalId,
    calls: z.int(),
    input_tokens: z.int(),
    cached_tokens: z.int(),
    output_tokens: z.int(),
    ...money,
    unpriced_calls: z.int(),
    failures: z.int(),
    unsettled_calls: z.int(),
  })
  .meta({ id: 'Usage' });

const budgetSchema = z
  .object({
    budget: z.enum(['user', 'guild', 'agent', 'host']),
    agent: z.string().nullable(),
    agent_id: z.string().nullable(),
    user_id: z.string().nullable(),
    guild_id: z.string().nullable(),
    ...money,
    limit_usd: z.number().nullable(),
    limit_nano_usd: z.string().nullable(),
    tokens: z.int(),
    limit_tokens: z.int().nullable(),
    used_percent: z.int(),
  })
  .meta({ id: 'Budget' });

/** `/api/usage`: what language models cost, and what of the budgets is spent. */
export const addUsageRoutes: AddRoutes = (app, parts) => {
  const list = { operationId: 'showUsage', summary: 'What calls to language models cost', tags };
  typed(app).get(
    '/api/usage',
    {
      config: LOOK,
      schema: { ...list, querystring: query, response: { 200: pageOf(usageSchema), default: PROBLEM } },
    },
    async ({ query: { sort, by, since: from, until: to, agent_id: agentId, ...page } }) => {
      const today = Math.floor(parts.now().getTime() / DAY) * DAY;
      const since = new Date(from ?? today);
      const until = new Date(to ?? today + DAY);
      if (since >= until) throw new FormError([{ path: 'query.since', message: 'must be before until' }]);
      const agents = await parts.agents.list();
      const rows = await parts.usageReports.report({ since, until, by, agentId });
      const show = (row: UsageRow) => ({ ...usageKeyAsJson(by, row.key, agents), ...sumsAsJson(row) });
      if (sort === 'key') return toKeyedPage(rows, page, { keyOf: placeOf, show });
      if (page.cursor !== undefined) {
        throw new FormError([{ path: 'query.cursor', message: 'goes with sort=key alone' }]);
      }
      const dearest = rows.toSorted((a, b) => Number(b.nanoUsd - a.nanoUsd)).slice(0, page.limit);
      return { items: dearest.map(show), next_cursor: null };
    },
  );
  typed(app).get(
    '/api/usage/budgets',
    {
      config: LOOK,
      schema: {
        operationId: 'showBudgets',
        summary: 'What of the budgets is spent today',
        tags,
        querystring: LIST_QUERY,
        response: { 200: pageOf(budgetSchema), default: PROBLEM },
      },
    },
    async ({ query: page }) => {
      const agents = await parts.agents.list();
      const spent = await parts.usageReports.spending(parts.now());
      const lines = budgetLines(spent, { agents, agentId: undefined, hostBudget: parts.hostBudget() });
      return toKeyedPage(lines, page, { keyOf: budgetKey, show: (line) => budgetAsJson(line, agents) });
    },
  );
};

/** The calls for no user, or for no guild, come first. */
function placeOf({ key }: UsageRow): string {
  return key === undefined ? '' : `=${key}`;
}

/** The host's, then each agent's, with its guilds' and its users'. */
function budgetKey({ kind, agentId = '', memberId = '' }: BudgetLine): string {
  return `${agentId} ${kind} ${memberId}`;
}

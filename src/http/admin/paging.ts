import { z } from 'zod';
import { FormError } from './validator.ts';

/** Items on one page at most, and unless somebody says otherwise. */
const MAX_LIMIT = 200;
const DEFAULT_LIMIT = 50;

/** What every list can be asked for. */
export const PAGE_QUERY = {
  limit: z.coerce
    .number()
    .int('must be a whole number')
    .min(1, 'must be 1 or more')
    .max(MAX_LIMIT, `must be at most ${MAX_LIMIT}`)
    .default(DEFAULT_LIMIT)
    .describe('How many at most.'),
  cursor: z.string().max(500).optional().describe('`next_cursor` of the page before.'),
};

/** A page of a list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    next_cursor: z.string().nullable().describe('Asks for the page after this one; null: there is none.'),
  });
}

/** One page, of items of which one more than wanted was asked for. */
export function toPage<Item, Shown>(
  found: readonly Item[],
  limit: number,
  { keyOf, show }: { keyOf: (item: Item) => string; show: (item: Item) => Shown },
): { items: Shown[]; next_cursor: string | null } {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const isMore = found.length > limit && last !== undefined;
  return {
    items: items.map(show),
    next_cursor: isMore ? Buffer.from(keyOf(last)).toString('base64url') : null,
  };
}

/** One page of what is reckoned anew for each request and has no ids: the cursor counts what came before. */
export function toNumberedPage<Item, Shown>(
  items: readonly Item[],
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
  show: (item: Item) => Shown,
): { items: Shown[]; next_cursor: string | null } {
  const skip = Number(readCursor(cursor, /^\d{1,9}$/) ?? 0);
  const numbered = items.map((item, index) => ({ item, index })).slice(skip);
  return toPage(numbered, limit, {
    keyOf: ({ index }) => String(index + 1),
    show: ({ item }) => show(item),
  });
}

/**
 * What a cursor stands for; undefined without one.
 *
 * @param form - what it must look like
 * @throws {FormError} for one that was not made here
 */
export function readCursor(cursor: string | undefined, form: RegExp): string | undefined {
  if (cursor === undefined) return undefined;
  const key = Buffer.from(cursor, 'base64url').toString();
  if (form.test(key)) return key;
  throw new FormError([{ path: 'query.cursor', message: 'is not the next_cursor of a page of this list' }]);
}

/** The form of ids of rows. */
export const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** An agent's id, also of one that is gone. */
export const agentIdSchema = z.string().regex(UUID, "must be an agent's id, as GET /api/agents has it");

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
  cursor: z.string().max(2_000).optional().describe('`next_cursor` of the page before.'),
};

/** The query of a list that has nothing to choose from. */
export const LIST_QUERY = z.strictObject(PAGE_QUERY);

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

/** Which items there are, and what is shown of them. */
interface KeyedList<Item, Shown> {
  /** Of no other item. */
  readonly keyOf: (item: Item) => string;
  readonly show: (item: Item) => Shown;
  /** Whether the highest key comes first: that of the newest, where keys are ids. Default: the lowest. */
  readonly isFalling?: boolean;
}

/** For what has an id that rises with time. */
export const NEWEST_FIRST = {
  keyOf: ({ id }: { readonly id: string }): string => id,
  isFalling: true,
} as const;

/**
 * One page of a list that is made whole for each request, in the order of its keys: whatever comes, goes or changes
 * meanwhile moves nothing else to another page.
 */
export function toKeyedPage<Item, Shown>(
  all: Iterable<Item>,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
  { keyOf, show, isFalling = false }: KeyedList<Item, Shown>,
): { items: Shown[]; next_cursor: string | null } {
  const after = readCursor(cursor, /^>/s)?.slice(1);
  const isBefore = (a: string, b: string): boolean => (isFalling ? a > b : a < b);
  const left = [...all]
    .map((item) => ({ item, key: keyOf(item) }))
    .filter(({ key }) => after === undefined || isBefore(after, key))
    .sort((a, b) => (isBefore(a.key, b.key) ? -1 : 1));
  return toPage(left, limit, { keyOf: ({ key }) => `>${key}`, show: ({ item }) => show(item) });
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

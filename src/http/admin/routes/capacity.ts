import { z } from 'zod';
import { capacityAsJson } from '../../../capacity/capacity-json.ts';
import { CAPACITY_LIMITS } from '../../../capacity/capacity-report.ts';
import { PROBLEM } from '../problem-schema.ts';
import { type AddRoutes, typed } from '../route.ts';

const room = z.object({
  'max-concurrent-bots': z.number(),
  memory: z.number(),
  'event-loop': z.number(),
  database: z.number(),
});

const capacitySchema = z
  .object({
    bots: z.int().describe('Bots that run now, parked ones aside.'),
    max_bots: z.int(),
    more: z.number().describe('How many more bots the host bears: the smallest of `room`.'),
    limit: z.enum(CAPACITY_LIMITS),
    room: room.describe('How many more it would bear if nothing else were a limit.'),
    minutes: z.number().describe('Over how many minutes the trend goes; 0: what a bot needs is assumed.'),
    memory: z
      .object({ used: z.number(), usable: z.number(), per_bot: z.number() })
      .describe('In bytes: the most that was used, what may be used, and what a bot needs.'),
    busiest: z
      .object({
        processor: z.number(),
        event_loop: z.number(),
        event_loop_delay: z.number(),
        database: z.number(),
        messages: z.number(),
      })
      .describe('Of the busiest minute: shares of a processor and of the time, seconds, messages a second.'),
  })
  .meta({ id: 'Capacity' });

/** `/api/capacity`: how many more bots this host will bear. */
export const addCapacityRoutes: AddRoutes = (app, parts) => {
  typed(app).get(
    '/api/capacity',
    {
      config: { needs: { role: 'viewer', scope: 'agents' } },
      schema: {
        operationId: 'getCapacity',
        summary: 'How many more bots this host will bear, and what the limit is',
        tags: ['capacity'],
        response: { 200: capacitySchema, default: PROBLEM },
      },
    },
    () => capacityAsJson(parts.capacity()),
  );
};

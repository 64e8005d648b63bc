import { z } from 'zod';

/** What a bot shows beside its name. */
export const presenceSchema = z.strictObject({
  status: z.enum(['online', 'idle', 'dnd', 'invisible']),
  activity: z
    .strictObject({
      type: z.enum(['playing', 'listening', 'watching', 'competing', 'custom']),
      text: z.string().min(1, 'must not be empty').max(128, 'must have at most 128 characters'),
    })
    .optional(),
});

/** A command to a bot as the API shows it. */
export const commandSchema = z
  .object({
    id: z.string(),
    agent_id: z.string(),
    kind: z.enum(['reload', 'restart', 'pause', 'resume', 'say', 'presence']),
    fresh: z.boolean().optional(),
    channel_id: z.string().optional(),
    text: z.string().optional(),
    presence: presenceSchema.nullable().optional(),
    requested_by: z.string(),
    requested_at: z.string(),
    expires_at: z.string().nullable().describe('It is not done any more after this time; null: it waits.'),
    state: z.enum(['pending', 'done', 'failed', 'expired']),
    result: z.string().describe('What came of it, in words.'),
    finished_at: z.string().nullable(),
  })
  .meta({ id: 'Command' });

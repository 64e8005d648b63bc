import { z } from 'zod';

/** An error as the API answers it. See RFC 9457, "Problem Details for HTTP APIs". */
const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What went wrong with this request, and what to do about it.'),
    instance: z.string().describe("The request's id, which the log has too."),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe('What is wrong where, of a body or a query.'),
  })
  .meta({ id: 'Problem', description: 'An error, as RFC 9457 has it.' });

/** Every answer that is no success, of every route. */
export const PROBLEM = {
  description: 'It did not succeed.',
  content: { 'application/problem+json': { schema: problemSchema } },
};

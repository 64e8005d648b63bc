import { z } from 'zod';
import { botCommandAsJson } from '../../../bots/bot-command-json.ts';
import { actorOf } from '../actor-of.ts';
import { commandSchema } from '../command-json.ts';
import { IDEMPOTENCY_KEY, markMade } from '../idempotency.ts';
import { storedAgent } from '../live-agents.ts';
import { PROBLEM } from '../problem-schema.ts';
import { type AddRoutes, typed } from '../route.ts';

const tags = ['agents'];
const params = z.object({ id: z.string().max(64) });

const SUMMARIES = {
  reload: 'Have a bot read its settings anew',
  restart: 'Have a bot connect anew',
  pause: 'Have a bot answer nobody',
  resume: 'Have a bot answer again',
} as const;

const checkSchema = z.object({
  ok: z.boolean(),
  checks: z.array(
    z.object({ name: z.string(), status: z.enum(['ok', 'warning', 'error']), message: z.string() }),
  ),
});

/** `/api/agents/{id}/restart` and the like, which are commands to its bot; and `/test`. */
export const addAgentOrderRoutes: AddRoutes = (app, parts) => {
  for (const kind of ['reload', 'restart', 'pause', 'resume'] as const) {
    typed(app).post(
      `/api/agents/:id/${kind}`,
      {
        config: { needs: { role: 'operator', scope: 'commands' }, isIdempotent: true },
        schema: {
          operationId: `${kind}Agent`,
          summary: SUMMARIES[kind],
          tags,
          params,
          headers: IDEMPOTENCY_KEY,
          response: { 202: commandSchema, default: PROBLEM },
        },
      },
      async (request, reply) => {
        const actor = actorOf(request);
        const { id: agentId } = await storedAgent(request.params.id, parts);
        const order = { agentId, order: { kind }, requestedBy: actor.name };
        const command = await parts.storesFor(actor).commands.send(order);
        markMade(request);
        parts.events.emit({
          kind: 'command',
          agentId,
          commandId: command.id,
          order: kind,
          state: command.state,
        });
        reply.code(202).header('location', `/api/commands/${command.id}`);
        return botCommandAsJson(command);
      },
    );
  }
  typed(app).post(
    '/api/agents/:id/test',
    {
      config: { needs: { role: 'operator', scope: 'agents' } },
      schema: {
        operationId: 'testAgent',
        summary: 'Ask Discord and the model whether an agent can do its work',
        tags,
        params,
        response: { 200: checkSchema, default: PROBLEM },
      },
    },
    async ({ params: { id } }, reply) => {
      const gone = new AbortController();
      reply.raw.once('close', () => {
        gone.abort();
      });
      const checks = await parts.testAgent(await storedAgent(id, parts), gone.signal);
      return { ok: checks.every(({ status }) => status !== 'error'), checks: [...checks] };
    },
  );
};

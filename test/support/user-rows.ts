import { agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import type { PrismaClient } from '../../src/database/generated/sqlite/client.ts';
import type { Database } from '../../src/database/open-database.ts';
import { uuidV7 } from '../../src/util/uuid-v7.ts';
import type { Stage } from './run-host.ts';

/** Makes an agent; gives its id. */
export async function addAgent(database: Database, name: string): Promise<string> {
  const definition = agentDefinitionSchema.parse({ name });
  await database.agents.apply([{ kind: 'create', definition, token: undefined }]);
  const agent = (await database.agents.list()).find((one) => one.name === name);
  if (agent === undefined) throw new Error(`there is no agent ${name}`);
  return agent.id;
}

/** One exchange of a user and all that may be kept of it. */
export interface Happening {
  readonly agentId: string;
  readonly userId: string;
  readonly at: Date;
  /** Default: one that was delivered. */
  readonly state?: string;
  /** What the user wrote and was answered. */
  readonly words?: string;
  readonly scope?: string;
}

let messages = 0;

/** Writes down an exchange, a turn in the memory, a call to a model, a counter and a finding. Gives its id. */
export async function writeDown(client: PrismaClient, happening: Happening): Promise<string> {
  const { agentId, userId, at, state = 'delivered', words = 'hello', scope = '' } = happening;
  const id = uuidV7(at.getTime());
  const isOpen = !['delivered', 'failed', 'expired', 'ignored'].includes(state);
  await client.exchange.create({
    data: {
      id,
      agentId,
      messageId: String(9_000 + messages++),
      channelId: '70',
      guildId: null,
      userId,
      state,
      reason: 'direct-message',
      question: `question ${words}`,
      message: isOpen ? JSON.stringify({ content: `message ${words}`, author: userId }) : null,
      answer: JSON.stringify({ pieces: [`reply ${words}`], ending: 'delivered' }),
      posted: '81 82',
      admittedAt: at,
      finishedAt: isOpen ? null : at,
    },
  });
  const owner = { agentId, userId, scope };
  const memory =
    (await client.memory.findUnique({ where: { agentId_userId_scope: owner } })) ??
    (await client.memory.create({
      data: {
        ...owner,
        id: uuidV7(at.getTime()),
        summary: `summary ${words}`,
        summaryUntil: id,
        createdAt: at,
        updatedAt: at,
      },
    }));
  await client.memoryTurn.create({
    data: { memoryId: memory.id, exchangeId: id, question: `asked ${words}`, answer: `told ${words}`, at },
  });
  await client.modelCall.create({
    data: {
      id: uuidV7(at.getTime()),
      agentId,
      userId,
      exchangeId: id,
      purpose: 'answer',
      provider: 'openai',
      model: 'gpt',
      inputTokens: 3,
      cachedTokens: 0,
      outputTokens: 4,
      counted: true,
      nanoUsd: 9_007_199_254_740_993n,
      latencyMs: 5,
      outcome: 'complete',
      at,
    },
  });
  const day = at.toISOString().slice(0, 10);
  for (const counter of [`user:${agentId}:${userId}`, `agent:${agentId}`, 'host']) {
    const key = { scope: counter, day };
    await client.budgetCounter.upsert({
      where: { scope_day: key },
      create: { ...key, nanoUsd: 1n, tokens: 7n },
      update: { tokens: { increment: 7n } },
    });
  }
  await client.guardFinding.create({
    data: {
      id: uuidV7(at.getTime()),
      agentId,
      exchangeId: id,
      userId,
      rule: 'ignore-previous',
      action: 'warned',
      source: 'message',
      at,
    },
  });
  return id;
}

/** Puts so many exchanges of the year 2023 into a SQLite database; their question is `old`. */
export function fillWithOldExchanges(stage: Pick<Stage, 'exec'>, agentId: string, count: number): void {
  stage.exec(
    'INSERT INTO exchanges (id, agent_id, message_id, channel_id, user_id, state, reason, question, admitted_at, finished_at) ' +
      `WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count}) ` +
      `SELECT printf('01890000-0000-7000-8000-%012d', n), '${agentId}', 'old' || n, '7', '5', 'delivered', ` +
      "'mention', 'old', 1687922147328, 1687922147328 FROM numbers",
  );
}

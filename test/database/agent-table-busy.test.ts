import Sqlite from 'libsql';
import { expect, it, onTestFinished, vi } from 'vitest';
import { agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import type { AgentChange } from '../../src/agents/agent-store.ts';
import { messageOf, UnavailableError } from '../../src/errors.ts';
import { testDatabase } from '../support/test-database.ts';

const ANN: AgentChange = {
  kind: 'create',
  definition: agentDefinitionSchema.parse({ name: 'Ann' }),
  token: undefined,
};

/** A table into whose database another connection writes, and a clock that is turned by hand. */
async function setUp() {
  const database = await testDatabase();
  const { agents } = await database.open();
  const other = new Sqlite(database.file);
  onTestFinished(() => {
    other.close();
  });
  other.exec('BEGIN IMMEDIATE');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  return { agents, other };
}

it('agents are written once another process has written, also seconds later', async () => {
  const { agents, other } = await setUp();
  const applied = agents.apply([ANN]);
  await vi.advanceTimersByTimeAsync(8_000);
  other.exec('COMMIT');
  await vi.advanceTimersByTimeAsync(1_000);
  await applied;
  expect((await agents.list()).map(({ name }) => name)).toEqual(['Ann']);
});

it('a database that stays busy is said in plain words, as what may pass', async () => {
  const { agents } = await setUp();
  const failure = agents.apply([ANN]).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(60_000);
  const error = await failure;
  expect(error).toBeInstanceOf(UnavailableError);
  expect(messageOf(error)).toBe('the database is busy: the agents could not be written; nothing was changed');
});

import { expect, it } from 'vitest';
import type { Incident } from '../../src/recovery/incident.ts';
import { setStage, type Stage } from '../support/run-host.ts';
import { setLlmStage } from '../support/run-llm-host.ts';

const POLL = { timeout: 20_000 };

/** Resolves with the last incident that is of this reason and in this state. */
async function incident(stage: Stage, reason: string, isOver: boolean): Promise<Incident> {
  let found: Incident | undefined;
  await expect
    .poll(async () => {
      found = (await stage.database.incidents.list({ limit: 50 })).find((one) => one.reason === reason);
      return found !== undefined && (found.endedAt !== undefined) === isOver;
    }, POLL)
    .toBe(true);
  if (found === undefined) throw new Error(`no incident ${reason}`);
  return found;
}

it('a memory that cannot be read is an incident of that bot, until it can', async () => {
  const stage = await setLlmStage();
  const { id: agentId } = await stage.agent('Helper');
  stage.exec('ALTER TABLE memory_turns RENAME TO elsewhere');
  expect(await stage.answer('who am I?')).toContain('I cannot get at my memory right now');
  expect(await incident(stage, 'not-recalled', false)).toMatchObject({ component: 'memory', agentId });
  stage.exec('ALTER TABLE elsewhere RENAME TO memory_turns');
  stage.llm.reply('Ada.');
  expect(await stage.answer('and now?')).toBe('Ada.');
  expect((await incident(stage, 'not-recalled', true)).helped).toBe(true);
});

it('a turn that cannot be remembered is one, and the answer comes all the same', async () => {
  const stage = await setLlmStage();
  const { id: agentId } = await stage.agent('Helper');
  stage.exec('CREATE TRIGGER broken BEFORE INSERT ON memory_turns BEGIN INSERT INTO nowhere VALUES (1); END');
  stage.llm.reply('Hello, Ada.');
  expect(await stage.answer('I am Ada')).toBe('Hello, Ada.');
  const { component, attempts, ...rest } = await incident(stage, 'not-remembered', false);
  expect({ component, attempts, agentId: rest.agentId }).toEqual({
    component: 'memory',
    attempts: 4,
    agentId,
  });
  stage.exec('DROP TRIGGER broken');
  await stage.answer('I am Ada');
  expect((await incident(stage, 'not-remembered', true)).helped).toBe(true);
});

it('a summary that cannot be made is one', async () => {
  const stage = await setLlmStage({ config: { max_history: 2, memory: { summary: true } } });
  stage.llm.reply({ refusal: true, text: '' }, { when: ({ system }) => system.includes('You keep notes') });
  for (const words of ['one', 'two', 'three', 'four']) await stage.answer(words);
  expect(await incident(stage, 'no-summary', false)).toMatchObject({
    component: 'memory',
    action: 'degrade',
  });
});

it('a model that another one stands in for is one, with what was done and that it helped', async () => {
  const fallback = { provider: 'openai', model: 'gpt-4o-mini' };
  const stage = await setLlmStage({ config: { fallbacks: [fallback] } });
  stage.llm.failRequests({ model: 'gpt-4o', status: 401 });
  stage.llm.reply('I stand in.');
  expect(await stage.answer('hello')).toBe('I stand in.');
  const found = await incident(stage, 'bad-key', false);
  expect(found).toMatchObject({ component: 'provider:openai', action: 'fall-back', helped: true });
});

it.each([
  { what: 'deleted', end: (stage: Stage) => stage.removeAgent('Parrot') },
  { what: 'disabled', end: (stage: Stage) => stage.editAgent('Parrot', { enabled: false }) },
])('a token that cannot be opened is one until its agent is $what', async ({ end }) => {
  const stage = await setStage();
  await stage.addAgent({ name: 'Parrot', token: stage.discord.addBot({ username: 'parrot' }).token });
  // At the start one that opens is needed: otherwise it is the key that is lost.
  await stage.addAgent({ name: 'Other', token: stage.discord.addBot({ username: 'other' }).token });
  stage.exec(
    "UPDATE agents SET discord_token = substr(discord_token, 1, length(discord_token) - 4) || 'AAAA' WHERE name = 'Parrot'",
  );
  await stage.start();
  const { id: agentId } = await stage.agent('Parrot');
  expect(await incident(stage, 'bad-secret', false)).toMatchObject({ component: 'gateway', agentId });
  await end(stage);
  await incident(stage, 'bad-secret', true);
});

import { expect, it } from 'vitest';
import { ask, setStage } from './stage.ts';

const openai = { provider: 'openai', model: 'gpt-4o' };
const anthropic = { provider: 'anthropic' };
const circuit = { failures: 1, openFor: 60_000 };
const patience = { attempts: 1 };

it('is open only while its provider is left alone: after that the next request finds out, whenever that comes', async () => {
  const left = await setStage({ circuit, patience });
  left.llm.failRequests({ status: 500, times: 1 });
  await left.ask(openai);
  expect(left.breakers.statuses).toEqual([{ provider: 'openai', state: 'open' }]);

  const over = await setStage({ circuit: { ...circuit, openFor: 0 }, patience });
  over.llm.failRequests({ status: 500, times: 1 });
  await over.ask(openai);
  expect(over.breakers.statuses).toEqual([{ provider: 'openai', state: 'half-open' }]);
  await over.ask(openai);
  expect(over.breakers.statuses).toEqual([{ provider: 'openai', state: 'closed' }]);
});

it('is there once it was asked through, and as long as an agent uses it', async () => {
  const { llm, models, breakers } = await setStage({ circuit, patience });
  llm.failRequests({ status: 500, times: 1 });
  const [one, two] = ['one', 'two'].map((agentId) => models.open(openai, agentId));
  if (one === undefined || two === undefined) throw new Error('no models');
  expect(breakers.statuses).toEqual([]);
  await ask(one);
  await ask(two);
  breakers.forget('one');
  expect(breakers.statuses).toEqual([{ provider: 'openai', state: 'open' }]);
  await ask(models.open(anthropic, 'one'));
  breakers.forget('two');
  expect(breakers.statuses).toEqual([{ provider: 'anthropic', state: 'closed' }]);
});

it('does not come back with an answer that was under way when its agent went over to another provider', async () => {
  const { llm, models, breakers } = await setStage({ circuit, patience: { attempts: 2 } });
  const before = models.open(openai, 'one');
  const silence = llm.hangRequests({ times: 1 });
  const answer = ask(before);
  await llm.until(() => silence.holding === 1, 'the request');
  breakers.forget('one');
  silence.lift();
  await answer;
  await ask(before);
  expect(breakers.statuses).toEqual([]);
});

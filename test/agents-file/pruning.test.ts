import { expect, it } from 'vitest';
import { agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import { parseAgentsFile } from '../../src/agents-file/parse-agents-file.ts';
import { Pruning } from '../../src/agents-file/pruning.ts';
import { MemoryAgentStore } from '../support/memory-agent-store.ts';

/** Agents Ann and Bob are stored, Bob with the token `t`; time is told by hand. */
async function setUp() {
  const store = new MemoryAgentStore();
  await store.apply(
    ['Ann', 'Bob'].map((name) => ({
      kind: 'create' as const,
      definition: agentDefinitionSchema.parse({ name }),
      token: name === 'Bob' ? 't' : undefined,
    })),
  );
  const existing = await store.list();
  let now = 0;
  const pruning = new Pruning(6_000, () => now);
  const options = {
    prune: true,
    sameToken: (record: (typeof existing)[number], token: string) => store.openToken(record) === token,
    openConfig: store.openConfig.bind(store),
  };
  return {
    pruning,
    at: (time: number, agents: string, isFirst = false) => {
      now = time;
      const parsed = parseAgentsFile(`agents: [${agents}]`, { file: 'a', env: {} });
      const { plan, goneNow, again } = pruning.plan(parsed, existing, options, isFirst);
      return {
        create: plan.create.map(({ definition }) => definition.name),
        remove: plan.remove.map(({ name }) => name),
        goneNow: goneNow.map(({ name }) => name),
        again,
      };
    },
  };
}

const ANN = '{ name: Ann }';
const BOTH = '{ name: Ann }, { name: Bob }';

it('an agent is removed once it was missing twice, 6 seconds apart', async () => {
  const { at } = await setUp();
  expect(at(0, ANN)).toEqual({ create: [], remove: [], goneNow: ['Bob'], again: 6_000 });
  expect(at(5_999, ANN)).toEqual({ create: [], remove: [], goneNow: [], again: 1 });
  expect(at(6_000, ANN)).toEqual({ create: [], remove: ['Bob'], goneNow: [], again: undefined });
});

it('an agent that was there in between, or may have been, is waited for anew', async () => {
  const { at, pruning } = await setUp();
  at(0, ANN);
  expect(at(3_000, BOTH).again).toBeUndefined();
  expect(at(6_000, ANN)).toMatchObject({ remove: [], again: 6_000 });
  pruning.forget();
  expect(at(12_000, ANN)).toMatchObject({ remove: [], again: 6_000 });
});

it('the first look removes at once', async () => {
  const { at } = await setUp();
  expect(at(0, ANN, true)).toMatchObject({ remove: ['Bob'], again: undefined });
});

it('everything else is done at once, unless it needs the token of one that stays for now', async () => {
  const { at } = await setUp();
  expect(at(0, `${ANN}, { name: Cat }`)).toMatchObject({ create: ['Cat'], remove: [] });
  const renamed = `${ANN}, { name: Bert, discord_token: t }`;
  expect(at(1, renamed)).toMatchObject({ create: [], remove: [] });
  expect(at(6_000, renamed)).toMatchObject({ create: ['Bert'], remove: ['Bob'] });
});

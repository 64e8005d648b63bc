import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { echoAgentType } from '../../src/agents/echo-agent.ts';
import type { AgentType } from '../../src/agents/agent-type.ts';
import { closingWords, describePlan, summarizePlan } from '../../src/agents-file/describe-plan.ts';
import { parseAgentsFile } from '../../src/agents-file/parse-agents-file.ts';
import { changesOf, planLoad, type LoadPlan, type PlanOptions } from '../../src/agents-file/plan-load.ts';
import type { Environment } from '../../src/config/environment.ts';
import { MemoryAgentStore } from '../support/memory-agent-store.ts';

/** Echo, and a type whose config takes anything. */
const types = new Map<string, AgentType>([
  ['echo', echoAgentType],
  ['free', { ...echoAgentType, name: 'free', configSchema: z.looseObject({}) }],
]);

interface LoadOptions {
  prune?: boolean;
  env?: Environment;
  /** What is stored under `api_key`, opened. Default: as it is. */
  openKey?: (stored: unknown) => string;
}

async function plan(
  store: MemoryAgentStore,
  text: string,
  { prune = false, env = {}, openKey }: LoadOptions = {},
): Promise<LoadPlan> {
  const sameToken = (record: Parameters<typeof store.openToken>[0], token: string): boolean =>
    store.openToken(record) === token;
  const openConfig: PlanOptions['openConfig'] = ({ config }) =>
    openKey === undefined ? config : { ...config, api_key: openKey(config['api_key']) };
  return planLoad(parseAgentsFile(text, { file: 'a.yaml', env, types }), await store.list(), {
    prune,
    sameToken,
    openConfig,
  });
}

async function load(store: MemoryAgentStore, text: string, options?: LoadOptions): Promise<string[]> {
  const made = await plan(store, text, options);
  await store.apply(changesOf(made));
  return describePlan(made);
}

/** Two agents with tokens, and one without. */
async function threeAgents(): Promise<MemoryAgentStore> {
  const store = new MemoryAgentStore();
  await load(
    store,
    `agents:
      - { name: Ann, discord_token: ann-token, guild_whitelist: [1, 2], config: { prefix: a } }
      - { name: Bob, discord_token: bob-token }
      - { name: Cat }`,
  );
  return store;
}

const tokensOf = async (store: MemoryAgentStore): Promise<Record<string, string | undefined>> =>
  Object.fromEntries((await store.list()).map((record) => [record.name, store.openToken(record)]));

describe('a plan', () => {
  it.each<[title: string, agents: string, lines: string[]]>([
    ['nothing', '{ name: Cat }', ['= 1 unchanged']],
    ['another agent', '{ name: Dan, discord_token: t }', ['+ create Dan (echo)', '= 0 unchanged']],
    [
      'a setting',
      '{ name: Cat, respond_to_dm: false }',
      ['~ update Cat: respond_to_dm true → false', '= 0 unchanged'],
    ],
    ['the name’s case', '{ name: CAT }', ['~ update Cat: name "Cat" → "CAT"', '= 0 unchanged']],
    [
      'a first token',
      '{ name: Cat, discord_token: secret }',
      ['~ update Cat: token: changed', '= 0 unchanged'],
    ],
    ['the same token', '{ name: Bob, discord_token: bob-token }', ['= 1 unchanged']],
    ['no token', '{ name: Bob }', ['= 1 unchanged']],
    [
      'a whitelist’s order',
      '{ name: Ann, guild_whitelist: [2, 1], config: { prefix: a } }',
      ['= 1 unchanged'],
    ],
    [
      'several fields',
      '{ name: Ann, discord_token: secret, respond_to_dm: false, config: { prefix: b, suffix: c } }',
      [
        '~ update Ann: respond_to_dm true → false, guild_whitelist ["1","2"] → [], config.prefix "a" → "b", config.suffix nothing → "c", token: changed',
        '= 0 unchanged',
      ],
    ],
    [
      'what came from a variable',
      '{ name: Ann, guild_whitelist: [1, 2], config: { prefix: "${SECRET}" } }',
      ['~ update Ann: config.prefix: changed', '= 0 unchanged'],
    ],
    [
      'what could forge a terminal',
      '{ name: Cat, config: { prefix: "\\e[2J\\u202e" } }',
      ['~ update Cat: config.prefix nothing → "\\u001b[2J\\u202e"', '= 0 unchanged'],
    ],
  ])('shows a change of %s', async (_, agents, lines) => {
    const store = await threeAgents();
    const made = await plan(store, `agents: [${agents}]`, { env: { SECRET: 'hunter2' } });
    expect(describePlan(made)).toEqual(lines);
  });

  it('names what it disables, but not again what is disabled already', async () => {
    const store = await threeAgents();
    const disable = (config: string): Promise<string[]> =>
      load(store, `agents: [{ name: Cat, enabled: false${config} }, { name: Bob }]`);
    expect(await disable('')).toEqual(['~ disable Cat', '= 1 unchanged']);
    expect(await disable(', config: { prefix: x }')).toEqual([
      '~ update Cat: config.prefix nothing → "x"',
      '= 1 unchanged',
    ]);
    expect(await load(store, 'agents: [{ name: Bob, enabled: false, respond_to_dm: false }]')).toEqual([
      '~ disable Bob: respond_to_dm true → false',
      '= 0 unchanged',
    ]);
  });

  it('loaded twice changes nothing the second time', async () => {
    const store = new MemoryAgentStore();
    const text = `agents:
      - { name: Ann, discord_token: "\${T}", guild_whitelist: [2, 1], config: { prefix: "\${P}", suffix: -0.0 } }
      - { name: " e\\u0301 ", respond_to_dm: no }`;
    await load(store, text, { env: { T: 't', P: 'p' } });
    const second = await plan(store, text, { env: { T: 't', P: 'p' } });
    expect(describePlan(second)).toEqual(['= 2 unchanged']);
    expect(changesOf(second)).toEqual([]);
  });

  it('removes agents that are not in the file only when told to', async () => {
    const store = await threeAgents();
    expect(await load(store, 'agents: [{ name: Cat }]')).toEqual(['= 1 unchanged']);
    expect(await load(store, 'agents: [{ name: Cat }]', { prune: true })).toEqual([
      '- delete Ann',
      '- delete Bob',
      '= 1 unchanged',
    ]);
    expect(Object.keys(await tokensOf(store))).toEqual(['Cat']);
  });

  it('sums itself up for a program', async () => {
    const store = await threeAgents();
    const text =
      'agents: [{ name: Bob, discord_token: x, enabled: false }, { name: Cat, discord_token: "${T}" }, { name: Dan }]';
    expect(summarizePlan(await plan(store, text, { prune: true }))).toEqual({
      create: ['Dan'],
      update: [{ name: 'Bob', fields: ['enabled', 'token'] }],
      disable: ['Bob'],
      delete: ['Ann'],
      unchanged: ['Cat'],
      warnings: [
        {
          file: 'a.yaml',
          line: 1,
          column: 87,
          message: 'T is not set: the agent stays off Discord until it is',
        },
      ],
    });
  });

  it('says that a stored token stays when its variable is not set', async () => {
    const store = await threeAgents();
    const made = await plan(store, 'agents: [{ name: Bob, discord_token: "${T}" }]');
    expect(made.warnings.map(({ message }) => message)).toEqual(['T is not set: the stored token stays']);
    expect(describePlan(made)).toEqual(['= 1 unchanged']);
  });

  it('says which agents are off Discord for want of a token', async () => {
    const store = await threeAgents();
    const made = await plan(
      store,
      'agents: [{ name: Bob }, { name: Cat }, { name: Dan }, { name: Eve, enabled: false }]',
    );
    expect(closingWords(made, true)).toEqual([
      'Done. A running host picks this up at its next poll; npm start runs one.',
      'Off Discord until they get a discord_token: Dan, Cat. Set it and load again.',
    ]);
  });
});

describe('a secret of a config', () => {
  const free = (config: string): string => `agents: [{ name: Eve, type: free, config: ${config} }]`;

  it.each<[title: string, before: string, after: string, line: string]>([
    ['given', '{}', '{ api_key: one }', '~ update Eve: config.api_key nothing → "[redacted]"'],
    ['another', '{ api_key: one }', '{ api_key: two }', '~ update Eve: config.api_key: changed'],
    [
      'now a reference',
      '{ api_key: one }',
      '{ api_key: "${A}" }',
      '~ update Eve: config.api_key "[redacted]" → "${A}"',
    ],
    [
      'another reference',
      '{ api_key: "${A}" }',
      '{ api_key: "${B}" }',
      '~ update Eve: config.api_key "${A}" → "${B}"',
    ],
    ['from a variable', '{ api_key: one }', '{ api_key: "k${A}" }', '~ update Eve: config.api_key: changed'],
    [
      'another one deep inside',
      '{ fallbacks: [{ api_key: one }] }',
      '{ fallbacks: [{ api_key: two }] }',
      '~ update Eve: config.fallbacks: changed',
    ],
    [
      'a reference deep inside',
      '{ fallbacks: [{ api_key: one }] }',
      '{ fallbacks: [{ api_key: "${A}" }] }',
      '~ update Eve: config.fallbacks [{"api_key":"[redacted]"}] → [{"api_key":"${A}"}]',
    ],
  ])('that is %s is a change, and is not shown', async (_, before, after, line) => {
    const store = new MemoryAgentStore();
    await load(store, free(before));
    const made = await plan(store, free(after), { env: { A: 'hunter2' } });
    expect(describePlan(made)).toEqual([line, '= 0 unchanged']);
  });

  it('is compared with what is stored as it is when opened', async () => {
    const store = new MemoryAgentStore();
    await load(store, free('{ api_key: { sealed: eno } }'));
    const openKey = (stored: unknown): string =>
      (stored as { sealed: string }).sealed.split('').toReversed().join('');
    expect(describePlan(await plan(store, free('{ api_key: one }'), { openKey }))).toEqual(['= 1 unchanged']);
    expect(describePlan(await plan(store, free('{ api_key: eno }'), { openKey }))).toEqual([
      '~ update Eve: config.api_key: changed',
      '= 0 unchanged',
    ]);
  });

  it('or a long text, changed where it is cut off, reads as changed', async () => {
    const store = new MemoryAgentStore();
    const long = 'x'.repeat(100);
    await load(store, free(`{ prompt: ${long}a }`));
    expect(describePlan(await plan(store, free(`{ prompt: ${long}b }`)))[0]).toBe(
      '~ update Eve: config.prompt: changed',
    );
  });
});

describe('tokens that move', () => {
  it('swap in one load', async () => {
    const store = await threeAgents();
    await load(
      store,
      'agents: [{ name: Ann, discord_token: bob-token }, { name: Bob, discord_token: ann-token }]',
    );
    expect(await tokensOf(store)).toEqual({ Ann: 'bob-token', Bob: 'ann-token', Cat: undefined });
  });

  it('go to an agent that replaces another', async () => {
    const store = await threeAgents();
    await load(store, 'agents: [{ name: Robert, discord_token: bob-token }]', { prune: true });
    expect(await tokensOf(store)).toEqual({ Robert: 'bob-token' });
  });

  it.each([
    ['{ name: Robert, discord_token: bob-token }', 'remove that one first, or let --prune do it'],
    ['{ name: Robert, discord_token: bob-token }, { name: Bob }', 'give that one another'],
  ])('are refused while their agent keeps them: %s', async (agents, remedy) => {
    const store = await threeAgents();
    await expect(plan(store, `agents: [${agents}]`)).rejects.toThrow(
      `a.yaml:1:41: the token is already that of the stored agent "Bob"; ${remedy}`,
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AgentDefinition, agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import { agentTypes } from '../../src/agents/agent-types.ts';
import type { AgentRecord } from '../../src/agents/agent-record.ts';
import { describeVariables, exportAgents, toYaml } from '../../src/agents-file/export-agents.ts';
import { parseAgentsFile } from '../../src/agents-file/parse-agents-file.ts';
import { changesOf, planLoad } from '../../src/agents-file/plan-load.ts';
import { SecretVariables } from '../../src/agents-file/secret-variables.ts';
import { storedSecrets } from '../../src/agents-file/stored-secrets.ts';
import { agentRecord } from '../support/agent-record.ts';
import { MemoryAgentStore } from '../support/memory-agent-store.ts';
import { testDatabase } from '../support/test-database.ts';

const without = { sealedToken: undefined };

/** The YAML of these agents, without its head. */
const bodyOf = (records: AgentRecord[], all = false): string =>
  toYaml(exportAgents(records, { all })).replace(/^(?:#.*\n)+\n?/, '');

/** Text as people and YAML's own rules make it hard: line breaks, quotes, variables, look-alikes. */
const text = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 8 }),
      fc.constantFrom(
        '\n',
        '\r\n',
        '\r',
        '\t',
        ' ',
        '  ',
        '${',
        '$${',
        '${A}',
        '$',
        '{',
        '}',
        ': ',
        ' #',
        '- ',
        '"',
        "'",
        '\\',
        '|',
        '>',
        '%',
        '@',
        '&a',
        '*a',
        '!x',
        '---',
        '...',
        'yes',
        'no',
        '~',
        'null',
        '0x1F',
        '1e3',
        '.5',
        '007',
        '12345678901234567890',
        '\u0007',
        '\u0085',
        '\u2028',
        '\uFEFF',
        '🔊',
      ),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join('').replaceAll('\0', ''));
const id = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
const name = text
  .map((raw) => agentDefinitionSchema.shape.name.safeParse(raw).data)
  .filter((found) => found !== undefined);
const variable = fc.stringMatching(/^[A-Za-z_]\w{0,8}$/);
const model = {
  model: text,
  base_url: text,
  images: fc.boolean(),
  api_key: variable.map((found) => `\${${found}}`),
};
const llmConfig = fc.record(
  {
    ...model,
    provider: fc.constantFrom('openai', 'anthropic'),
    fallbacks: fc.array(
      fc.record({ provider: fc.constant('xai'), ...model }, { requiredKeys: ['provider'] }),
      { maxLength: 2 },
    ),
    system_prompt: text,
    max_history: fc.nat(500),
    temperature: fc.double({ min: 0, max: 2, noNaN: true }).map((value) => value + 0),
    tokens_range: fc.constant({ from: 1, until: 1_000_000, increment: 7 }),
    stream: fc.boolean(),
    memory: fc.constantFrom({}, { summary: true }),
    guard_rules: fc.array(
      fc.record({
        name: fc.stringMatching(/^[a-z]{1,8}$/),
        pattern: fc.constantFrom('a.*b', '\\$\\{x', '\\${', '"'),
      }),
      { maxLength: 2 },
    ),
    budget: fc.constantFrom({}, { per_user: { usd: 0.1, tokens: Number.MAX_SAFE_INTEGER } }),
  },
  { requiredKeys: [] },
);
const settings = fc.record(
  {
    enabled: fc.boolean(),
    respondToDm: fc.boolean(),
    respondWithoutMention: fc.boolean(),
    guildWhitelist: fc.array(id, { maxLength: 3 }),
    allowedRoles: fc.array(id, { maxLength: 3 }),
    rateLimit: fc.nat(1000),
  },
  { requiredKeys: [] },
);
const definition: fc.Arbitrary<AgentDefinition> = fc
  .tuple(
    name,
    settings,
    fc.oneof(
      fc.record({
        type: fc.constant('echo'),
        config: fc.record({ prefix: text, suffix: text }, { requiredKeys: [] }),
      }),
      fc.record({ type: fc.constant('llm'), config: llmConfig }),
    ),
  )
  .map(([found, more, kind]) => agentDefinitionSchema.parse({ name: found, ...more, ...kind }))
  .filter((found) => isLoadable(found));

/** Whether its type takes the config at all: a model's name may not be empty. */
function isLoadable({ type, config }: AgentDefinition): boolean {
  return agentTypes.get(type)?.configSchema.safeParse(config).success ?? false;
}

describe('an export', () => {
  it('loads again to the very same agents, whatever is in them', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(definition, {
          maxLength: 3,
          selector: (each) => each.name.normalize('NFKC').toLowerCase().trim(),
        }),
        fc.boolean(),
        (definitions, all) => {
          const records = definitions.map((each) => agentRecord({ ...each, ...without }));
          const { agents } = parseAgentsFile(toYaml(exportAgents(records, { all })), { file: 'a', env: {} });
          expect(agents.map((agent) => agent.definition)).toEqual(definitions);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('loads as JSON too', () => {
    fc.assert(
      fc.property(definition, (each) => {
        const { agents } = exportAgents([agentRecord({ ...each, ...without })], { all: false });
        const loaded = parseAgentsFile(JSON.stringify({ agents }), { file: 'a', env: {} });
        expect(loaded.agents.map((agent) => agent.definition)).toEqual([each]);
      }),
    );
  });

  it('changes nothing when it is loaded into the table from which it came', async () => {
    const store = new MemoryAgentStore();
    const [ann, bob] = [{ name: 'Ann' }, { name: 'Bob', type: 'llm', config: { api_key: '${K}' } }];
    await store.apply(
      [ann, bob].map((each) => ({
        kind: 'create',
        definition: agentDefinitionSchema.parse(each),
        token: `of ${each.name}`,
      })),
    );
    const yaml = toYaml(exportAgents(await store.list(), { all: false }));
    const plan = planLoad(parseAgentsFile(yaml, { file: 'a', env: {} }), await store.list(), {
      prune: true,
      ...storedSecrets(store, () => undefined),
    });
    expect(changesOf(plan)).toEqual([]);
  });

  it('says only what differs from the default, in the order of the settings', () => {
    const record = agentRecord({
      ...without,
      name: 'Ann',
      enabled: false,
      guildWhitelist: ['81384788765712384'],
      config: { suffix: '!', prefix: '' },
    });
    expect(bodyOf([record])).toBe(
      'agents:\n  - name: Ann\n    enabled: false\n    guild_whitelist:\n      - "81384788765712384"\n' +
        '    config:\n      suffix: "!"\n      prefix: ""\n',
    );
    expect(bodyOf([record], true).match(/^ {4}\w+/gm)).toHaveLength(12);
  });

  it('holds a prompt of several lines as it reads', () => {
    const record = agentRecord({
      ...without,
      name: 'A',
      type: 'llm',
      config: { system_prompt: 'One.\nTwo: ${x}\n' },
    });
    expect(bodyOf([record])).toContain('system_prompt: |\n        One.\n        Two: $${x}\n');
  });

  it('has a variable in the place of each secret, and lists what has to be set', async () => {
    const database = await testDatabase();
    const { agents: store } = await database.open();
    const config = {
      api_key: 'a-secret',
      fallbacks: [
        { provider: 'xai', api_key: '${TEAM_KEY}' },
        { provider: 'gemini', api_key: 'b-secret' },
      ],
    };
    await store.apply([
      {
        kind: 'create',
        definition: agentDefinitionSchema.parse({ name: 'Town Crier', type: 'llm', config }),
        token: 'c-secret',
      },
      {
        kind: 'create',
        definition: agentDefinitionSchema.parse({
          name: 'Bob',
          type: 'llm',
          config: { api_key: '${TEAM_KEY}' },
        }),
        token: undefined,
      },
    ]);
    const result = exportAgents(await store.list(), { all: false });
    const yaml = toYaml(result);
    expect(yaml).not.toMatch(/-secret|sealed/);
    expect(describeVariables(result.variables)).toEqual([
      'TOWN_CRIER_DISCORD_TOKEN        discord_token of Town Crier',
      'TOWN_CRIER_API_KEY              config.api_key of Town Crier',
      'TEAM_KEY                        config.fallbacks.1.api_key of Town Crier, config.api_key of Bob',
      'TOWN_CRIER_FALLBACKS_2_API_KEY  config.fallbacks.2.api_key of Town Crier',
    ]);
    expect(yaml).toContain('#   TEAM_KEY                        config.fallbacks.1.api_key of Town Crier');
    const [crier] = parseAgentsFile(yaml, { file: 'a', env: { TOWN_CRIER_DISCORD_TOKEN: 't' } }).agents;
    expect(crier?.token).toBe('t');
    expect(crier?.definition.config).toMatchObject({ api_key: '${TOWN_CRIER_API_KEY}' });
  });

  it('have no variable that may be there for something else', async () => {
    const store = new MemoryAgentStore();
    const definition = agentDefinitionSchema.parse({ name: 'GitHub' });
    await store.apply([{ kind: 'create', definition, token: 'g-secret' }]);
    const { variables } = exportAgents(await store.list(), { all: false });
    expect(variables.map(({ name }) => name)).toEqual(['GITHUB_DISCORD_TOKEN']);
  });

  it('of an empty table is an empty list', () => {
    expect(bodyOf([])).toBe('agents: []\n');
  });
});

describe('a variable for a secret', () => {
  it.each([
    ['Town Crier', 'TOWN_CRIER_TOKEN'],
    ['  Zoë’s bot!', 'ZOE_S_BOT_TOKEN'],
    ['7 of 9', 'AGENT_7_OF_9_TOKEN'],
    ['助手', 'TOKEN'],
  ])('is named after its agent: %s', (agent, variableName) => {
    expect(new SecretVariables().name(agent, 'token')).toBe(variableName);
  });

  it('is its own, and none that the host has already', () => {
    const names = new SecretVariables(['ANN_TOKEN']);
    expect([names.name('Ann', 'token'), names.name('ann', 'token'), names.name('OpenAI', 'api_key')]).toEqual(
      ['ANN_TOKEN_2', 'ANN_TOKEN_3', 'OPENAI_API_KEY_2'],
    );
  });
});

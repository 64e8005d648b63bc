import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { AgentType } from '../../src/agents/agent-type.ts';
import { agentTypes } from '../../src/agents/agent-types.ts';
import { parseAgentsFile } from '../../src/agents-file/parse-agents-file.ts';
import type { ParsedAgent, ParsedAgents } from '../../src/agents-file/parsed-agents.ts';
import { keysOf, shapeOf } from '../../src/agents/value-shape.ts';
import type { Environment } from '../../src/config/environment.ts';

const EXAMPLE = path.join(import.meta.dirname, '../../agents.example.yaml');

const parse = (text: string, env: Environment = {}): ParsedAgents =>
  parseAgentsFile(text, { file: 'a.yaml', env });

/** The only agent, called A, with these lines under its name. */
function parseOne(lines: readonly string[], env: Environment = {}): ParsedAgent {
  const [agent] = parse(
    ['agents:', '  - name: A', ...lines.map((line) => `    ${line}`)].join('\n'),
    env,
  ).agents;
  if (agent === undefined) throw new Error('no agent');
  return agent;
}

/** One kind of agent whose config has this shape. */
function typesOf(name: string, configSchema: z.ZodType): ReadonlyMap<string, AgentType> {
  const create = (): never => {
    throw new Error('not made here');
  };
  return new Map([[name, { name, description: '', configSchema, create }]]);
}

/** Everything that there is a setting for, but not at its default. */
const FULL = [
  'discord_token: t',
  'discord_enabled: false',
  'type: echo',
  'respond_to_dm: false',
  'respond_to_everyone: true',
  'respond_without_mention: true',
  'guild_whitelist: [81384788765712384]',
  'channel_whitelist:',
  '  - "613425648685547541"',
  'allowed_users: [1]',
  'allowed_roles: [2]',
  'blocked_users: [3]',
  'rate_limit: 6',
  'config: { prefix: "> " }',
];

describe('an agents file', () => {
  it('gives every setting', () => {
    expect(parseOne(FULL)).toEqual({
      definition: {
        name: 'A',
        enabled: false,
        type: 'echo',
        respondToDm: false,
        respondToEveryone: true,
        respondWithoutMention: true,
        guildWhitelist: ['81384788765712384'],
        channelWhitelist: ['613425648685547541'],
        allowedUsers: ['1'],
        allowedRoles: ['2'],
        blockedUsers: ['3'],
        rateLimit: 6,
        config: { prefix: '> ' },
      },
      token: 't',
      tokenUnset: undefined,
      unsetSecrets: [],
      concealed: new Set(),
      where: { file: 'a.yaml', line: 2, column: 5 },
      whereToken: { file: 'a.yaml', line: 3, column: 20 },
    });
  });

  it.each([[[]], [FULL.map((line) => line.replace(/:.*/, ':')).filter((line) => !line.startsWith(' '))]])(
    'has a default for what is left out or left empty',
    (lines) => {
      expect(parseOne(lines)).toMatchObject({
        token: undefined,
        definition: {
          enabled: true,
          type: 'echo',
          respondToDm: true,
          respondToEveryone: false,
          respondWithoutMention: false,
          guildWhitelist: [],
          channelWhitelist: [],
          allowedUsers: [],
          allowedRoles: [],
          blockedUsers: [],
          rateLimit: 0,
          config: {},
        },
      });
    },
  );

  it.each(['yes', 'Yes', 'on', 'ON', 'true', 'True'])('takes %s for true, as YAML 1.1 does', (word) => {
    expect(parseOne([`respond_to_everyone: ${word}`]).definition.respondToEveryone).toBe(true);
  });

  it.each(['no', 'No', 'off', 'OFF', 'false', 'False'])('takes %s for false, as YAML 1.1 does', (word) => {
    expect(parseOne([`enabled: ${word}`]).definition.enabled).toBe(false);
  });

  it.each(['agents: []', 'agents: [] # none', '\uFEFFagents: []', '---\nagents: []\n...\n'])(
    'may be empty: %j',
    (text) => {
      expect(parse(text)).toEqual({ agents: [], warnings: [] });
    },
  );

  it.each([
    ['007', '007'],
    ['1.10', '1.10'],
    ['1e3', '1e3'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
    ['no', 'no'],
    ['"\\u2615"', '☕'],
    ['|\n        two\n        lines', 'two\nlines\n'],
  ])('keeps text that is written %s', (written, text) => {
    expect(parseOne(['config:', `  prefix: ${written}`]).definition.config).toEqual({ prefix: text });
  });

  it('keeps a key of the config from changing what objects are', () => {
    expect(() => parseOne(['config: { __proto__: { polluted: true } }'])).toThrow('unknown key "__proto__"');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('warns of nothing when there is nothing to warn of', () => {
    expect(parse('agents: [{ name: A }, { name: B, discord_token: t }]').warnings).toEqual([]);
  });
});

describe('ids', () => {
  const snowflake = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);

  it('survive exactly, with and without quotes', () => {
    fc.assert(
      fc.property(fc.array(snowflake, { maxLength: 5 }), fc.constantFrom('', '"', "'"), (ids, quote) => {
        const written = ids.map((id) => quote + id + quote);
        const { definition } = parseOne([
          `guild_whitelist: [${written.join(', ')}]`,
          `channel_whitelist:${written.length === 0 ? ' []' : ''}`,
          ...written.map((id) => `  - ${id}`),
        ]);
        expect(definition.guildWhitelist).toEqual(ids);
        expect(definition.channelWhitelist).toEqual(ids);
      }),
    );
  });

  it('survive in a config, as key and as value, also where its schema expects nothing', () => {
    fc.assert(
      fc.property(snowflake, fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n }).map(String), (owner, id) => {
        const text = `agents: [{ name: A, type: free, config: { owner: ${owner}, rooms: { ${id}: ${id} }, few: 3 } }]`;
        const { agents } = parseAgentsFile(text, {
          file: 'a.yaml',
          env: {},
          types: typesOf('free', z.looseObject({ owner: z.string() })),
        });
        expect(agents[0]?.definition.config).toEqual({ owner, rooms: { [id]: id }, few: 3 });
      }),
    );
  });
});

describe('variables', () => {
  const env = { A: 'one', B: 'two', YAML: '[x]: "y" # ${A}', EMPTY: '' };

  it.each([
    ['"${A}"', 'one'],
    ['${A}', 'one'],
    ['"${A}-${B}${A}"', 'one-twoone'],
    ["'$${A} costs $5'", '${A} costs $5'],
    ['"$$${A}"', '$${A}'],
    ['"$A {A} $ {A}"', '$A {A} $ {A}'],
    ['"${EMPTY}"', ''],
    ['${YAML}', '[x]: "y" # ${A}'],
    ['|-\n        first ${A}\n        then ${B}', 'first one\nthen two'],
  ])('%s', (written, text) => {
    expect(parseOne(['config:', `  prefix: ${written}`], env).definition.config).toEqual({ prefix: text });
  });

  it('may be a name, a type and an id too', () => {
    const text = 'agents: [{ name: "${N}", type: "${T}", guild_whitelist: ["${G}"] }]';
    const { agents } = parse(text, { N: 'Ann', T: 'echo', G: '123456789012345678' });
    expect(agents[0]?.definition).toMatchObject({
      name: 'Ann',
      type: 'echo',
      guildWhitelist: ['123456789012345678'],
    });
  });

  it('conceal the fields that they are in', () => {
    const lines = ['discord_token: ${A}', 'config: { prefix: "${B}", suffix: b }'];
    expect(parseOne(lines, env).concealed).toEqual(new Set(['discord_token', 'config.prefix']));
  });
});

describe('a token', () => {
  const unset = 'is not set: the agent stays off Discord until it is';

  it.each<[written: string, env: Environment, token: string | undefined, warnings: string[]]>([
    ['abc.def', {}, 'abc.def', []],
    ['""', {}, undefined, []],
    ['${T}', { T: 'abc' }, 'abc', []],
    ['${T}', { T: ' abc\n' }, 'abc', []],
    ['${T}', {}, undefined, [`T ${unset}`]],
    ['${T}', { T: '' }, undefined, [`T ${unset}`]],
    ['${T}.${U}', { U: 'abc' }, undefined, [`T ${unset}`]],
    ['${T}.${U}', {}, undefined, ['T, U are not set: the agent stays off Discord until they are']],
    ['Bot abc', {}, 'abc', ['the "Bot " before the token is left off; it is no part of it']],
    ['a b', {}, 'a b', ['the token has white space in it; Discord will hardly accept it']],
  ])('%s with %j', (written, env, token, warnings) => {
    const parsed = parse(`agents:\n  - name: A\n    discord_token: ${written}`, env);
    expect(parsed.agents[0]?.token).toBe(token);
    const place = { file: 'a.yaml', line: 3, column: 20 };
    expect(parsed.warnings).toEqual(warnings.map((message) => ({ ...place, message })));
  });
});

describe('a secret of a config', () => {
  const model = { api_key: z.string().optional(), model: z.string().optional() };
  const types = typesOf('llm', z.strictObject({ ...model, fallbacks: z.array(z.object(model)).optional() }));
  const parseSecret = (config: string, env: Environment = {}): ParsedAgents =>
    parseAgentsFile(`agents:\n  - name: A\n    type: llm\n    config: ${config}`, {
      file: 'a.yaml',
      env,
      types,
    });

  it('that is a reference stays one, whether its variable is set here or not, and may be shown', () => {
    for (const env of [{}, { KEY: 'hunter2' }]) {
      const [agent] = parseSecret('{ api_key: "${KEY}", fallbacks: [{ api_key: "${KEY}" }] }', env).agents;
      expect(agent?.definition.config).toEqual({ api_key: '${KEY}', fallbacks: [{ api_key: '${KEY}' }] });
      expect(agent?.concealed).toEqual(new Set());
    }
  });

  it.each([
    ['hush', 'hush'],
    ['sk-${KEY}', 'sk-hunter2'],
    ['${KEY}${KEY}', 'hunter2hunter2'],
    ['$${KEY', '${KEY'],
  ])('that is more than a reference is put together: %s', (written, secret) => {
    const [agent] = parseSecret(`{ api_key: "${written}" }`, { KEY: 'hunter2' }).agents;
    expect(agent?.definition.config).toEqual({ api_key: secret });
  });

  it('is the only setting that stays a reference', () => {
    expect(() => parseSecret('{ model: "${MODEL}" }')).toThrow('the variable MODEL is not set');
    expect(() => parseSecret('{ api_key: "sk-${KEY}" }')).toThrow('the variable KEY is not set');
  });

  it.each([{}, { KEY: ' ' }])('is warned of when its variable is not set here: %j', (env) => {
    const { agents, warnings } = parseSecret('{ fallbacks: [{ api_key: "${KEY}" }] }', env);
    expect(agents[0]?.unsetSecrets).toEqual(['KEY']);
    expect(warnings).toEqual([
      {
        file: 'a.yaml',
        line: 4,
        column: 38,
        message: 'KEY is not set here; it has to be where the host runs',
      },
    ]);
  });

  it('is warned of for its own agent alone', () => {
    const agent = (name: string): string =>
      `{ name: ${name}, type: llm, config: { api_key: "\${${name}}" } }`;
    const { agents } = parseAgentsFile(`agents: [${agent('A')}, ${agent('B')}]`, {
      file: 'a.yaml',
      env: {},
      types,
    });
    expect(agents.map(({ unsetSecrets }) => unsetSecrets)).toEqual([['A'], ['B']]);
  });
});

describe('agents.example.yaml', () => {
  const text = readFileSync(EXAMPLE, 'utf8');
  const { agents, warnings } = parse(text);

  it('loads as it stands, with no variable set', () => {
    expect(agents.map(({ definition, token }) => [definition.name, definition.enabled, token])).toEqual([
      ['Parrot', true, undefined],
      ['Town Crier', true, undefined],
      ['Mountain', false, undefined],
      ['Librarian', true, undefined],
    ]);
    expect(warnings.map(({ message }) => message.replace(/ is not set.*/, ''))).toEqual([
      'PARROT_TOKEN',
      'TOWN_CRIER_TOKEN',
      'MOUNTAIN_TOKEN',
      'LIBRARIAN_TOKEN',
    ]);
  });

  it.each([...agentTypes.values()])('shows every setting of the type $name', ({ name, configSchema }) => {
    expect(agents.map(({ definition }) => definition.type)).toContain(name);
    const shown = [...text.matchAll(/^ {6}(?:# )?(\w+):/gm)].map((match) => match[1]);
    expect(shown).toEqual(expect.arrayContaining(keysOf(shapeOf(configSchema))));
  });

  it('is right in what it shows as a comment, too', () => {
    const shown = text
      .replaceAll(/^( {6})# ([a-z_]+:(?:$| [^ ]+$| \{.*\}$)| {2}.*)/gm, '$1$2')
      // Only one of these two may be there.
      .replace(/^ {6}max_tokens: .*/m, '');
    const { config } = parse(shown).agents.at(-1)?.definition ?? {};
    expect(config).toMatchObject({
      base_url: 'http://localhost:11434/v1',
      api_key: '${LIBRARIAN_KEY}',
      images: true,
      tokens_range: { from: 256 },
      fallbacks: [{ provider: 'anthropic' }],
      guard_rules: [{ name: 'spoilers' }],
      budget: { per_user: { usd: 0.1 }, per_agent: { usd: 5 } },
    });
  });

  it('shows every setting, each at its default', () => {
    const [parrot] = agents;
    expect({ ...parrot?.definition, config: {} }).toEqual({ ...parseOne([]).definition, name: 'Parrot' });
  });
});

import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createAgent } from '../../src/agents/agent-types.ts';
import { parseAgentsFile } from '../../src/agents-file/parse-agents-file.ts';
import type { ParsedAgent, ParsedAgents } from '../../src/agents-file/parsed-agents.ts';
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
        config: { prefix: '> ' },
      },
      token: 't',
      tokenUnset: undefined,
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
    const type = {
      name: 'free',
      description: '',
      configSchema: z.looseObject({ owner: z.string() }),
      create: () => createAgent('echo', {}),
    };
    fc.assert(
      fc.property(snowflake, fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n }).map(String), (owner, id) => {
        const text = `agents: [{ name: A, type: free, config: { owner: ${owner}, rooms: { ${id}: ${id} }, few: 3 } }]`;
        const { agents } = parseAgentsFile(text, {
          file: 'a.yaml',
          env: {},
          types: new Map([['free', type]]),
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

describe('agents.example.yaml', () => {
  const { agents, warnings } = parse(readFileSync(EXAMPLE, 'utf8'));

  it('loads as it stands, with no variable set', () => {
    expect(agents.map(({ definition, token }) => [definition.name, definition.enabled, token])).toEqual([
      ['Parrot', true, undefined],
      ['Town Crier', true, undefined],
      ['Mountain', false, undefined],
    ]);
    expect(warnings).toHaveLength(3);
  });

  it('gives configs of which agents can be made', () => {
    for (const { definition } of agents) createAgent(definition.type, definition.config);
  });

  it('shows every setting, each at its default', () => {
    const [parrot] = agents;
    expect({ ...parrot?.definition, config: {} }).toEqual({ ...parseOne([]).definition, name: 'Parrot' });
  });
});

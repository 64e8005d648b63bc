import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { AgentType } from '../../src/agents/agent-type.ts';
import { AgentsFileError } from '../../src/agents-file/file-problem.ts';
import { parseAgentsFile, parseAgentsFiles } from '../../src/agents-file/parse-agents-file.ts';
import { InputError } from '../../src/errors.ts';

const env = { SECRET: 'hunter2-the-secret', EMPTY: '' };

/** A type with everything that a config may have, since echo's is flat. */
const deep: AgentType = {
  name: 'deep',
  description: '',
  configSchema: z.strictObject({
    model: z.string(),
    api_key: z
      .string()
      .refine((key) => key.startsWith('k'), { error: ({ input }) => `must not be ${String(input)}` })
      .optional(),
    tokens_range: z
      .strictObject({ from: z.int(), until: z.int() })
      .refine(({ from, until }) => from <= until, { path: ['from'], error: 'must not be above "until"' })
      .optional(),
    provider: z.enum(['openai', 'anthropic']).optional(),
    sight: z.union([z.boolean(), z.literal('auto')]).optional(),
    tone: z.union([z.literal('kind'), z.literal('curt')]).optional(),
    stop: z.union([z.string(), z.array(z.string())]).optional(),
    limit: z.union([z.boolean(), z.strictObject({ per: z.string(), at_most: z.int() })]).optional(),
    rooms: z.record(z.string(), z.array(z.string())).optional(),
  }),
  create: () => {
    throw new Error('not made here');
  },
};

/** The problems of a text whose agents begin after `agents:`, without the file's name. */
function problemsOf(text: string, types?: ReadonlyMap<string, AgentType>): string[] {
  try {
    parseAgentsFile(text, { file: 'a.yaml', env, ...(types === undefined ? {} : { types }) });
    return [];
  } catch (error) {
    if (!(error instanceof AgentsFileError)) throw error;
    return error.message.split('\n').map((line) => line.replace(/^a\.yaml:/, ''));
  }
}

const agent = (...lines: string[]): string =>
  ['agents:', '  - name: A', ...lines.map((line) => `    ${line}`)].join('\n');

describe('an error names file, line and column', () => {
  const cases: [title: string, text: string, problems: string[]][] = [
    // The file as a whole.
    ['empty', '', ['1:1: the file must begin with "agents:" and have a list under it']],
    ['a comment', '# nothing', ['1:1: the file must begin with "agents:" and have a list under it']],
    ['a bare list', '- name: A', ['1:1: the file must begin with "agents:" and have a list under it']],
    ['an empty map', '{}', ['1:1: "agents:" is missing']],
    ['another key', 'agent:\n  - name: A', ['1:1: unknown key "agent"; did you mean "agents"?']],
    ['a key too many', 'agents: []\nversion: 1', ['2:1: unknown key "version"; known are: agents']],
    ['no list', 'agents:', ['1:8: "agents" must be a list; write [] for none']],
    ['a map for a list', 'agents: {A: 1}', ['1:9: "agents" must be a list; write [] for none']],
    ['text for an agent', 'agents:\n  - A', ['2:5: an agent must be a map of keys and values']],
    ['nothing for an agent', 'agents:\n  -', ['2:4: an agent must be a map of keys and values']],
    [
      'too large',
      `# ${'x'.repeat(1024 * 1024)}`,
      ['1:1: the file is larger than 1 MiB; split it and load the folder'],
    ],
    // Syntax.
    ['a tab', 'agents:\n\t- name: A', ['2:1: a tab is not allowed as indentation; use spaces']],
    [
      'two documents',
      'agents: []\n---\nagents: []',
      ['2:1: a second YAML document begins here; a file holds one'],
    ],
    [
      'an open bracket',
      'agents: [',
      [
        '1:10: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
      ],
    ],
    [
      'a missing comma',
      agent('guild_whitelist: ["1" "2"]'),
      ['3:27: not valid YAML: Missing , or : between flow sequence items'],
    ],
    ['an open quote', agent('type: "echo'), ['3:16: not valid YAML: Missing closing "quote']],
    [
      'a reserved character',
      agent('type: @echo'),
      ['3:11: not valid YAML: Plain value cannot start with reserved character @'],
    ],
    [
      'a tag',
      agent('type: !env X'),
      ['3:11: YAML tags are not supported; take the "!" and what follows it away'],
    ],
    [
      'an alias',
      agent('config: &c {}') + '\n  - name: B\n    config: *c',
      ['5:13: YAML aliases are not supported; write the value out'],
    ],
    [
      'an alias for an agent',
      'agents: [&a {name: A}, *a]',
      ['1:24: YAML aliases are not supported; write the value out'],
    ],
    [
      'an alias for a token',
      'agents: [{name: &a A, discord_token: *a}]',
      ['1:38: YAML aliases are not supported; write the value out'],
    ],
    [
      'a deep list',
      agent(`config: {prefix: ${'['.repeat(40)}${']'.repeat(40)}}`),
      ['3:22: config.prefix must be text', '3:54: the nesting is too deep'],
    ],
    [
      'a variable in a list',
      agent('guild_whitelist: [${X}]'),
      ['3:24: inside [ ] and { } a variable needs quotes: "${NAME}"'],
    ],
    ['a list for a key', agent('? [a]', ': 1'), ['3:7: a key must be text; put it in quotes']],
    ['a key twice', agent('type: echo', 'type: echo'), ['4:5: the key "type" stands on line 3 already']],
    [
      'a key twice inside',
      agent('config:', '  prefix: a', '  prefix: b'),
      ['5:7: the key "prefix" stands on line 4 already'],
    ],
    [
      'a Windows file',
      'agents:\r\n  - name: A\r\n    typ: echo\r\n',
      ['3:5: unknown key "typ"; did you mean "type"?'],
    ],
    ['a byte order mark', '\uFEFFagent: []', ['1:1: unknown key "agent"; did you mean "agents"?']],
    // Settings.
    [
      'a near key',
      agent('respond_to_dms: true'),
      ['3:5: unknown key "respond_to_dms"; did you mean "respond_to_dm"?'],
    ],
    [
      'a strange key',
      agent('colour: red'),
      [
        '3:5: unknown key "colour"; known are: name, enabled, type, respond_to_dm, respond_to_everyone, respond_without_mention, guild_whitelist, channel_whitelist, allowed_users, allowed_roles, blocked_users, rate_limit, config, discord_token, discord_enabled, agent_type, agent_config',
      ],
    ],
    ['no name', 'agents:\n  - enabled: true', ['2:5: name is missing']],
    ['nothing for a name', 'agents:\n  - name:', ['2:10: name has no value']],
    ['a blank name', 'agents:\n  - name: "  "', ['2:11: name must not be empty']],
    ['a truth for a name', 'agents:\n  - name: true', ['2:11: name must be text; put it in quotes']],
    ['text for a truth', agent('enabled: maybe'), ['3:14: enabled must be true or false']],
    [
      'quotes around a truth',
      agent('discord_enabled: "yes"'),
      ['3:22: discord_enabled must be true or false'],
    ],
    [
      'a setting twice',
      agent('enabled: true', 'discord_enabled: true'),
      ['4:5: "discord_enabled" and "enabled" on line 3 are the same setting; keep one'],
    ],
    ['an unknown type', agent('type: oracle'), ['3:11: unknown agent type "oracle"; known are: echo, llm']],
    ['a near type', agent('type: Ecko'), ['3:11: unknown agent type "Ecko"; did you mean "echo"?']],
    ['a list for a token', agent('discord_token: [a]'), ['3:20: discord_token must be text']],
    ['text for a whitelist', agent('guild_whitelist: "1"'), ['3:22: guild_whitelist must be a list']],
    ['text for a config', agent('config: loud'), ['3:13: config must be a map of keys and values']],
    ['a list for a config', agent('config: []'), ['3:13: config must be a map of keys and values']],
    [
      'a NUL',
      agent('config: { prefix: "a\\0" }'),
      ['3:23: a NUL character or half a surrogate pair cannot be stored'],
    ],
    // Ids.
    [
      'an id as a power',
      agent('guild_whitelist: [1e18]'),
      ['3:23: guild_whitelist[0] must be a Discord id: digits only'],
    ],
    [
      'an id as a fraction',
      agent('channel_whitelist: [1, 2.0]'),
      ['3:28: channel_whitelist[1] must be a Discord id: digits only'],
    ],
    [
      'an id in hexadecimal',
      agent('guild_whitelist:', '  - 0x1F'),
      ['4:9: guild_whitelist[0] must be a Discord id: digits only'],
    ],
    [
      'an id below zero',
      agent('guild_whitelist: [-1]'),
      ['3:23: guild_whitelist[0] must be a Discord id: digits only'],
    ],
    [
      'an id with a sign',
      agent('guild_whitelist: [+1]'),
      ['3:23: guild_whitelist[0] must be a Discord id: digits only'],
    ],
    [
      'an id with strokes',
      agent('guild_whitelist: [1_000]'),
      ['3:23: guild_whitelist[0] must be a Discord id: digits only'],
    ],
    ['no id', agent('guild_whitelist:', '  -'), ['4:8: guild_whitelist[0] has no value']],
    // Config.
    [
      'an unknown key of the config',
      agent('config: { prefx: a }'),
      ['3:15: unknown key "prefx"; did you mean "prefix"?'],
    ],
    ['a list for text', agent('config:', '  prefix: [a]'), ['4:15: config.prefix must be text']],
    [
      'a truth for text',
      agent('config:', '  prefix: true'),
      ['4:15: config.prefix must be text; put it in quotes'],
    ],
    [
      'a long text',
      agent(`config: { prefix: ${'x'.repeat(501)} }`),
      ['3:23: config.prefix: Too big: expected string to have <=500 characters'],
    ],
    // Agents beside one another.
    [
      'a name twice',
      `${agent()}\n  - name: ' a '`,
      ['3:11: the name is already that of the agent on line 2'],
    ],
    [
      'a token twice',
      `${agent('discord_token: t')}\n  - discord_token: Bot t\n    name: B`,
      ['4:20: the token is already that of the agent on line 3'],
    ],
    [
      'everything at once',
      'agents:\n  - nam: A\n  - name: B\n    enabled: 1\n    config:\n      suffix: {}\n  - name: b\n    type: x',
      [
        '2:5: unknown key "nam"; did you mean "name"?',
        '2:5: name is missing',
        '4:14: enabled must be true or false',
        '6:15: config.suffix must be text',
        '7:11: the name is already that of the agent on line 3',
        '8:11: unknown agent type "x"; known are: echo, llm',
      ],
    ],
  ];
  it.each(cases)('%s', (_, text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  it.each<[title: string, lines: string[], problems: string[]]>([
    ['a required key without a config', [], ['2:5: config.model is missing']],
    ['a required key', ['config:', '  api_key: k'], ['5:7: config.model is missing']],
    [
      'a nested value',
      ['config:', '  model: m', '  tokens_range: { from: 1.5, until: 2 }'],
      ['6:29: config.tokens_range.from must be a whole number'],
    ],
    [
      'a nested key',
      ['config:', '  model: m', '  tokens_range: { from: 1, until: 2, untill: 3 }'],
      ['6:42: unknown key "untill"; did you mean "until"?'],
    ],
    [
      'the alternative that is nearest',
      ['config: { model: m, limit: { per: day, at_most: x } }'],
      ['4:53: config.limit.at_most must be a number'],
    ],
    [
      'a word that is not one of them',
      ['config: { model: m, provider: opnai }'],
      ['4:35: config.provider: "opnai" is not one of openai, anthropic; did you mean "openai"?'],
    ],
    [
      'a word that is near none of them',
      ['config: { model: m, provider: bedrock }'],
      ['4:35: config.provider: "bedrock" is not one of openai, anthropic'],
    ],
    [
      'a number for a word',
      ['config: { model: m, provider: 12 }'],
      ['4:35: config.provider: 12 is not one of openai, anthropic'],
    ],
    [
      'a list for a word',
      ['config: { model: m, provider: [openai] }'],
      ['4:35: config.provider must be one of openai, anthropic'],
    ],
    [
      'a word of several alternatives',
      ['config: { model: m, tone: kint }'],
      ['4:31: config.tone: "kint" is not one of kind, curt; did you mean "kind"?'],
    ],
    [
      'no kind that any alternative has',
      ['config: { model: m, sight: [], stop: {} }'],
      ['4:32: config.sight must be true or false or auto', '4:42: config.stop must be text or a list'],
    ],
    [
      'an item of the alternative that was meant',
      ['config: { model: m, stop: [a, {}] }'],
      ['4:35: config.stop[1] must be text'],
    ],
    [
      'values that do not go together',
      ['config:', '  model: m', '  tokens_range: { until: 1, from: 2 }'],
      ['6:39: config.tokens_range.from must not be above "until"'],
    ],
    [
      'an item under an id',
      ['config: { model: m, rooms: { 123456789012345678: [1, {}] } }'],
      ['4:58: config.rooms.123456789012345678[1] must be text'],
    ],
    [
      'infinity',
      ['config: { model: m, tokens_range: { from: .inf, until: 2 } }'],
      ['4:47: must be a finite number'],
    ],
  ])('deep in a config: %s', (_, lines, problems) => {
    expect(problemsOf(agent('type: deep', ...lines), new Map([['deep', deep]]))).toEqual(problems);
  });

  it.each<[title: string, lines: string[], problems: string[]]>([
    [
      'a provider',
      ['  provider: opnai'],
      [
        '5:17: config.provider: "opnai" is not one of openai, anthropic, perplexity, xai, gemini, openai-compatible; did you mean "openai"?',
      ],
    ],
    [
      'a fallback without a provider',
      ['  fallbacks:', '    - model: m'],
      ['6:11: config.fallbacks[0].provider is missing'],
    ],
    [
      'a range that ends before it begins',
      ['  tokens_range: { increment: 1, until: 1, from: 2 }'],
      ['5:53: config.tokens_range.from must not be above "until"'],
    ],
    [
      'a range beside a limit',
      ['  max_tokens: 5', '  tokens_range: { from: 1, until: 2, increment: 1 }'],
      ['6:21: config.tokens_range must not stand beside "max_tokens"; keep one'],
    ],
    [
      'a guard',
      ['  guard: blok'],
      ['5:14: config.guard: "blok" is not one of off, warn, block; did you mean "block"?'],
    ],
    [
      'a rule without a pattern',
      ['  guard_rules:', '    - name: mine'],
      [expect.stringMatching(/^6:11: config\.guard_rules\[0\]\.pattern is missing; /) as string],
    ],
    [
      'a budget',
      ['  budget: { per_user: { usd: 0 }, per_day: {} }'],
      [
        '5:34: config.budget.per_user.usd must be above 0',
        '5:39: unknown key "per_day"; known are: per_user, per_guild, per_agent',
      ],
    ],
  ])('in the config of an llm agent: %s', (_, lines, problems) => {
    expect(problemsOf(agent('type: llm', 'config:', ...lines))).toEqual(problems);
  });

  it('names the other file when the first place is there', () => {
    const files = [
      { file: 'b.yaml', text: agent('discord_token: t') },
      { file: 'a.yaml', text: agent('discord_token: t') },
    ];
    expect(() => parseAgentsFiles(files, { env })).toThrow(
      new AgentsFileError([
        { file: 'a.yaml', line: 2, column: 11, message: 'the name is already that of the agent at b.yaml:2' },
        {
          file: 'a.yaml',
          line: 3,
          column: 20,
          message: 'the token is already that of the agent at b.yaml:3',
        },
      ]),
    );
  });

  it('does not fall into a bottomless list', () => {
    expect(problemsOf(`agents: ${'['.repeat(500_000)}`)).toEqual([
      expect.stringMatching(/^1:\d+: the nesting is too deep$/),
    ]);
  });

  it('is an input error', () => {
    expect(() => parseAgentsFile('', { file: 'a.yaml', env })).toThrow(InputError);
  });
});

describe('an error never shows what a variable holds', () => {
  it.each<[line: string, problems: string[]]>([
    ['enabled: ${SECRET}', ['4:14: enabled must be true or false; what a variable holds is always text']],
    ['guild_whitelist: ["${SECRET}"]', ['4:23: guild_whitelist[0] must be a Discord id: digits only']],
    ['config: { model: m, api_key: "a${SECRET}" }', ['4:34: config.api_key must not be …']],
    [
      'config: { model: m, provider: "${SECRET}" }',
      ['4:35: config.provider must be one of openai, anthropic'],
    ],
    ['config: { model: "${SECRET} ${UNSET}" }', ['4:33: the variable UNSET is not set']],
    ['config: { model: "${constructor}" }', ['4:23: the variable constructor is not set']],
    [
      'config: { model: "a ${SECRET:-b}" }',
      ['4:25: a variable reads ${NAME}; for the characters themselves write $${'],
    ],
    ['discord_token: ${SECRET', ['4:20: a variable reads ${NAME}; for the characters themselves write $${']],
    ['discord_token: "${SECRET}" x', ['4:32: not valid YAML: Unexpected scalar at node end']],
    [
      'discord_token: |-hunter2-the-secret',
      ['4:22: not valid YAML: Block scalar header includes extra characters'],
    ],
  ])('%s', (line, problems) => {
    const model = line.startsWith('config') ? [] : ['config: { model: m }'];
    const found = problemsOf(agent('type: deep', line, ...model), new Map([['deep', deep]]));
    expect(found.slice(0, 1)).toEqual(problems);
    expect(found.join('\n')).not.toContain('hunter2');
  });

  it('nor as a type or a name', () => {
    const text = 'agents:\n  - name: ${SECRET}\n    type: ${SECRET}\n  - name: hunter2-the-secret';
    expect(problemsOf(text)).toEqual([
      '3:11: unknown agent type "${SECRET}"; known are: echo, llm',
      '4:11: the name is already that of the agent on line 2',
    ]);
  });
});

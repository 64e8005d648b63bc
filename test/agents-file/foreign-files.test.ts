import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { AgentsFileError, formatProblem } from '../../src/agents-file/file-problem.ts';
import { parseAgentsFile } from '../../src/agents-file/parse-agents-file.ts';
import type { ParsedAgents } from '../../src/agents-file/parsed-agents.ts';
import { changesOf, planLoad } from '../../src/agents-file/plan-load.ts';
import { storedSecrets } from '../../src/agents-file/stored-secrets.ts';
import { MemoryAgentStore } from '../support/memory-agent-store.ts';

const fixture = (name: string): string =>
  readFileSync(path.join(import.meta.dirname, 'fixtures', name), 'utf8');

const parse = (text: string, env = {}): ParsedAgents => parseAgentsFile(text, { file: 'a', env });

const warningsOf = ({ warnings }: ParsedAgents): string[] => warnings.map(formatProblem);

function problemsOf(text: string): string[] {
  try {
    parse(text);
    return [];
  } catch (error) {
    if (!(error instanceof AgentsFileError)) throw error;
    return error.problems.map(formatProblem);
  }
}

describe("the Python handler's example", () => {
  const parsed = parse(fixture('python-handler.yaml'));

  it('loads unchanged, with every key that it names', () => {
    expect(parsed.agents.map(({ definition }) => definition)).toMatchObject([
      { name: 'Parrot', type: 'echo', respondToDm: true, config: { prefix: '🦜 ', suffix: '!' } },
      {
        name: 'Sage',
        type: 'llm',
        config: {
          provider: 'openai',
          model: 'gpt-4o',
          system_prompt: 'You know the stars.',
          max_history: 12,
          temperature: 0.5,
          max_tokens: 900,
        },
      },
      {
        name: 'Guard',
        enabled: false,
        type: 'llm',
        respondToDm: false,
        guildWhitelist: ['123456789'],
        channelWhitelist: ['987654321987654321'],
        config: { provider: 'anthropic', max_history: 20 },
      },
    ]);
  });

  it('may have placeholders for tokens, which are none', () => {
    expect(parsed.agents.map(({ token }) => token)).toEqual([undefined, undefined, 'a-discord-token']);
    const message =
      'warning: this only holds the place of a token: the agent stays off Discord until it has one';
    expect(warningsOf(parsed)).toEqual([4, 12].map((line) => `a:${line}:20: ${message.slice(9)}`));
  });

  it('leaves the tokens that are stored', async () => {
    const store = new MemoryAgentStore();
    await store.apply(
      parsed.agents.map(({ definition }) => ({ kind: 'create', definition, token: `of ${definition.name}` })),
    );
    const plan = planLoad(
      parse(fixture('python-handler.yaml').replace('a-discord-token', 'YOUR_BOT_TOKEN')),
      await store.list(),
      {
        prune: true,
        ...storedSecrets(store, () => undefined),
      },
    );
    expect(changesOf(plan)).toEqual([]);
    expect(plan.warnings.map(({ message }) => message)).toEqual(
      Array.from({ length: 3 }, () => 'this only holds the place of a token: the stored token stays'),
    );
  });
});

describe('a placeholder for a token', () => {
  const tokenOf = (token: string): string | undefined =>
    parse(`agents: [{ name: A, discord_token: '${token}' }]`).agents[0]?.token;

  it.each([
    'YOUR_BOT_TOKEN_HERE',
    'your-token',
    'your bot token',
    'TOKEN_HERE',
    '<token>',
    'changeme',
    '...',
  ])('is none: %s', (token) => {
    expect(tokenOf(token)).toBeUndefined();
  });

  it.each([
    'yours',
    'MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs',
    'a-discord-token',
    'here',
  ])('is not suspected in %s', (token) => {
    expect(tokenOf(token)).toBe(token);
  });
});

describe("AmiBot's configuration", () => {
  it('becomes one agent, with every key that has a counterpart', () => {
    const parsed = parse(fixture('amibot.conf'));
    expect(parsed.agents).toMatchObject([
      {
        definition: {
          name: 'Amigo',
          enabled: true,
          type: 'llm',
          config: {
            provider: 'anthropic',
            model: 'claude-3-5-sonnet-20240620',
            api_key: 'a-provider-key',
            system_prompt: 'You are {agent}, and know your way around old computers.\n',
            tokens_range: { from: 256, until: 4096, increment: 256 },
          },
        },
        token: 'a-discord-token',
      },
    ]);
  });

  it('tells what has no counterpart, where it stands', () => {
    const text = `version: 3\n${fixture('amibot.conf').replace('  username', '  port: 23459\n  username')}`;
    expect(warningsOf(parse(text))).toEqual([
      'a:1:1: version is left out: it is for the host to say',
      'a:4:3: amibot.port is left out: it is for the host to say',
      'a:11:3: discord.application_id is left out: Discord tells it by the token',
      'a:12:3: discord.public_key is left out: bots answer over the gateway',
    ]);
  });

  it('may leave provider and model to a remark, as its example does', () => {
    const parsed = parse(fixture('amibot-left-open.conf'));
    expect(parsed.agents.map(({ definition }) => definition.config)).toEqual([
      {
        system_prompt: 'You mend bicycles.',
        tokens_range: { from: 200, until: 1500, increment: 100 },
        api_key: 'a-provider-key',
      },
    ]);
    expect(warningsOf(parsed)).toContain(
      'a:13:13: llm.provider is left open ("; one of two"): the default is taken',
    );
  });

  it('may be older, with a section of OpenAI', () => {
    expect(parse(fixture('amibot-older.conf')).agents.map(({ definition }) => definition)).toMatchObject([
      { name: 'Robin', type: 'llm', config: { api_key: 'a-provider-key', model: 'gpt-4o' } },
    ]);
  });

  it('takes variables, and keeps a key that refers to one', () => {
    const text = fixture('amibot.conf')
      .replace('a-discord-token', '${DT}')
      .replace('a-provider-key', '${KEY}');
    const [agent] = parse(text, { DT: 'the-token', KEY: 'x' }).agents;
    expect([agent?.token, agent?.definition.config['api_key']]).toEqual(['the-token', '${KEY}']);
  });

  it.each([
    ['discord', true],
    ['llm', true],
    ['neither', false],
  ])('is switched off by either section: %s', (section, off) => {
    const text = fixture('amibot.conf').replace(
      new RegExp(`(?<=^${section}:[^]*?enabled: )true`, 'm'),
      'false',
    );
    expect(parse(text).agents[0]?.definition.enabled).toBe(!off);
  });

  const minimal = 'amibot:\n  username: A\n';
  it.each<[title: string, text: string, problems: string[]]>([
    ['no name', 'amibot:\n  system_role: x', ['a:1:1: amibot.username is missing']],
    ['nothing in it', 'amibot:', ['a:1:1: amibot.username is missing']],
    ['a section that is none', `${minimal}llm: 5`, ['a:3:6: llm must be a map of keys and values']],
    [
      'an unknown section',
      `${minimal}dicsord: {}`,
      ['a:3:1: unknown key "dicsord"; did you mean "discord"?'],
    ],
    [
      'another kind of file besides',
      `${minimal}agents: []`,
      ['a:3:1: unknown key "agents"; known are: amibot, discord, llm'],
    ],
    ['an unknown key', `${minimal}llm:\n  modle: x`, ['a:4:3: unknown key "modle"; did you mean "model"?']],
    [
      'an unknown provider',
      `${minimal}llm:\n  provider: opnai`,
      [
        'a:4:13: llm.provider: "opnai" is not one of openai, anthropic, perplexity, xai, gemini, openai-compatible; did you mean "openai"?',
      ],
    ],
    [
      'a wrong number',
      `${minimal}llm:\n  tokens_range: { from: x, until: 9, increment: 1 }`,
      ['a:4:25: llm.tokens_range.from must be a number'],
    ],
    [
      'limits upside down',
      `${minimal}llm:\n  tokens_range: { from: 9, until: 5, increment: 1 }`,
      ['a:4:25: llm.tokens_range.from must not be above "until"'],
    ],
    ['a token of another kind', `${minimal}discord:\n  token: [x]`, ['a:4:10: discord.token must be text']],
    [
      'a switch of another kind',
      `${minimal}discord:\n  enabled: maybe`,
      ['a:4:12: discord.enabled must be true or false'],
    ],
  ])('is refused with %s, at its place and in its own words', (_, text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { agentDefinitionSchema } from '../../../src/agents/agent-definition.ts';
import { showUsage, type ShowUsageDeps } from '../../../src/cli/usage/show-usage.ts';
import type { HostBudget } from '../../../src/config/config.ts';
import type { Database } from '../../../src/database/open-database.ts';
import { ConfigError, UnavailableError } from '../../../src/errors.ts';
import type { CallSubject, SettledCall } from '../../../src/usage/usage-ledger.ts';
import { testDatabase } from '../../support/test-database.ts';

const NOW = new Date('2026-11-20T22:30:00Z');
const ANN = '81384788765712384';

let database: Database;
let clock: Date;
/** Ids by name. */
let ids: Record<string, string>;

beforeEach(async () => {
  clock = NOW;
  database = await (await testDatabase()).open({ now: () => clock });
  await add('Helper', { budget: { per_user: { tokens: 100 }, per_agent: { usd: 1.5, tokens: 3_000 } } });
  await add('Muse', { api_key: 'kept encrypted' });
});

async function add(name: string, config: Record<string, unknown>): Promise<void> {
  const definition = agentDefinitionSchema.parse({ name, type: 'llm', config });
  await database.agents.apply([{ kind: 'create', definition, token: undefined }]);
  ids = Object.fromEntries((await database.agents.list()).map((agent) => [agent.name, agent.id]));
}

interface Call extends Partial<Omit<CallSubject, 'agentId'>>, Partial<SettledCall> {
  at?: string;
  model?: string;
  open?: true;
}

/** Books a call of an agent, or of one that is gone. */
async function book(agent: string, { at, model = 'gpt-4o', open, ...parts }: Call = {}): Promise<void> {
  clock = at === undefined ? NOW : new Date(at);
  const subject = { agentId: ids[agent] ?? agent, userId: ANN, guildId: '7', exchangeId: 'e' };
  const most = { tokens: 1_000, nanoUsd: 2_000_000 };
  const call = {
    subject: { purpose: 'answer' as const, ...subject, ...parts },
    provider: 'openai',
    model,
    most,
  };
  const id = await database.usage.reserve(call, []);
  const settled = {
    inputTokens: 1_200,
    cachedTokens: 200,
    outputTokens: 30,
    counted: true,
    nanoUsd: 1_500_000,
  };
  if (!open) await database.usage.settle(id, { ...settled, latencyMs: 1, outcome: 'complete', ...parts });
}

async function run(argv: string[], deps: Partial<ShowUsageDeps> & { hostBudget?: HostBudget } = {}) {
  const outcome = { code: -1, out: '', err: '' };
  const io = {
    stdout: { write: (text: string) => (outcome.out += text) },
    stderr: { write: (text: string) => (outcome.err += text) },
  };
  let open = 0;
  const { hostBudget, ...rest } = deps;
  outcome.code = await showUsage(argv, io, {
    now: () => NOW,
    openStore: () => {
      open++;
      const { agents: store, usageReports } = database;
      const close = (): Promise<void> => {
        open--;
        return Promise.resolve();
      };
      return Promise.resolve({ store, usageReports, hostBudget, close });
    },
    ...rest,
  });
  expect(open, 'what was opened is closed').toBe(0);
  return outcome;
}

const json = async (argv: string[], hostBudget?: HostBudget): Promise<unknown> => {
  const { code, out } = await run([...argv, '--json'], hostBudget && { hostBudget });
  expect(code).toBe(0);
  return JSON.parse(out);
};

/** The first column of each row, without the total. */
const shown = ({ out }: { out: string }): (string | undefined)[] =>
  (out.split('\n\n')[1] ?? '')
    .split('\n')
    .slice(1, -1)
    .map((line) => line.split(' ')[0])
    .filter((word) => word !== 'TOTAL' && word !== '');

describe('npm run usage', () => {
  it('shows what every agent cost today, and the total', async () => {
    await book('Helper', { inputTokens: 1_234_567, nanoUsd: 1_234_567_890_123 });
    await book('Helper', { outcome: 'overloaded' });
    await book('gone');
    await book('Muse', { at: '2026-11-19T23:59:59.999Z' });
    expect(await run([])).toEqual({
      code: 0,
      out: [
        'Calls to language models from 2026-11-20T00:00Z until 2026-11-21T00:00Z',
        '',
        'AGENT   CALLS      INPUT  CACHED  OUTPUT           USD  FAILED',
        'Helper      2  1,235,767     400      60  1,234.569391       1',
        'gone        1      1,200     200      30      0.001500       0',
        'TOTAL       3  1,236,967     600      90  1,234.570891       1',
        '',
      ].join('\n'),
      err: '',
    });
  });

  it('never shows a cost as nothing', async () => {
    await book('Helper', { nanoUsd: 1 });
    expect((await run([])).out).toContain(' 0.000001 ');
  });

  it('shows a question mark where a price is missing, and says whose', async () => {
    await book('Helper');
    await book('Helper', { nanoUsd: undefined, model: 'new' });
    await book('Muse', { nanoUsd: undefined, model: 'odd\u001B' });
    const { out } = await run([]);
    expect(out).toMatch(/^Helper .* 0\.001500\? +0$/m);
    expect(out).toMatch(/^Muse .* \? +0$/m);
    expect(out).toMatch(/^TOTAL .* 0\.001500\? +0$/m);
    const models = /No price was known for (.*)\. Prices/.exec(out)?.[1]?.split(', ').sort();
    expect(models).toEqual(['openai/new', 'openai/odd\\u001b']);
  });

  it('has no foot notes where there is nothing to say', async () => {
    await book('Helper');
    expect((await run([])).out).not.toMatch(/price|under way|\?/);
  });

  it('says how many calls count at the most that they can cost', async () => {
    await book('Helper', { open: true });
    const { out } = await run([]);
    expect(out).toMatch(/^Helper +1 +1,000 +0 +0 +0\.002000 +0$/m);
    expect(out).toContain('1 of the calls are under way');
  });

  it('says so when there was no call', async () => {
    const out = 'No calls to language models from 2026-11-20T00:00Z until 2026-11-21T00:00Z.\n';
    expect(await run([])).toEqual({ code: 0, out, err: '' });
    expect(await json([])).toEqual([]);
  });

  it.each([
    ['user', [ANN, '-']],
    ['guild', ['7', '-']],
    ['model', ['openai/gpt-4o', 'openai/tiny']],
    ['day', ['2026-11-20']],
    ['purpose', ['answer', 'check']],
  ])('sums up by %s', async (by, keys) => {
    await book('Helper');
    const check = {
      purpose: 'check',
      userId: undefined,
      guildId: undefined,
      model: 'tiny',
      nanoUsd: 1,
    } as const;
    await book('Muse', check);
    expect(shown(await run(['--by', by]))).toEqual(keys);
  });

  it.each([
    [
      ['--since', '2026-11-19'],
      ['2026-11-19', '2026-11-20'],
    ],
    [
      ['--since', '24h'],
      ['2026-11-19', '2026-11-20'],
    ],
    [['--since', '23h'], ['2026-11-20']],
    [
      ['--since', '2d'],
      ['2026-11-18', '2026-11-19', '2026-11-20'],
    ],
    [
      ['--since', '2026-11-17', '--until', '2026-11-18'],
      ['2026-11-17', '2026-11-18'],
    ],
    [['--since', '2026-11-18', '--until', '2d'], ['2026-11-18']],
    [['--since', '2000-01-01', '--until', '71h'], ['2026-11-17']],
    [['--since', '0000-01-01', '--until', '71h'], ['2026-11-17']],
  ])('has the days of %j', async (argv, days) => {
    for (const day of ['17', '18', '19']) await book('Helper', { at: `2026-11-${day}T22:30:00.000Z` });
    // A moment is the first that is not in it.
    await book('Helper', { at: '2026-11-18T22:29:59.999Z' });
    await book('Helper');
    const all = await run([...argv, '--by', 'day']);
    expect(shown(all)).toEqual(days);
  });

  it('shows one agent by its name in any case, one that is gone by its id', async () => {
    await book('Helper', { userId: '5' });
    await book('gone', { userId: '6', at: '2026-01-01T00:00:00Z' });
    await book('Muse');
    expect(shown(await run(['--agent', 'helper', '--by', 'user']))).toEqual(['5']);
    expect(shown(await run(['--agent', 'gone', '--by', 'user', '--since', '2026-01-01']))).toEqual(['6']);
    expect((await run(['--agent', 'gone'])).out).toMatch(/^No calls/);
  });

  it('names the agent that was probably meant', async () => {
    expect(await run(['--agent', 'Helpr\u001B'])).toEqual({
      code: 1,
      out: '',
      err: 'there is no agent "Helpr\\u001b"; did you mean "Helper"?\nnpm run agents -- list shows them all.\n',
    });
  });
});

describe('--json', () => {
  it('prints an array and nothing else: numbers, and the money also as exact text', async () => {
    await book('Helper', { nanoUsd: Number.MAX_SAFE_INTEGER });
    await book('Helper', { nanoUsd: 2 });
    await book('Helper', { nanoUsd: undefined, outcome: 'idle' });
    await book('Helper', { open: true });
    expect(await json([])).toEqual([
      {
        agent: 'Helper',
        agent_id: ids['Helper'],
        calls: 4,
        input_tokens: 4_600,
        cached_tokens: 600,
        output_tokens: 90,
        usd: 9_007_199.256740993,
        nano_usd: '9007199256740993',
        unpriced_calls: 1,
        failures: 1,
        unsettled_calls: 1,
      },
    ]);
  });

  it.each([
    ['agent', { agent: 'gone', agent_id: 'gone' }],
    ['user', { user_id: null }],
    ['guild', { guild_id: null }],
    ['model', { provider: 'openai', model: 'a/b' }],
    ['day', { day: '2026-11-20' }],
    ['purpose', { purpose: 'check' }],
  ])('names what it is summed up by: %s', async (by, key) => {
    await book('gone', { userId: undefined, guildId: undefined, purpose: 'check', model: 'a/b' });
    expect(await json(['--by', by])).toMatchObject([{ ...key, calls: 1 }]);
  });
});

describe('--budgets', () => {
  const hostBudget = { nanoUsd: 5_000_000_000, tokens: undefined };

  it('shows what is spent today of the budgets of the host and of every agent, the nearest limit first', async () => {
    await book('Helper', { userId: '5', inputTokens: 10, outputTokens: 5 });
    await book('Helper', { userId: '6', inputTokens: 40, outputTokens: 10 });
    await book('Helper', { at: '2026-11-19T00:00:00Z' });
    await book('Muse');
    expect(await run(['--budgets'], { hostBudget })).toEqual({
      code: 0,
      out: [
        'Budgets of 2026-11-20 (UTC), with what calls under way can cost',
        '',
        'BUDGET  AGENT   FOR       USD        OF  TOKENS     OF  USED',
        'host    -       -    0.004500  5.000000   1,295      -   0 %',
        'agent   Helper  -    0.003000  1.500000      65  3,000   2 %',
        'user    Helper  6    0.001500         -      50    100  50 %',
        'user    Helper  5    0.001500         -      15    100  15 %',
        '',
      ].join('\n'),
      err: '',
    });
  });

  it('shows a budget of which nobody spent anything', async () => {
    expect((await run(['--budgets'])).out).toMatch(/^user +Helper +- +0\.000000 +- +0 +100 +0 %$/m);
  });

  it('shows those of one agent alone', async () => {
    expect(shown(await run(['--budgets', '--agent', 'Helper'], { hostBudget }))).toEqual(['agent', 'user']);
  });

  it('says so when there is none', async () => {
    expect((await run(['--budgets', '--agent', 'Muse'])).out).toMatch(
      /^No budget is set\. BUDGET_USD_PER_DAY/,
    );
  });

  it('has as much in JSON', async () => {
    await book('Helper', { inputTokens: 130 });
    const [host, agent, user] = (await json(['--budgets'], hostBudget)) as object[];
    expect(host).toEqual({
      budget: 'host',
      agent: null,
      agent_id: null,
      user_id: null,
      guild_id: null,
      usd: 0.0015,
      nano_usd: '1500000',
      limit_usd: 5,
      limit_nano_usd: '5000000000',
      tokens: 160,
      limit_tokens: null,
      used_percent: 0,
    });
    expect(agent).toMatchObject({ budget: 'agent', agent: 'Helper', agent_id: ids['Helper'], user_id: null });
    expect(user).toMatchObject({ budget: 'user', user_id: ANN, limit_usd: null, used_percent: 160 });
  });

  it('counts a limit that is as good as nothing as used up', async () => {
    await add('Miser', { budget: { per_agent: { usd: 1e-10 } } });
    expect((await run(['--budgets', '--agent', 'Miser'])).out).toMatch(/^agent +Miser .* 100 %$/m);
  });
});

describe('the command line', () => {
  it.each([
    ['--help', ['--help'], 0, /Examples:[^]*Exit codes/],
    ['a word too many', ['user'], 2, /too many arguments/],
    ['an unknown way to sum up', ['--by', 'week'], 2, /Allowed choices are agent, user/],
    ['no day', ['--since', 'yesterday'], 2, /It must be a day such as 2026-11-20, or so long ago: 7d, 24h/],
    ['a day that is not in the calendar', ['--until', '2026-02-30'], 2, /It must be a day/],
    ['a month that is not in the calendar', ['--until', '2026-13-01'], 2, /It must be a day/],
    ['a time without a moment', ['--since', '2026-11-21'], 2, /--since must be before --until/],
    ['a time for the budgets of today', ['--budgets', '--since', '7d'], 2, /cannot be used with/],
    ['a way to sum up budgets', ['--budgets', '--by', 'agent'], 2, /cannot be used with/],
  ])('answers %s with its exit code and words, and opens nothing', async (_, argv, code, words) => {
    const openStore = (): never => {
      throw new Error('it was opened');
    };
    const outcome = await run(argv, { openStore });
    expect(outcome.code).toBe(code);
    expect(code === 0 ? outcome.out : outcome.err).toMatch(words);
  });

  it.each([
    [78, new ConfigError('DATABASE_URL: no')],
    [1, new UnavailableError('cannot open the database')],
  ])('ends with %d when the database cannot be used', async (code, error) => {
    const outcome = await run([], { openStore: () => Promise.reject(error) });
    expect(outcome).toEqual({ code, out: '', err: `${error.message}\n` });
  });
});

import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { LiveSettings } from '../../src/config/live-settings.ts';
import { runtimeConfig, type RuntimeConfig } from '../../src/config/runtime-config.ts';
import { withSources } from '../../src/config/sources.ts';
import { collectingLogger } from '../support/collecting-logger.ts';

const DEFAULTS: RuntimeConfig = {
  logLevel: 'info',
  logLevels: {},
  pollIntervalMs: 10_000,
  maxConcurrentBots: 50,
  shutdownTimeoutMs: 30_000,
  budget: undefined,
  retention: { exchanges: 90, usage: 400, guardFindings: 90, memories: 0 },
};

function setUp(env: Record<string, string> = {}, stored: Record<string, string> = {}) {
  const logger = collectingLogger();
  const applied: RuntimeConfig[] = [];
  const state = { stored: new Map(Object.entries(stored)) };
  const live = new LiveSettings({
    config: loadConfig(env),
    env,
    store: { read: () => Promise.resolve(state.stored) },
    logger,
    apply: (settings) => {
      applied.push(settings);
    },
  });
  const store = (settings: Record<string, string>) => {
    state.stored = new Map(Object.entries(settings));
    return live.refresh();
  };
  return { live, store, logger, applied };
}

describe('what is in force', () => {
  const config = (env: Record<string, string>, stored: Record<string, string>) =>
    runtimeConfig(loadConfig(env), new Map(Object.entries(stored)));

  it('is the config as long as nothing is stored', () => {
    expect(config({}, {})).toEqual(DEFAULTS);
    expect(config({ MAX_CONCURRENT_BOTS: '3' }, {})).toEqual({ ...DEFAULTS, maxConcurrentBots: 3 });
  });

  it.each([
    ['LOG_LEVEL', 'debug', { logLevel: 'debug' }],
    ['LOG_LEVELS', 'discord=debug', { logLevels: { discord: 'debug' } }],
    ['DISCORD_NEW_AGENT_POLL_INTERVAL', '0.5', { pollIntervalMs: 500 }],
    ['MAX_CONCURRENT_BOTS', '7', { maxConcurrentBots: 7 }],
    ['SHUTDOWN_TIMEOUT', '1', { shutdownTimeoutMs: 1000 }],
    ['BUDGET_USD_PER_DAY', '1', { budget: { nanoUsd: 1_000_000_000 } }],
    ['BUDGET_TOKENS_PER_DAY', '9', { budget: { tokens: 9 } }],
  ])('is what is stored as %s=%s', (name, value, expected) => {
    expect(config({}, { [name]: value })).toEqual({ ...DEFAULTS, ...expected });
  });

  it('has each limit of the budget from where it is set, and none that is taken away', () => {
    const env = { BUDGET_USD_PER_DAY: '1', BUDGET_TOKENS_PER_DAY: '9' };
    expect(config(env, { BUDGET_TOKENS_PER_DAY: '5' }).budget).toEqual({ nanoUsd: 1_000_000_000, tokens: 5 });
    expect(config(env, { BUDGET_TOKENS_PER_DAY: '' }).budget).toEqual({ nanoUsd: 1_000_000_000 });
    expect(config(env, { BUDGET_TOKENS_PER_DAY: '', BUDGET_USD_PER_DAY: '' }).budget).toBeUndefined();
  });

  it('passes over what is wrong, unknown or read at start', () => {
    const stored = {
      MAX_CONCURRENT_BOTS: '0',
      LOG_LEVEL: '',
      HTTP_PORT: '1',
      COLOUR: 'red',
      SHUTDOWN_TIMEOUT: '5',
    };
    expect(config({}, stored)).toEqual({ ...DEFAULTS, shutdownTimeoutMs: 5_000 });
  });
});

describe('live settings', () => {
  it('are applied once for each change, and not while nothing changes', async () => {
    const { store, applied, live } = setUp();
    await store({});
    expect(applied).toEqual([]);
    await store({ MAX_CONCURRENT_BOTS: '7' });
    await store({ MAX_CONCURRENT_BOTS: '7' });
    expect(applied).toEqual([{ ...DEFAULTS, maxConcurrentBots: 7 }]);
    expect(live.current.maxConcurrentBots).toBe(7);
    await store({});
    expect(live.current).toEqual(DEFAULTS);
    expect(applied).toHaveLength(2);
  });

  it('log a change with what it was, what it is and where that comes from', async () => {
    const { store, logger } = setUp({ LOG_LEVEL: 'warn' });
    await store({ LOG_LEVEL: 'debug', SHUTDOWN_TIMEOUT: '5' });
    await store({});
    expect(logger.lines.map(({ setting, from, to, source }) => [setting, from, to, source])).toEqual([
      ['LOG_LEVEL', 'warn', 'debug', 'database'],
      ['SHUTDOWN_TIMEOUT', '30', '5', 'database'],
      ['LOG_LEVEL', 'debug', 'warn', 'environment'],
      ['SHUTDOWN_TIMEOUT', '5', '30', 'default'],
    ]);
  });

  it('name the settings file when it counts again', async () => {
    const sources = {
      problems: [],
      warnings: [],
      origins: new Map([['LOG_LEVEL', { name: 'config/x.yaml:3' }]]),
    };
    const env = withSources({ LOG_LEVEL: 'warn' }, sources) as Record<string, string>;
    const { store, logger } = setUp(env);
    await store({ LOG_LEVEL: 'debug' });
    await store({});
    expect(logger.lines.at(-1)).toMatchObject({
      setting: 'LOG_LEVEL',
      to: 'warn',
      source: 'config/x.yaml:3',
    });
  });

  it('warn once of a stored value that is no use any more, and go on without it', async () => {
    const { store, logger, applied } = setUp();
    const wrong = { LOG_LEVEL: 'loud', HTTP_PORT: '1', COLOUR: 'red' };
    await store(wrong);
    await store(wrong);
    expect(logger.lines.map(({ level, text }) => `${level}: ${text}`)).toEqual([
      expect.stringMatching(/^warn: .*LOG_LEVEL: "loud" is not one of .* npm run config -- unset LOG_LEVEL$/),
      expect.stringMatching(/^warn: .*HTTP_PORT: it cannot change while the host runs/),
      expect.stringMatching(/^warn: .*there is no setting "COLOUR"/),
    ]);
    expect(applied).toEqual([]);
    await store({ LOG_LEVEL: 'louder' });
    expect(logger.lines).toHaveLength(4);
  });
});

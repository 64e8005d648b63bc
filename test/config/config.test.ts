import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { loadConfig } from '../../src/config/config.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { PROVIDER_NAMES, PROVIDER_VARIABLES } from '../../src/config/provider-variables.ts';
import { ConfigError } from '../../src/errors.ts';

const cwd = resolve('/srv/troupe');
const load = (env: Record<string, string | undefined>) => loadConfig(env, { cwd });
const key = Buffer.alloc(32, 0xfb);

function problemsOf(env: Record<string, string>): string[] {
  try {
    load(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message.split('\n');
  }
  return [];
}

describe('loadConfig', () => {
  it('needs nothing to be set', () => {
    const file = join(cwd, 'data/troupe.db');
    expect(load({})).toEqual({
      database: { provider: 'sqlite', url: pathToFileURL(file).href, file },
      secretKey: { file: join(cwd, 'data/secret.key') },
      hostIdFile: join(cwd, 'data/host.id'),
      discord: {
        apiUrl: 'https://discord.com/api',
        pollIntervalMs: 10_000,
        maxMessageLength: 2000,
        recoveryWindowMs: 3_600_000,
        missedMessagesLimit: 200,
      },
      maxConcurrentBots: 50,
      shutdownTimeoutMs: 30_000,
      log: {
        level: 'info',
        areas: {},
        format: 'text',
        toConsole: true,
        toFile: false,
        file: join(cwd, 'logs/troupe.log'),
        rotation: { maxBytes: 10_000_000, maxAgeMs: 86_400_000, maxFiles: 14, compress: true },
        color: true,
      },
      http: { host: '127.0.0.1', port: 23_459, allowedHosts: [], allowedOrigins: [], trustedProxies: [] },
      providers: {},
      prices: { file: resolve(import.meta.dirname, '../../prices.yaml'), optional: true },
      budget: undefined,
      retention: { exchanges: 90, usage: 400, guardFindings: 90, memories: 0 },
      warnings: [],
    });
  });

  it('takes an empty or blank variable for one that is not set', () => {
    const names = ['DATABASE_URL', 'SECRET_KEY', 'LOG_LEVEL', 'LOG_TO_FILE', 'HTTP_PORT', 'SHUTDOWN_TIMEOUT'];
    expect(load(Object.fromEntries(names.map((name, index) => [name, ' '.repeat(index)])))).toEqual(load({}));
  });

  it('is frozen through and through', () => {
    const config = load({ SECRET_KEY: key.toString('base64') });
    for (const part of [
      config,
      config.database,
      config.secretKey,
      config.discord,
      config.log,
      config.http,
      config.prices,
      config.warnings,
    ])
      expect(Object.isFrozen(part)).toBe(true);
  });

  it.each([
    ['DISCORD_API_URL', 'http://localhost:3001/api//', { discord: { apiUrl: 'http://localhost:3001/api' } }],
    ['DISCORD_NEW_AGENT_POLL_INTERVAL', '0.25', { discord: { pollIntervalMs: 250 } }],
    ['DISCORD_NEW_AGENT_POLL_INTERVAL', '.0001', { discord: { pollIntervalMs: 1 } }],
    ['DISCORD_MAX_MESSAGE_LENGTH', '50', { discord: { maxMessageLength: 50 } }],
    ['RECOVERY_WINDOW', '0', { discord: { recoveryWindowMs: 0 } }],
    ['RECOVERY_WINDOW', '90.5', { discord: { recoveryWindowMs: 90_500 } }],
    ['MISSED_MESSAGES_LIMIT', '0', { discord: { missedMessagesLimit: 0 } }],
    ['MAX_CONCURRENT_BOTS', ' 1000 ', { maxConcurrentBots: 1000 }],
    ['SHUTDOWN_TIMEOUT', '0', { shutdownTimeoutMs: 0 }],
    ['LOG_LEVEL', 'DEBUG', { log: { level: 'debug' } }],
    ['LOG_LEVEL', 'WARNING', { log: { level: 'warn' } }],
    [
      'LOG_LEVELS',
      'Discord=DEBUG , providers=warning',
      { log: { areas: { discord: 'debug', providers: 'warn' } } },
    ],
    ['LOG_FILE_MAX_SIZE', '500 kb', { log: { rotation: { maxBytes: 500_000 } } }],
    ['LOG_FILE_MAX_SIZE', '1.5GB', { log: { rotation: { maxBytes: 1_500_000_000 } } }],
    ['LOG_FILE_MAX_SIZE', '4096', { log: { rotation: { maxBytes: 4_096 } } }],
    ['LOG_FILE_MAX_AGE', '0.5', { log: { rotation: { maxAgeMs: 43_200_000 } } }],
    ['LOG_FILE_MAX_FILES', '0', { log: { rotation: { maxFiles: 0 } } }],
    ['LOG_FILE_COMPRESS', 'no', { log: { rotation: { compress: false } } }],
    ['LOG_FORMAT', 'JSON', { log: { format: 'json' } }],
    ['LOG_TO_CONSOLE', 'no', { log: { toConsole: false } }],
    ['LOG_TO_FILE', 'True', { log: { toFile: true } }],
    ['LOG_FILE', '/var/log/troupe.log', { log: { file: resolve('/var/log/troupe.log') } }],
    ['NO_COLOR', '1', { log: { color: false } }],
    ['SECRET_KEY_FILE', 'key', { secretKey: { file: join(cwd, 'key') } }],
    ['SECRET_KEY_FILE', '/keys/key', { hostIdFile: resolve('/keys/host.id') }],
    ['HOST_ID_FILE', 'own.id', { hostIdFile: join(cwd, 'own.id') }],
    [
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'http://collector:4318/',
      {
        traces: {
          endpoint: 'http://collector:4318/v1/traces',
          headers: {},
          resource: { 'service.name': 'troupe' },
          ratio: 1,
        },
      },
    ],
    [
      'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
      'https://x.example/otlp',
      { traces: { endpoint: 'https://x.example/otlp' } },
    ],
    ['HTTP_HOST', '::', { http: { host: '::' } }],
    ['HTTP_PORT', '0', { http: { port: 0 } }],
    [
      'HTTP_ALLOWED_HOSTS',
      ' Troupe.example.com, [::2]',
      { http: { allowedHosts: ['troupe.example.com', '::2'] } },
    ],
    [
      'HTTP_ALLOWED_ORIGINS',
      'https://a.example:8443/',
      { http: { allowedOrigins: ['https://a.example:8443'] } },
    ],
    ['HTTP_TRUSTED_PROXIES', '10.0.0.0/8,::1', { http: { trustedProxies: ['10.0.0.0/8', '::1'] } }],
    ['PRICES_FILE', 'own.yaml', { prices: { file: join(cwd, 'own.yaml'), optional: false } }],
    ['BUDGET_USD_PER_DAY', '2.5', { budget: { nanoUsd: 2_500_000_000, tokens: undefined } }],
    ['BUDGET_USD_PER_DAY', '.000000001', { budget: { nanoUsd: 1 } }],
    ['BUDGET_TOKENS_PER_DAY', '100000', { budget: { nanoUsd: undefined, tokens: 100_000 } }],
    [
      'OPENAI_BASE_URL',
      ' http://localhost:4000/v1/ ',
      { providers: { openai: { baseUrl: 'http://localhost:4000/v1' } } },
    ],
  ])('reads %s=%s', (name, value, expected) => {
    expect(load({ [name]: value })).toMatchObject(expected);
  });

  it.each([
    [
      'DISCORD_API_URL',
      ['discord.com/api', 'ftp://discord.com', 'https://discord.com/api?v=10', 'https://u:p@host'],
    ],
    ['DISCORD_NEW_AGENT_POLL_INTERVAL', ['0', '-1', 'soon', '1e3', 'Infinity', '2147484', '10s']],
    ['DISCORD_MAX_MESSAGE_LENGTH', ['49', '2001', '100.5', '0x64']],
    ['MAX_CONCURRENT_BOTS', ['0', '-5', 'many', '1.5', '9007199254740993']],
    ['SHUTDOWN_TIMEOUT', ['-1', 'NaN', '1,5']],
    ['LOG_LEVEL', ['loud', 'constructor']],
    ['OTEL_TRACES_SAMPLER_ARG', ['1.1', '-1', 'half', '10%']],
    ['LOG_LEVELS', ['debug', 'disocrd=debug', 'discord=loud', 'http=warn,http=info', 'a=b=c', 'http=info,']],
    ['LOG_FILE_MAX_SIZE', ['big', '-1', '10TB', '1e3MB', '99999999999GB']],
    ['LOG_FILE_MAX_AGE', ['-1', '1d', '3651']],
    ['LOG_FILE_MAX_FILES', ['-1', '1.5']],
    ['LOG_FILE_COMPRESS', ['gzip']],
    ['LOG_FORMAT', ['xml']],
    ['LOG_TO_CONSOLE', ['maybe', '2']],
    ['HTTP_HOST', ['a b', 'http://localhost']],
    ['HTTP_PORT', ['65536', '-1', 'http']],
    ['HTTP_ALLOWED_HOSTS', ['https://a.example', 'a.example:80', '*']],
    ['HTTP_ALLOWED_ORIGINS', ['a.example', 'https://a.example/x', 'null']],
    ['HTTP_TRUSTED_PROXIES', ['proxy', '10.0.0.0/33', '10.0.0.0/8/8']],
    ['BUDGET_USD_PER_DAY', ['0', '-1', '$5', '5 USD', '1e3', '0.0000000001', '1000001']],
    ['BUDGET_TOKENS_PER_DAY', ['0', '-1', '1.5', 'many']],
  ])('refuses a wrong %s, says what it was and what is allowed', (name, values) => {
    for (const value of values) {
      const [line, ...more] = problemsOf({ [name]: value });
      expect(more).toEqual([]);
      expect(line).toMatch(new RegExp(`^${name}: ".+" is not .+; allowed: .+$`));
    }
  });

  it('says which areas and levels of the log there are, and which one was probably meant', () => {
    const [area] = problemsOf({ LOG_LEVELS: 'http=warn, disocrd=debug' });
    expect(area).toContain('there is no area "disocrd", did you mean "discord"?; allowed: area=level');
    expect(area).toMatch(
      /areas: access, agents, .*discord, host, http, .*usage; levels: error, warn, info, debug$/,
    );
    expect(problemsOf({ LOG_LEVELS: 'http=loud' })[0]).toContain(
      'there is no level "loud"; allowed: area=level',
    );
  });

  it('names every wrong setting at once', () => {
    const lines = problemsOf({
      LOG_LEVEL: 'loud',
      HTTP_PORT: 'x',
      MAX_CONCURRENT_BOTS: '0',
      DATABASE_URL: 'oracle://',
    });
    expect(lines.map((line) => line.split(':')[0]).sort()).toEqual([
      'DATABASE_URL',
      'HTTP_PORT',
      'LOG_LEVEL',
      'MAX_CONCURRENT_BOTS',
    ]);
    expect(lines).toContain('LOG_LEVEL: "loud" is not one of the choices; allowed: error, warn, info, debug');
  });
});

describe('DATABASE_URL', () => {
  it.each([
    ['file:./x.db', join(cwd, 'x.db')],
    ['file:x.db?connection_limit=1', join(cwd, 'x.db')],
    ['file:/var/lib/x.db', resolve('/var/lib/x.db')],
    ['file:///var/lib/my%20x.db', resolve('/var/lib/my x.db')],
    ['sqlite:///./x.db', join(cwd, 'x.db')],
    ['sqlite:///data/x.db', join(cwd, 'data/x.db')],
    ['sqlite:////var/lib/x.db', resolve('/var/lib/x.db')],
    ['sqlite+aiosqlite:///x.db', join(cwd, 'x.db')],
  ])('%s is a file', (text, file) => {
    const expected = { provider: 'sqlite', url: pathToFileURL(file).href, file };
    expect(load({ DATABASE_URL: text }).database).toEqual(expected);
  });

  it.each([
    [
      'postgresql://u:p@db:5432/troupe?sslmode=require',
      'postgresql',
      'postgresql://u:p@db:5432/troupe?sslmode=require',
    ],
    ['postgres://db/troupe', 'postgresql', 'postgresql://db/troupe'],
    ['postgresql+asyncpg://db/troupe', 'postgresql', 'postgresql://db/troupe'],
    ['mysql://u:p@db/troupe', 'mysql', 'mysql://u:p@db/troupe'],
    ['MariaDB://db/troupe', 'mysql', 'mysql://db/troupe'],
  ])('%s is a server', (text, provider, url) => {
    expect(load({ DATABASE_URL: text }).database).toEqual({ provider, url });
  });

  it.each([
    'file:',
    'file:data/',
    'file:.',
    'file::memory:',
    'sqlite://',
    'sqlite://x.db',
    'sqlite:///:memory:',
    'postgresql:hunter2hunter2',
    'postgresql://u:hunter2@db',
    'mysql://u:hunter2@db/',
    'mysql://u:hunter2@db/a/b',
    'mysql://u:hunter2%zz@db/a',
    'postgresql://u:hunter2/hunter2@db:x/troupe',
    'mongodb://u:hunter2@db/troupe',
    'constructor://u:hunter2@db',
    './hunter2.db',
  ])('%s is refused and never repeated', (text) => {
    const lines = problemsOf({ DATABASE_URL: text });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^DATABASE_URL: .* is not|^DATABASE_URL: .* does not name/);
    expect(lines[0]).not.toContain('hunter2');
  });
});

describe('SECRET_KEY', () => {
  it.each(['base64', 'base64url'] as const)('is 32 bytes in %s', (encoding) => {
    expect(load({ SECRET_KEY: key.toString(encoding) }).secretKey.key).toEqual(key);
  });

  it('is in nothing that is printed, copied or serialised', () => {
    const config = load({ SECRET_KEY: key.toString('base64') });
    const copy = { ...config.secretKey };
    for (const text of [inspect(config, { depth: 9 }), JSON.stringify(config), inspect(copy)]) {
      expect(text).not.toMatch(/\bkey\b"?:|Buffer|251/);
    }
  });

  it.each([
    'hunter2',
    key.toString('hex'),
    Buffer.alloc(31).toString('base64'),
    Buffer.alloc(33).toString('base64'),
  ])('refuses %s and does not repeat it', (text) => {
    const [line] = problemsOf({ SECRET_KEY: text });
    expect(line).toMatch(/^SECRET_KEY: the value \(not shown\) is not a key; allowed: 32 bytes/);
    expect(line).not.toContain(text);
  });
});

describe('traces', () => {
  const to = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

  it.each([
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=1, b=x%20y==', { headers: { a: '1', b: 'x y==' } }],
    ['OTEL_RESOURCE_ATTRIBUTES', 'k=v', { resource: { 'service.name': 'troupe', k: 'v' } }],
    ['OTEL_RESOURCE_ATTRIBUTES', 'service.name=own', { resource: { 'service.name': 'own' } }],
    ['OTEL_SERVICE_NAME', 'own', { resource: { 'service.name': 'own' } }],
    ['OTEL_TRACES_SAMPLER_ARG', '.25', { ratio: 0.25 }],
    ['OTEL_TRACES_SAMPLER_ARG', '0', { ratio: 0 }],
  ])('have from %s=%s', (name, value, expected) => {
    expect(load({ ...to, [name]: value }).traces).toMatchObject(expected);
  });

  it('go to the address for traces alone where both are set', () => {
    const { traces } = load({ ...to, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://other/t' });
    expect(traces?.endpoint).toBe('http://other/t');
  });

  it('have headers that are in nothing that is printed, copied or serialised', () => {
    const config = load({ ...to, OTEL_EXPORTER_OTLP_HEADERS: 'x-key=hunter2' });
    for (const text of [inspect(config, { depth: 9 }), JSON.stringify({ ...config.traces })]) {
      expect(text).not.toContain('hunter2');
    }
  });

  it.each(['x-key', '=hunter2', 'x-key=hunter2%', 'a=1,hunter2', 'x-key=hunter2%0a', 'x:=a', 'a=%e2%82%ac'])(
    'do not take the headers %s, which are not repeated',
    (text) => {
      const problems = problemsOf({ OTEL_EXPORTER_OTLP_HEADERS: text });
      expect(problems).toEqual([
        expect.stringMatching(/^OTEL_EXPORTER_OTLP_HEADERS: the value \(not shown\) is not names and values/),
      ]);
    },
  );
});

describe('the providers', () => {
  it('have their keys and addresses from their variables; the first key that is set counts', () => {
    const { providers } = load({
      OPENAI_API_KEY: ' a ',
      ANTHROPIC_BASE_URL: 'http://x',
      GEMINI_API_KEY: '',
      GOOGLE_API_KEY: 'g',
      XAI_API_KEY: '  ',
    });
    expect(Object.keys(providers).sort()).toEqual(['anthropic', 'gemini', 'openai']);
    expect(providers.openai?.apiKey).toBe('a');
    expect(providers.anthropic).toEqual({ baseUrl: 'http://x' });
    expect(providers.gemini?.apiKey).toBe('g');
    expect(load({ GEMINI_API_KEY: 'first', GOOGLE_API_KEY: 'g' }).providers.gemini?.apiKey).toBe('first');
  });

  it('have keys that are in nothing that is printed, copied or serialised', () => {
    const config = load({
      OPENAI_API_KEY: 'sk-hunter2',
      OPENAI_BASE_URL: 'http://x',
      XAI_API_KEY: 'sk-hunter2',
    });
    const copies = [{ ...config.providers.openai }, structuredClone(config.providers)];
    for (const text of [
      inspect(config, { depth: 9 }),
      JSON.stringify(config),
      inspect(copies, { depth: 9 }),
    ]) {
      expect(text).not.toContain('hunter2');
    }
  });

  it.each(
    PROVIDER_NAMES.map((name) => PROVIDER_VARIABLES[name].baseUrl).filter((name) => name !== undefined),
  )('refuse a wrong %s with the other problems, and do not repeat it', (name) => {
    for (const text of [
      'hunter2',
      'ftp://hunter2',
      'https://u:hunter2@host/v1',
      'https://host/?key=hunter2',
    ]) {
      const lines = problemsOf({ [name]: text, HTTP_PORT: 'x' });
      expect(lines.map((line) => line.split(':')[0]).sort()).toEqual(['HTTP_PORT', name].sort());
      expect(lines.join()).toMatch(
        new RegExp(`${name}: the value \\(not shown\\) is not .*; allowed: an address`),
      );
      expect(lines.join()).not.toContain('hunter2');
    }
  });
});

describe('warnings', () => {
  it.each([
    ['MAX_CONCURENT_BOTS', 'MAX_CONCURRENT_BOTS'],
    ['max_concurrent_bots', 'MAX_CONCURRENT_BOTS'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['DISCORD_NEW_AGENTS_POL_INTERVAL', 'DISCORD_NEW_AGENT_POLL_INTERVAL'],
    ['OPEN_AI_API_KEY', 'OPENAI_API_KEY'],
    ['ANTROPIC_API_KEY', 'ANTHROPIC_API_KEY'],
    ['perplexity_base_url', 'PERPLEXITY_BASE_URL'],
    ['PRICE_FILE', 'PRICES_FILE'],
    ['BUDGET_TOKEN_PER_DAY', 'BUDGET_TOKENS_PER_DAY'],
  ])('%s is taken for a misspelling of %s', (name, meant) => {
    expect(load({ [name]: '1' }).warnings).toEqual([`${name} means nothing here; was ${meant} meant?`]);
  });

  it.each([
    'PATH',
    'HTTPS_PORT',
    'LOG_DIR',
    'OPENAI_API_KEY',
    'ZAI_API_KEY',
    'EXA_API_KEY',
    'GROQ_API_KEY',
    'HELPER_TOKEN',
    'DISCORD_URL',
  ])('%s is not', (name) => {
    expect(load({ [name]: '1' }).warnings).toEqual([]);
  });

  it('has none for a neighbour of a variable that is set', () => {
    expect(load({ DATABASE_URL: 'file:a.db', DATABASE_URL_2: 'x' }).warnings).toEqual([]);
  });
});

describe('readEnvironment', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'troupe-env-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it('reads .env, a real variable wins, and process.env stays as it is', () => {
    writeFileSync(join(directory, '.env'), '\uFEFFTROUPE_A=file\r\nTROUPE_B="two words"\nTROUPE_C=file\n');
    const env = readEnvironment({ cwd: directory, real: { TROUPE_A: 'real', TROUPE_C: '' } });
    expect(env).toEqual({ TROUPE_A: 'real', TROUPE_B: 'two words', TROUPE_C: '' });
    expect(process.env).not.toHaveProperty('TROUPE_B');
  });

  it('does without .env', () => {
    expect(readEnvironment({ cwd: directory, real: { A: '1' } })).toEqual({ A: '1' });
    expect(readEnvironment({ cwd: directory })).toEqual(process.env);
  });

  it('says when .env cannot be read', () => {
    mkdirSync(join(directory, '.env'));
    expect(() => readEnvironment({ cwd: directory, real: {} })).toThrow(ConfigError);
  });
});

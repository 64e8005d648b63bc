import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';

const cwd = resolve('/srv/troupe');
const warningsOf = (env: Record<string, string>) => loadConfig(env, { cwd }).warnings;
const KEY = Buffer.alloc(32).toString('base64');

describe('warned of, with what to do', () => {
  it.each([
    ['a file for a log that goes to none', { LOG_FILE: 'x.log' }, /^LOG_FILE does nothing.*LOG_TO_FILE/],
    ['a log that goes nowhere', { LOG_TO_CONSOLE: 'no' }, /^nothing is logged anywhere; turn/],
    ['two keys', { SECRET_KEY: KEY, SECRET_KEY_FILE: 'key' }, /^SECRET_KEY and SECRET_KEY_FILE.*remove/],
    [
      'an address without a key',
      { OPENAI_BASE_URL: 'https://x' },
      /^OPENAI_BASE_URL is set without OPENAI_API_KEY/,
    ],
    ['an address without either key', { GEMINI_BASE_URL: 'https://x' }, /GEMINI_API_KEY or GOOGLE_API_KEY/],
    ['an open address', { HTTP_HOST: '0.0.0.0' }, /^HTTP_HOST is 0\.0\.0\.0.*use 127\.0\.0\.1/],
    ['an open IPv6 address', { HTTP_HOST: '::' }, /^HTTP_HOST is ::,/],
    ['a name of this machine', { HTTP_HOST: 'troupe.example.com' }, /^HTTP_HOST/],
    [
      'plain http to Discord',
      { DISCORD_API_URL: 'http://discord.example.com' },
      /^DISCORD_API_URL.*use https/,
    ],
    ['plain http to a neighbour', { DISCORD_API_URL: 'http://[fe80::1]/api' }, /^DISCORD_API_URL/],
    [
      'plain http to a provider',
      { OPENAI_BASE_URL: 'http://10.0.0.1/v1', OPENAI_API_KEY: 'x' },
      /^OPENAI_BASE_URL.*use https/,
    ],
    [
      'headers without a collector',
      { OTEL_EXPORTER_OTLP_HEADERS: 'x-key=x' },
      /^OTEL_EXPORTER_OTLP_HEADERS does nothing.*set that too/,
    ],
    [
      'plain http to a collector that gets a key',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://10.0.0.1:4318', OTEL_EXPORTER_OTLP_HEADERS: 'x-key=x' },
      /^OTEL_EXPORTER_OTLP_ENDPOINT.*use https/,
    ],
    ['a fast poll', { DISCORD_NEW_AGENT_POLL_INTERVAL: '0.49' }, /^DISCORD_NEW_AGENT_POLL_INTERVAL is under/],
    [
      'a slow poll',
      { DISCORD_NEW_AGENT_POLL_INTERVAL: '300.1' },
      /^DISCORD_NEW_AGENT_POLL_INTERVAL is above/,
    ],
    [
      'debug in production',
      { NODE_ENV: 'production', LOG_LEVEL: 'debug' },
      /^LOG_LEVEL is debug in production/,
    ],
    ['many bots', { MAX_CONCURRENT_BOTS: '1001' }, /^MAX_CONCURRENT_BOTS is above 1000/],
  ] satisfies [string, Record<string, string>, RegExp][])('%s', (_, env, words) => {
    expect(warningsOf(env)).toEqual([expect.stringMatching(words)]);
  });
});

describe('not worth a word', () => {
  it.each([
    { LOG_FILE: 'x.log', LOG_TO_FILE: 'yes' },
    { LOG_TO_CONSOLE: 'no', LOG_TO_FILE: 'yes' },
    { SECRET_KEY: KEY },
    { SECRET_KEY_FILE: 'key' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' },
    { OPENAI_BASE_URL: 'https://x', OPENAI_API_KEY: 'x' },
    { GEMINI_BASE_URL: 'https://x', GOOGLE_API_KEY: 'x' },
    { HTTP_HOST: '127.0.0.2' },
    { HTTP_HOST: '::1' },
    { HTTP_HOST: 'localhost' },
    { DISCORD_API_URL: 'http://localhost:3001/api' },
    { DISCORD_API_URL: 'http://[::1]:3001/api' },
    { OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1', OPENAI_API_KEY: 'x' },
    { DISCORD_NEW_AGENT_POLL_INTERVAL: '0.5' },
    { DISCORD_NEW_AGENT_POLL_INTERVAL: '300' },
    { LOG_LEVEL: 'debug' },
    { NODE_ENV: 'production' },
    { MAX_CONCURRENT_BOTS: '1000' },
  ])('%j', (env) => {
    expect(warningsOf(env as Record<string, string>)).toEqual([]);
  });
});

describe('a path', () => {
  const problemOf = (name: string, path: string): string => {
    try {
      loadConfig({ [name]: path }, { cwd });
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };

  it.each(['CONFIG_DIR', 'SECRET_KEY_FILE', 'LOG_FILE', 'PRICES_FILE'])(
    'in %s stays below the folder where it begins, unless it is absolute',
    (name) => {
      for (const path of ['..', '../x', 'a/../../x']) {
        expect(problemOf(name, path)).toMatch(
          /is not below the folder.*; allowed: .* an absolute one, if that is meant$/,
        );
      }
      for (const path of ['x', './a/../x', '..x', '...', '/etc/x', '/srv/troupe/../x']) {
        expect(problemOf(name, path)).toBe('');
      }
    },
  );

  it.each(['file:../x.db', 'sqlite:///../x.db', 'file:a/../../x.db'])('%s leads out, too', (url) => {
    expect(problemOf('DATABASE_URL', url)).toMatch(/^DATABASE_URL: .* is not below the folder.*absolute/);
  });

  it.each(['a\0b', 'a\nb', 'a\u009bb'])('%j is none', (path) => {
    for (const name of ['SECRET_KEY_FILE', 'LOG_FILE', 'PRICES_FILE', 'CONFIG_DIR']) {
      expect(problemOf(name, path)).toMatch(/holds a control character/);
    }
    expect(problemOf('DATABASE_URL', `file:${path}`)).toMatch(/holds a control character/);
  });
});

import { expect, it } from 'vitest';
import { knownSecrets } from '../../src/config/known-secrets.ts';

it.each([
  ['a key', { OPENAI_API_KEY: ' host-key-1 ' }, ['host-key-1']],
  [
    'each of several keys',
    { SECRET_KEY_PREVIOUS: 'first-key-1, second-key-2' },
    ['first-key-1', 'second-key-2'],
  ],
  [
    'a password, as it is written and as it is meant',
    { DATABASE_URL: 'mysql://me:p%40ss1@db/x' },
    ['p%40ss1', 'p@ss1'],
  ],
  ['who logs in without a password', { AGENTS_FILE: 'https://ghp_1234567@host/x' }, ['ghp_1234567']],
  [
    'what parameters say',
    { AGENTS_FILE: 'https://host/x?a=one-value-1&sig=abc%2B2#top' },
    ['one-value-1', 'abc%2B2', 'abc+2'],
  ],
  ['the password of an address that takes none', { DISCORD_API_URL: 'https://u:hunter2@host' }, ['hunter2']],
  [
    'a header of telemetry, with and without its scheme',
    { OTEL_EXPORTER_OTLP_HEADERS: 'a=Bearer%20abc1' },
    ['Bearer%20abc1', 'Bearer abc1', 'abc1'],
  ],
  ['a key of AWS', { AWS_SECRET_ACCESS_KEY: 'aws-secret-1' }, ['aws-secret-1']],
  ['no word', { DATABASE_URL: 'postgresql://postgres:postgres@db/x', OPENAI_API_KEY: 'not-needed' }, []],
  ['nothing of what is no secret', { LOG_FILE: '/var/log/troupe-123.log' }, []],
])('knows %s', (_what, env, secrets) => {
  expect(knownSecrets(env)).toEqual(secrets);
});

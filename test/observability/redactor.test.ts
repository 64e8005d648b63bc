import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { redactedJsonLine } from '../../src/observability/redacted-line.ts';
import { createRedactor } from '../../src/observability/redactor.ts';

// Put together here, so that no scanner takes the test for a leak.
const discordToken = ['MTIzNDU2Nzg5MDEyMzQ1Njc4OQ', 'GaBcDe', 'abcdefghijklmnopqrstuvwxyz0123456789AB'].join(
  '.',
);
const openAiKey = ['sk', 'proj', 'abcDEF123456ghiJKL789'].join('-');

describe('a known secret', () => {
  const redactorOf = (...secrets: string[]) => {
    const redactor = createRedactor();
    for (const secret of secrets) redactor.add(secret);
    return redactor;
  };

  it.each([
    {
      what: 'anywhere in a text',
      secrets: ['hunter2hunter2'],
      text: 'a hunter2hunter2b',
      clean: 'a [redacted]b',
    },
    { what: 'twice', secrets: ['password'], text: 'passwordpassword', clean: '[redacted][redacted]' },
    {
      what: 'within a longer one',
      secrets: ['password', 'xpasswordx'],
      text: 'xpasswordx',
      clean: '[redacted]',
    },
    {
      what: 'overlapping another',
      secrets: ['abcdefgh', 'efghijkl'],
      text: '-abcdefghijkl-',
      clean: '-[redacted]-',
    },
    {
      what: 'in JSON',
      secrets: ['pa"ss\\word'],
      text: JSON.stringify(['pa"ss\\word']),
      clean: '["[redacted]"]',
    },
    {
      what: 'in JSON within JSON',
      secrets: ['pa"ss\\word'],
      text: JSON.stringify(JSON.stringify('pa"ss\\word')),
      clean: String.raw`"\"[redacted]\""`,
    },
    {
      what: 'in an address',
      secrets: ['p@ss word/1'],
      text: '/?x=p%40ss%20word%2F1',
      clean: '/?x=[redacted]',
    },
    {
      what: 'in an address, in lower case',
      secrets: ['p@ss word/1'],
      text: '/?x=p%40ss%20word%2f1',
      clean: '/?x=[redacted]',
    },
    {
      what: 'in base64, but for its last characters',
      secrets: ['hunter2hunter2'],
      text: Buffer.from('hunter2hunter2').toString('base64'),
      clean: '[redacted]cjI=',
    },
    {
      what: 'within base64 of a login',
      secrets: ['hunter2hunter2'],
      text: `Basic of ${Buffer.from('a:hunter2hunter2').toString('base64')}`,
      clean: 'Basic of YTpo[redacted]Mg==',
    },
    {
      what: 'line by line',
      secrets: ['first-line\nsecond-line'],
      text: '  second-line',
      clean: '  [redacted]',
    },
    { what: 'unless it is too short', secrets: ['echo'], text: 'an echo agent', clean: 'an echo agent' },
    {
      what: 'of strange characters',
      secrets: ['\ud800😀😀😀😀'],
      text: '\ud800😀😀😀😀',
      clean: '[redacted]',
    },
  ])('goes, $what', ({ secrets, text, clean }) => {
    expect(redactorOf(...secrets).redact(text)).toBe(clean);
  });

  it('is forgotten when everybody who added it has removed it', () => {
    const redactor = redactorOf('hunter2hunter2', 'hunter2hunter2');
    redactor.remove('hunter2hunter2');
    expect(redactor.redact('hunter2hunter2')).toBe('[redacted]');
    redactor.remove('hunter2hunter2');
    redactor.remove('hunter2hunter2');
    expect(redactor.redact('hunter2hunter2')).toBe('hunter2hunter2');
  });
});

describe('what looks like a secret', () => {
  it.each([
    ['a Discord token', `login ${discordToken}!`, 'login [redacted]!'],
    ['a key of OpenAI', `key ${openAiKey}.`, 'key [redacted].'],
    ['a key of Anthropic', 'sk-ant-api03-AbCdEf_123-456', '[redacted]'],
    ['a key behind an escaped line break', String.raw`\n${openAiKey}`, String.raw`\n[redacted]`],
    ['a key behind a colour', `\u001b[31m${openAiKey}`, '\u001b[31m[redacted]'],
    ['a JSON Web Token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl', '[redacted]'],
    ['a bearer', 'Bearer abc/def+ghi=', 'Bearer [redacted]'],
    ['a bearer in capitals', 'BEARER abc/def+ghi=', 'BEARER [redacted]'],
    ['a bearer in JSON', String.raw`Bearer\nabcdefghi`, String.raw`Bearer\n[redacted]`],
    ['a bot', 'Bot abcdefghijk.abcdef.abcdefghijklm', 'Bot [redacted]'],
    ['a header', "authorization: 'Bot some-token'", "authorization: 'Bot [redacted]'"],
    ['a header in capitals', 'AUTHORIZATION: basic bWU6c2VjcmV0', 'AUTHORIZATION: basic [redacted]'],
    ['a header of other services', 'api-key: abcdefgh12', 'api-key: [redacted]'],
    ['a header of AWS', 'X-Amz-Security-Token: IQoJ/abc+d', 'X-Amz-Security-Token: [redacted]'],
    ['a header in JSON', '{"x-api-key":"abcdefgh12"}', '{"x-api-key":"[redacted]"}'],
    ['a database with a password', 'postgresql://me:hun/ter2@db/x', 'postgresql://me:hun/ter2@db/x'],
    ['a password in an address', 'postgresql://me:hunter2@db/x', 'postgresql://me:[redacted]@db/x'],
    ['a password with a quote and an @', 'mysql://me:hun"t@er@db/x', 'mysql://me:[redacted]@db/x'],
    ['a password without a user', 'redis://:hunter2@db', 'redis://:[redacted]@db'],
    ['a token for a user', 'https://ghp_abcdefghijklmnop@github.com', 'https://[redacted]@github.com'],
    ['an API token of ours', 'troupe_pat_abcdefghijklmnopqrstuv-_1', '[redacted]'],
    [
      'a session of ours',
      'troupe_session=troupe_session_abcdefghijklmnopqrstuv',
      'troupe_session=[redacted]',
    ],
    ['a header in a list', '["x-api-key","abcdefgh12"]', '["x-api-key","[redacted]"]'],
    ['a webhook', '/webhooks/12345/aBc-d_e/messages', '/webhooks/12345/[redacted]/messages'],
    ['an interaction', '/interactions/12345/aW50ZXJh.bc/callback', '/interactions/12345/[redacted]/callback'],
    ['a key in a query', '/v1/models?x=1&key=abc&y=2', '/v1/models?x=1&key=[redacted]&y=2'],
    [
      'what AWS signs an address with',
      'https://b.s3.amazonaws.com/k?X-Amz-Date=1&X-Amz-Signature=0a1b&X-Amz-Security-Token=IQoJ%2Fabc%3D&x=1',
      'https://b.s3.amazonaws.com/k?X-Amz-Date=1&X-Amz-Signature=[redacted]&X-Amz-Security-Token=[redacted]&x=1',
    ],
  ])('goes: %s', (_what, text, clean) => {
    expect(createRedactor().redact(text)).toBe(clean);
    expect(createRedactor().redactAnswer(text)).toBe(clean);
  });

  it.each([
    'Bot customer-support-bot-2025 started',
    'agent task-planner-and-verifier-42 is ready',
    'message 123456789012345678 of guild 234567890123456789 took 12.5 ms',
    'GET https://discord.com/api/v10/channels/123456789012345678/messages?limit=50',
    'http://localhost:23459/liveness, ask admin@example.com',
    'max_tokens=1000 tokens_range={"from":256}',
    'at file:///srv/troupe/src/messages/split-message.ts:12:34',
    'version 1.2.3-alpha.10 of @discordjs/core',
  ])('but not: %s', (text) => {
    expect(createRedactor().redact(text)).toBe(text);
  });
});

describe('what stands under the name of a secret', () => {
  it.each([
    ['a password of libpq', 'host=db password=hunter2 user=me', 'host=db password=[redacted] user=me'],
    ['in quotes', String.raw`password = 'hun\'ter 2' user=me`, 'password = [redacted] user=me'],
    ['in double quotes', 'Password="hunter 2" user=me', 'Password=[redacted] user=me'],
    ['in JSON', String.raw`{"a":"PWD=\"hunter 2\", x"}`, '{"a":"PWD=[redacted], x"}'],
    ['at the end of JSON', String.raw`{"a":"password=hun\\ter2"}`, '{"a":"password=[redacted]"}'],
    ['with quotes in it', `password=hun"ter'2 x`, 'password=[redacted] x'],
    ['of the environment', 'PGPASSWORD=hunter2\nPGUSER=me', 'PGPASSWORD=[redacted]\nPGUSER=me'],
    [
      'that is a key',
      'SECRET_KEY=abc/d= OPENAI_API_KEY=x',
      'SECRET_KEY=[redacted] OPENAI_API_KEY=[redacted]',
    ],
    ['a cookie', 'Cookie: sid=abc; theme="dark"; x=y', 'Cookie: [redacted]'],
    ['a cookie that is set', 'set-cookie: sid=abc; Path=/; HttpOnly\nx: y', 'set-cookie: [redacted]\nx: y'],
    ['a cookie in a list', "['Cookie','sid=abc; x=y', 'a']", "['Cookie','[redacted]', 'a']"],
    ['a cookie in JSON', '["Cookie","sid=abc","a"]', '["Cookie","[redacted]","a"]'],
  ])('goes: %s', (_what, text, clean) => {
    const redactor = createRedactor();
    expect(redactor.redact(text)).toBe(clean);
    expect(redactor.redact(clean)).toBe(clean);
  });

  it.each([
    '{"a":"password=","b":"token=","cookie":""}',
    'the password is wrong; no cookie: none was sent',
    'tokens=5 next_tokens=7 passwords=3 has_token=true',
  ])('but not: %s', (text) => {
    expect(createRedactor().redact(text)).toBe(text);
  });

  it('stays in what an agent says, where it is an example', () => {
    const answer = 'Write psql "host=db password=hunter2", or connect(token=TOKEN).';
    expect(createRedactor().redactAnswer(answer)).toBe(answer);
  });

  it('leaves a line of JSON one that can be read, whatever is in it', () => {
    const part = fc.oneof(
      fc.constantFrom(
        'password=',
        'Cookie: ',
        'cookie',
        'sid=',
        '"',
        "'",
        '\\',
        ';',
        ',',
        ' ',
        '\n',
        '}',
        ':',
      ),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    const text = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, text, (one, other) => {
        const fields = { one, list: ['Cookie', one, other], nested: JSON.stringify({ one, other }) };
        const entry = { time: new Date(0), level: 'info', text: other, fields } as const;
        const line = redactedJsonLine(entry, { color: false, stacks: false }, createRedactor());
        expect(() => JSON.parse(line) as unknown).not.toThrow();
      }),
      { numRuns: 1_000 },
    );
  });
});

// How long redacting takes is for the bench to say; work that grows with the square would not end within a test's time.
it.each([
  ...['a', 'a.', '://a:', 'sk-', 'password=', "password='", 'password=\\"', 'cookie:', 'cookie:a="', '\\'],
  ...['password=\\', 'cookie: a=b;'],
])('comes to an end with a long text of one kind: %s', (piece) => {
  const text = piece.repeat(1_000_000 / piece.length);
  for (const before of ['', 'password=', 'cookie: a='])
    expect(createRedactor().redact(before + text)).not.toBe('');
});

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text as readAll } from 'node:stream/consumers';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ConfigError, InputError, UnavailableError } from '../../src/errors.ts';
import type { Logger } from '../../src/observability/logger.ts';
import { createRedactor } from '../../src/observability/redactor.ts';
import { createLogger, type LogSettings } from '../../src/observability/winston-logger.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'troupe-log-'));
  file = join(directory, 'new', 'troupe.log');
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const now = () => new Date('2026-02-03T04:05:06.007Z');

/** What is on the console after `use` has logged and the logger was closed. */
async function logged(
  settings: Partial<LogSettings>,
  use: (logger: Logger) => void,
  { tty = false, redactor = createRedactor() } = {},
): Promise<string> {
  const stream = Object.assign(new PassThrough(), { isTTY: tty });
  const all = {
    level: 'info',
    format: 'text',
    toConsole: true,
    toFile: false,
    file,
    color: true,
    ...settings,
  } as const;
  const logger = createLogger(all, { redactor, stream, now });
  const output = readAll(stream);
  use(logger);
  await logger.close();
  stream.end();
  return output;
}

describe('a line for people', () => {
  it.each([
    [
      'nothing but text',
      (log: Logger) => {
        log.info('started');
      },
      'INFO  -            started',
    ],
    [
      'agent and message first',
      (log: Logger) => {
        log.warn('slow', { ms: 9, message: '123', agent: 'Helper' });
      },
      'WARN  Helper       #123 slow ms=9',
    ],
    [
      'quotes where needed',
      (log: Logger) => {
        log.info('x', { a: 'b c', d: '', e: 'f' });
      },
      'INFO  -            x a="b c" d="" e=f',
    ],
    [
      'objects as JSON',
      (log: Logger) => {
        log.info('x', { a: { b: [1, null, 2n] } });
      },
      'INFO  -            x a={"b":[1,null,"2"]}',
    ],
    [
      'nothing for undefined',
      (log: Logger) => {
        log.info('x', { a: undefined });
      },
      'INFO  -            x',
    ],
    [
      'no forged lines',
      (log: Logger) => {
        log.info('a\nb\u001b[31m', { agent: 'c\rd' });
      },
      String.raw`INFO  c\rd         a\nb\u001b[31m`,
    ],
    [
      'errors of ours with their causes and remedy',
      (log: Logger) => {
        log.error('failed', {
          error: new UnavailableError('no answer', { cause: new InputError('bad'), remedy: 'Wait.' }),
        });
      },
      'ERROR -            failed error="no answer: bad" remedy=Wait.',
    ],
    [
      'the fields of its parents',
      (log: Logger) => {
        log.child({ agent: 'A', x: 1 }).child({ x: 2 }).info('t', { y: 3 });
      },
      'INFO  A            t x=2 y=3',
    ],
  ])('has %s', async (_what, use, line) => {
    expect(await logged({}, use)).toBe(`2026-02-03T04:05:06.007Z ${line}\n`);
  });

  it('has the stacks of a defect and its causes, and of every error at debug level', async () => {
    const defect = (log: Logger) => {
      log.error('x', { error: new TypeError('odd', { cause: new Error('deep\nforged') }) });
    };
    expect(await logged({}, defect)).toMatch(
      / error=.+\n {4}TypeError: odd\n {8}at .+\n {4}caused by: Error: deep\n {4}forged\n {8}at/s,
    );
    const ours = (log: Logger) => {
      log.error('x', { error: new InputError('ours') });
    };
    expect(await logged({}, ours)).not.toContain('    at ');
    expect(await logged({ level: 'debug' }, ours)).toContain('    at ');
  });

  it.each([
    { tty: true, color: true, colored: true },
    { tty: true, color: false, colored: false },
    { tty: false, color: true, colored: false },
  ])('has colours: $colored, on a terminal: $tty, welcome: $color', async ({ tty, color, colored }) => {
    const output = await logged(
      { color, toFile: true },
      (log) => {
        log.info('x');
      },
      { tty },
    );
    expect(output.includes('\u001b[')).toBe(colored);
    expect(readFileSync(file, 'utf8')).not.toContain('\u001b[');
  });
});

describe('a line for programs', () => {
  it('is one JSON object with time, level, text and the fields', async () => {
    const output = await logged({ format: 'json' }, (log) => {
      log.child({ agent: 'A' }).warn('a\nb', {
        message: '1',
        level: 'x',
        n: 1,
        big: 2n,
        error: new InputError('bad', { remedy: 'Fix it.' }),
      });
    });
    expect(output.match(/\n/g)).toHaveLength(1);
    expect(JSON.parse(output)).toEqual({
      time: '2026-02-03T04:05:06.007Z',
      level: 'warn',
      text: 'a\nb',
      agent: 'A',
      message: '1',
      level_: 'x',
      n: 1,
      big: '2',
      error: 'bad',
      remedy: 'Fix it.',
    });
  });
});

describe('the logger', () => {
  it.each([
    ['error', ['error']],
    ['warn', ['error', 'warn']],
    ['info', ['error', 'warn', 'info']],
    ['debug', ['error', 'warn', 'info', 'debug']],
  ] as const)('at level %s writes %j', async (level, written) => {
    const output = await logged({ level, format: 'json' }, (log) => {
      for (const each of ['error', 'warn', 'info', 'debug'] as const) log[each]('x');
    });
    const lines = output
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { level: string }).level);
    expect(lines).toEqual(written);
  });

  it('does not look at the fields of a line whose level is off', async () => {
    const fields = {
      get costly(): string {
        throw new Error('looked at');
      },
    };
    expect(
      await logged({}, (log) => {
        log.debug('x', fields);
      }),
    ).toBe('');
  });

  it('has written every line when it is closed, and drops later ones', async () => {
    let late: Logger | undefined;
    await logged({ toFile: true, toConsole: false }, (log) => {
      late = log;
      for (let index = 0; index < 20_000; index++) log.info(`line ${index}`);
    });
    late?.info('too late');
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    expect(lines).toHaveLength(20_000);
    expect(lines.at(-1)).toContain('line 19999');
  });

  it('appends to the file', async () => {
    for (const text of ['one', 'two'])
      await logged({ toFile: true }, (log) => {
        log.info(text);
      });
    expect(readFileSync(file, 'utf8')).toMatch(/one\n.*two\n$/);
  });

  it('writes nowhere if so told', async () => {
    expect(
      await logged({ toConsole: false }, (log) => {
        log.error('x');
      }),
    ).toBe('');
  });

  it('changes its level while it is in use, for its children and for stacks too', async () => {
    const stream = new PassThrough();
    const settings = {
      level: 'warn',
      format: 'text',
      toConsole: true,
      toFile: false,
      file,
      color: false,
    } as const;
    const logger = createLogger(settings, { redactor: createRedactor(), stream });
    const output = readAll(stream);
    const child = logger.child({ agent: 'Helper' });
    const error = new InputError('refused');
    const writeAll = (when: string) => {
      logger.info(`${when}: host`);
      child.debug(`${when}: bot`, { error });
    };
    writeAll('before');
    logger.setLevel('debug');
    writeAll('while');
    logger.setLevel('error');
    writeAll('after');
    await logger.close();
    stream.end();
    const lines = (await output).split('\n');
    expect(lines.filter((line) => /before|while|after/.test(line)).map((line) => line.slice(25, 62))).toEqual(
      ['INFO  -            while: host', 'DEBUG Helper       while: bot error=r'],
    );
    expect(lines.filter((line) => line.includes(' at '))).not.toEqual([]);
  });

  it('has levels of areas, which decide for their children and change while it is in use', async () => {
    const stream = new PassThrough();
    const settings = {
      level: 'info',
      format: 'json',
      toConsole: true,
      toFile: false,
      file,
      color: false,
    } as const;
    const areas = { discord: 'debug', http: 'error' } as const;
    const logger = createLogger({ ...settings, areas }, { redactor: createRedactor(), stream });
    const output = readAll(stream);
    const discord = logger.child({ area: 'discord' }).child({ agent: 'Helper' });
    const http = logger.child({ area: 'http', request: '1' });
    const writeAll = (when: string) => {
      discord.debug(`${when}: discord`);
      http.warn(`${when}: http`);
      logger.child({ area: 'bots' }).info(`${when}: bots`);
      logger.debug(`${when}: host`);
    };
    writeAll('before');
    logger.setLevel('warn', { http: 'debug' });
    writeAll('while');
    logger.setLevel('debug');
    writeAll('after');
    await logger.close();
    stream.end();
    const lines = (await output).trim().split('\n');
    const texts = lines.map((line) => (JSON.parse(line) as { text: string }).text);
    expect(texts).toEqual([
      'before: discord',
      'before: bots',
      'while: http',
      'after: discord',
      'after: http',
      'after: bots',
      'after: host',
    ]);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ area: 'discord', agent: 'Helper' });
  });

  it('refuses a file that it cannot write', () => {
    const blocker = join(directory, 'blocker');
    writeFileSync(blocker, '');
    const settings = {
      level: 'info',
      format: 'text',
      toConsole: false,
      toFile: true,
      file: join(blocker, 'x'),
      color: false,
    } as const;
    expect(() => createLogger(settings, { redactor: createRedactor() })).toThrow(ConfigError);
  });

  it.skipIf(!existsSync('/dev/full'))('outlives a full disk, and says so on the console', async () => {
    const stream = new PassThrough();
    const settings = { level: 'info', format: 'text', toConsole: true, toFile: true, color: false } as const;
    const logger = createLogger({ ...settings, file: '/dev/full' }, { redactor: createRedactor(), stream });
    let output = '';
    const reported = new Promise<void>((resolve) => {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes('ENOSPC')) resolve();
      });
    });
    logger.info('first');
    await reported;
    for (let index = 0; index < 100; index++) logger.info(`line ${index}`);
    await logger.close();
    expect(output).toContain('line 99');
  });

  it('outlives a console that went away', async () => {
    const stream = new PassThrough();
    const settings = {
      level: 'info',
      format: 'text',
      toConsole: true,
      toFile: true,
      file,
      color: false,
    } as const;
    const logger = createLogger(settings, { redactor: createRedactor(), stream });
    stream.destroy(new Error('EPIPE'));
    logger.info('still here');
    await logger.close();
    expect(readFileSync(file, 'utf8')).toContain('still here');
  });

  it.each([
    [
      'an object that refers to itself',
      () => {
        const a: Record<string, unknown> = {};
        a['a'] = a;
        return a;
      },
    ],
    [
      'a getter that throws',
      () => ({
        get a(): string {
          throw new Error('no');
        },
      }),
    ],
    ['an error without a prototype', () => Object.create(null) as unknown],
    ['an error whose cause cannot be a text', () => new Error('x', { cause: Object.create(null) })],
    ['bytes', () => Buffer.alloc(9)],
    ['a map and a set', () => new Map([[1, new Set([2])]])],
  ])('writes a line whatever it is given: %s', async (_what, value) => {
    for (const format of ['text', 'json'] as const) {
      const output = await logged({ format }, (log) => {
        log.error('canary', { error: value(), value: value() });
      });
      expect(output).toContain('canary');
    }
  });
});

describe('no secret is written', () => {
  const secrets = {
    known: 'kn"own\\secret\nof two lines',
    token: ['MTIzNDU2Nzg5MDEyMzQ1Njc4OQ', 'GaBcDe', 'abcdefghijklmnopqrstuvwxyz0123456789AB'].join('.'),
    key: ['sk', 'ant', 'api03', 'abcDEF123456ghiJKL789'].join('-'),
    password: 'c0rrect-horse',
    hook: 'h00k_t0ken',
  };
  const traces = [
    'kn\\"own',
    'own\\\\secret',
    'of two lines',
    'GaBcDe',
    'abcDEF123456',
    'c0rrect-horse',
    'h00k_t0ken',
  ];
  const url = `https://me:${secrets.password}@example.com/webhooks/12345/${secrets.hook}`;

  const plant = (log: Logger) => {
    for (const secret of [secrets.known, secrets.token, secrets.key, url, `Bearer ${secrets.password}`]) {
      log.info(`said ${secret}, see`);
      log.info(secret, { agent: secret, message: secret });
      log.info(`a\n${secret}`, { a: secret, b: { c: [`x\n${secret}`], [secret]: 1 } });
      log.info('JSON', {
        body: JSON.stringify({ a: [secret] }),
        map: new Map([[secret, new Set([secret])]]),
      });
      log
        .child({ bound: secret })
        .warn('child', { at: new URL('/x?token=' + encodeURIComponent(secret), 'http://h') });
      const error = new InputError(`ours ${secret}`, {
        cause: new Error(`inner ${secret}`),
        remedy: `Use ${secret}`,
      });
      log.error('failed', { error, nested: { error } });
      log.error('failed', { error: new TypeError(secret, { cause: secret }) });
      log.error('failed', {
        error: Object.assign(new Error('x'), { stack: `Error: x\n    at ${secret} (x.js:1:1)` }),
      });
      log.error('failed', { error: secret });
    }
    log.info('headers', {
      authorization: `Bot ${secrets.password}`,
      headers: { Authorization: secrets.password },
    });
  };

  it.each(['text', 'json'] as const)(
    'as %s, from what clients of HTTP, maps and odd objects hold',
    async (format) => {
      const secret = 'plain-words-canary';
      const client = Object.assign(new Error('refused'), {
        config: { headers: { Authorization: secret } },
        toJSON: () => ({ headers: secret }),
      });
      const circle: Record<string, unknown> = { password: secret };
      circle['self'] = circle;
      const output = await logged({ format }, (log) => {
        log.error('client', { error: client, client, errors: [client] });
        log.info('named', {
          token: secret,
          headers: { Cookie: secret, 'set-cookie': [secret], apiKey: secret },
        });
        log.info('more', {
          ...{
            pwd: secret,
            auth: { user: 'me', pass: secret },
            credentials: [secret, 1],
            tokens: [1, secret],
          },
          inner: { tokens: { access: secret }, password: 4711471147 },
        });
        log.info('map', { map: new Map([['x-api-key', secret]]), set: new Set([circle]), circle });
        log.info('bytes', { bytes: Buffer.from(secret), symbol: Symbol('s'), [Symbol('s')]: secret });
        log.info('odd', {
          odd: {
            kept: 'kept',
            get worse(): string {
              throw new Error(secret);
            },
          },
        });
        log.info('counts', {
          ...{ tokens: 9_107, max_token_count: '9108', max_tokens: '9109', has_token: true, author: 'ada' },
          usage: { tokens: { input: 9_110 }, tokens_range: { from: 9_111 } },
        });
      });
      expect(output).not.toContain(secret);
      expect(output).not.toContain('canary');
      expect(output).not.toContain('4711');
      const counts = ['9107', '9108', '9109', 'true', 'ada', '9110', '9111'];
      for (const kept of ['refused', 'kept', '[unreadable]', '[circular]', ...counts])
        expect(output).toContain(kept);
    },
  );

  it.each(['text', 'json'] as const)('as %s, from all errors of several at once', async (format) => {
    const redactor = createRedactor();
    redactor.add(secrets.known);
    const inner = new Error(`first ${secrets.known}`, { cause: new Error(`deep ${secrets.token}`) });
    const several = new AggregateError([inner, `thrown ${secrets.key}`], '');
    const output = await logged(
      { format },
      (log) => {
        log.error('failed', { error: new TypeError('fetch failed', { cause: several }) });
      },
      { redactor },
    );
    for (const trace of traces) expect(output).not.toContain(trace);
    expect(output).toMatch(/fetch failed: first \[redacted\]; thrown \[redacted\]/);
    expect(output).toContain('deep [redacted]');
  });

  it.each(['text', 'json'] as const)('as %s, to the console or a file', async (format) => {
    const redactor = createRedactor();
    redactor.add(secrets.known);
    const settings = { format, level: 'debug', toFile: true } as const;
    const output = await logged(settings, plant, { tty: true, redactor });
    for (const written of [output, readFileSync(file, 'utf8')]) {
      for (const trace of traces) expect(written).not.toContain(trace);
      expect(written).toContain('[redacted]');
      if (format === 'json')
        for (const line of written.trim().split('\n'))
          expect(() => JSON.parse(line) as unknown).not.toThrow();
    }
  });
});

import { describe, expect, it } from 'vitest';
import { manageSecrets, type OpenSecrets } from '../../src/cli/manage-secrets.ts';
import type { Rotation } from '../../src/database/rotate-secrets.ts';
import type { SecretStatus } from '../../src/database/secret-keeper.ts';
import { ConfigError, InputError, type TroupeError } from '../../src/errors.ts';

const STATUS: SecretStatus = {
  file: '/data/secret.key',
  fileMode: { mode: '0600', tooOpen: false },
  rotationBegun: false,
  keys: [{ id: '6c6c51ae', role: 'current', secrets: 12 }],
  total: 12,
  unopened: [],
};

const ROTATION: Rotation = {
  keyId: '6c6c51ae',
  resumed: false,
  total: 12,
  renewed: 12,
  removed: ['304e6cc4'],
  kept: [],
  left: [],
};

const UNOPENED = { agent: 'An\u001B[2Jn', setting: 'config.api_key', reason: 'a stored secret was altered' };

interface Parts {
  status?: Partial<SecretStatus>;
  /** `null`: there was nothing to encrypt. */
  rotation?: Partial<Rotation> | null;
  error?: TroupeError;
  isTTY?: boolean;
  /** How many erasures are on record under this host's keys. */
  erasures?: number;
  /** How many agents progress is told of. */
  agents?: number;
}

async function run(
  argv: string[],
  { status, rotation, error, isTTY = false, agents = 12, erasures = 0 }: Parts = {},
) {
  const outcome = { code: -1, out: '', err: '' };
  const io = {
    stdout: { write: (text: string) => (outcome.out += text) },
    stderr: { write: (text: string) => (outcome.err += text), isTTY },
  };
  let open = 0;
  const secrets: OpenSecrets['secrets'] = {
    status: () => Promise.resolve({ ...STATUS, ...status }),
    rotate: (onProgress) => {
      if (error !== undefined) return Promise.reject(error);
      for (const done of [agents / 2, agents]) onProgress?.(done, agents);
      return Promise.resolve(rotation === null ? undefined : { ...ROTATION, ...rotation });
    },
  };
  outcome.code = await manageSecrets(argv, io, () => {
    open++;
    const close = (): Promise<void> => {
      open--;
      return Promise.resolve();
    };
    const countRecords = () => Promise.resolve({ readable: erasures, unreadable: 0 });
    return Promise.resolve({ secrets, erasures: { countRecords }, close });
  });
  expect(open, 'what was opened is closed').toBe(0);
  return outcome;
}

describe('npm run secrets -- status', () => {
  it('shows which keys there are and what is under each', async () => {
    const keys = [...STATUS.keys, { id: '304e6cc4', role: 'previous', secrets: 3 }] as const;
    expect(await run(['status'], { status: { keys, total: 15 } })).toEqual({
      code: 0,
      out:
        '15 secrets, under keys from /data/secret.key (mode 0600)\n' +
        'KEY       ROLE      SECRETS\n' +
        '6c6c51ae  current        12\n' +
        '304e6cc4  previous        3\n',
      err: '',
    });
  });

  it('says that the key is in SECRET_KEY', async () => {
    const { out } = await run(['status'], { status: { file: undefined, fileMode: undefined, total: 1 } });
    expect(out).toMatch(/^1 secret, under keys from SECRET_KEY\n/);
  });

  it('warns of a rotation that was begun and of a file that others may read, and ends with 0', async () => {
    const status = { rotationBegun: true, fileMode: { mode: '0644', tooOpen: true } };
    const { code, err } = await run(['status'], { status });
    expect(code).toBe(0);
    expect(err).toContain('chmod 600');
    expect(err).toContain('npm run secrets -- rotate');
  });

  it('names what cannot be opened, harmless for a terminal, with what to do, and ends with 1', async () => {
    const { code, err } = await run(['status'], { status: { unopened: [UNOPENED] } });
    expect(code).toBe(1);
    expect(err).toContain('An\\u001b[2Jn: config.api_key: a stored secret was altered\n');
    expect(err).toContain('Restore the key');
  });

  it('prints one JSON object with --json', async () => {
    const { out } = await run(['status', '--json'], { status: { unopened: [UNOPENED] } });
    expect(out).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(out)).toEqual({
      source: 'SECRET_KEY_FILE',
      file: '/data/secret.key',
      file_mode: '0600',
      file_too_open: false,
      rotation_begun: false,
      keys: STATUS.keys,
      secrets: 12,
      unopened: [UNOPENED],
    });
  });
});

describe('npm run secrets -- rotate', () => {
  it('says what was done', async () => {
    expect(await run(['rotate'])).toEqual({
      code: 0,
      out: '12 of 12 secrets encrypted anew.\nThe key is 6c6c51ae now.\nRemoved from the key file: 304e6cc4.\n',
      err: '',
    });
  });

  it('warns beforehand when records of erasures are found by the old key only', async () => {
    const { code, err } = await run(['rotate'], { erasures: 2 });
    expect([code, err]).toEqual([0, expect.stringMatching(/^warning: 2 erasures .*npm run users -- verify/)]);
    expect((await run(['rotate'], { erasures: 2, error: new InputError('no') })).err).toMatch(/^warning: 2 /);
    expect((await run(['rotate'], { erasures: 2, rotation: null, status: { total: 0 } })).err).toBe('');
  });

  it('says that it finished what was begun', async () => {
    const { out } = await run(['rotate'], { rotation: { resumed: true, renewed: 5 } });
    expect(out).toMatch(/^Finished the rotation that was begun: 5 of 12 secrets/);
  });

  it('names what was left and the key that is still needed, and ends with 1', async () => {
    const { code, out, err } = await run(['rotate'], {
      rotation: { left: [UNOPENED], kept: ['304e6cc4'], removed: [] },
    });
    expect(code).toBe(1);
    expect(out).toContain('Still needed: 304e6cc4.\n');
    expect(out).not.toContain('Removed');
    expect(err).toContain('config.api_key: a stored secret was altered\n');
  });

  it('says that there is nothing to do where nothing is stored', async () => {
    const { code, out } = await run(['rotate'], { rotation: null });
    expect([code, out]).toEqual([0, 'Nothing is stored encrypted; the key stays as it is.\n']);
    expect(JSON.parse((await run(['rotate', '--json'], { rotation: null })).out)).toMatchObject({
      key: null,
      secrets: 0,
    });
  });

  it('shows progress on a terminal where there are many, and nowhere else', async () => {
    expect((await run(['rotate'], { agents: 200, isTTY: true })).err).toBe(
      '\r100 of 200 agents\r200 of 200 agents\n',
    );
    for (const parts of [{ agents: 200 }, { agents: 10, isTTY: true }]) {
      expect((await run(['rotate'], parts)).err).toBe('');
    }
  });

  it('prints one JSON object with --json', async () => {
    const { out } = await run(['rotate', '--json']);
    expect(JSON.parse(out)).toEqual({
      key: '6c6c51ae',
      resumed: false,
      secrets: 12,
      renewed: 12,
      removed_keys: ['304e6cc4'],
      kept_keys: [],
      left: [],
    });
  });

  const refusals: [number, TroupeError][] = [
    [1, new InputError('there is no new key', { remedy: 'Make a key.' })],
    [78, new ConfigError('the key opens nothing')],
  ];

  it.each(refusals)('ends with %i, in words, when it is refused', async (code, error) => {
    const outcome = await run(['rotate'], { error });
    expect(outcome).toEqual({
      code,
      out: '',
      err: `${error.message}\n${error.remedy === '' ? '' : `${error.remedy}\n`}`,
    });
  });
});

it.each([[[]], [['bogus']], [['rotate', 'now']], [['status', '--bogus']]])(
  'ends with 2 at %j',
  async (argv) => {
    expect((await run(argv)).code).toBe(2);
  },
);

it('tells what it does with --help', async () => {
  const { code, out } = await run(['--help']);
  expect(code).toBe(0);
  for (const words of ['rotate', 'status', 'SECRET_KEY_PREVIOUS', 'Exit codes']) expect(out).toContain(words);
});

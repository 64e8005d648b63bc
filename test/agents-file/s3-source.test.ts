import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openSource } from '../../src/agents-file/open-source.ts';
import type { AgentsText } from '../../src/agents-file/parse-agents-file.ts';
import { InputError, messageOf, TroupeError, UnavailableError } from '../../src/errors.ts';
import { startStandInS3 } from '../support/s3/stand-in-s3.ts';

type Env = Readonly<Record<string, string>>;

const read = async (source: string, env: Env): Promise<readonly AgentsText[] | undefined> =>
  (await openSource(source, { cwd: '/', env }).read())?.texts;

/** What a person is told when a source cannot be read. */
async function told(source: string, env: Env): Promise<{ message: string; error: TroupeError }> {
  const error = await read(source, env).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof TroupeError)) throw new Error('it did not fail as it should', { cause: error });
  return { message: messageOf(error), error };
}

/** Lets the SDK find nothing on the machine that runs the test. */
function bareMachine(): void {
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE', 'AWS_REGION']) {
    vi.stubEnv(name, undefined);
  }
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent/config');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent/credentials');
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

describe('a source in S3', () => {
  it.each(['s3://team/cast/a.yaml', 's3:/team/cast/a.yaml'])('may be an object: %s', async (source) => {
    const s3 = await startStandInS3({ 'team/cast/a.yaml': 'é' });
    expect(await read(source, s3.env)).toEqual([{ file: 's3://team/cast/a.yaml', text: 'é' }]);
  });

  it('may be all YAML files below a prefix, in order and over all pages', async () => {
    const s3 = await startStandInS3({
      'team/cast/b.yml': 'b',
      'team/cast/deep/a.yaml': 'a',
      'team/cast/.hidden.yaml': 'h',
      'team/cast/notes.txt': 'n',
      'team/other.yaml': 'o',
    });
    expect(await read('s3://team/cast/', s3.env)).toEqual([
      { file: 's3://team/cast/b.yml', text: 'b' },
      { file: 's3://team/cast/deep/a.yaml', text: 'a' },
    ]);
    expect(await read('s3://team/', s3.env)).toHaveLength(3);
  });

  it.each(['s3://team/a.yaml', 's3://team/'])(
    'is not read again while it is the same: %s',
    async (address) => {
      const s3 = await startStandInS3({ 'team/a.yaml': 'one' });
      const source = openSource(address, { cwd: '/', env: s3.env });
      const first = await source.read();
      expect(await source.read({ known: first?.version })).toBeUndefined();
      s3.buckets.get('team')?.set('a.yaml', 'two');
      expect((await source.read({ known: first?.version }))?.texts).toEqual([
        { file: 's3://team/a.yaml', text: 'two' },
      ]);
    },
  );

  it('needs no region where the server has none', async () => {
    bareMachine();
    const s3 = await startStandInS3({ 'team/a.yaml': 'a' });
    expect(await read('s3://team/a.yaml', { ...s3.env, AWS_REGION: '' })).toHaveLength(1);
  });

  it.each<[title: string, source: string, env: Env, message: string]>([
    ['a missing bucket', 's3://none/a.yaml', {}, 's3://none/a.yaml cannot be read: there is no bucket none'],
    ['a missing object', 's3://team/b.yaml', {}, 's3://team/b.yaml cannot be read: there is no such object'],
    ['an empty prefix', 's3://team/none/', {}, 's3://team/none/ holds no *.yaml or *.yml file'],
    [
      'a wrong key',
      's3://team/a.yaml',
      { AWS_ACCESS_KEY_ID: 'AKIAWRONG' },
      's3://team/a.yaml cannot be read: the credentials are not accepted (InvalidAccessKeyId)',
    ],
  ])('tells of %s', async (_, source, env, message) => {
    const s3 = await startStandInS3({ 'team/a.yaml': 'a' });
    const { message: said, error } = await told(source, { ...s3.env, ...env });
    expect([said, error instanceof InputError]).toEqual([message, true]);
  });

  it.each<[status: number, code: string, message: string, passes: boolean]>([
    [403, 'AccessDenied', 'access is denied', false],
    [400, 'ExpiredToken', 'the credentials are not accepted (ExpiredToken)', false],
    [418, 'Teapot', 'the server answered 418', false],
  ])('tells of a refusal with %i %s', async (status, code, message, passes) => {
    const s3 = await startStandInS3({ 'team/a.yaml': 'a' });
    s3.refusal = { status, code };
    const { message: said, error } = await told('s3://team/a.yaml', s3.env);
    expect([said, error.retryable]).toEqual([`s3://team/a.yaml cannot be read: ${message}`, passes]);
  });

  it('says that what the server cannot do now may pass', async () => {
    const s3 = await startStandInS3({ 'team/a.yaml': 'a' });
    s3.refusal = { status: 503, code: 'ServiceUnavailable' };
    const { message, error } = await told('s3://team/a.yaml', s3.env);
    expect(message).toBe('s3://team/a.yaml cannot be read: the server answered 503');
    expect(error).toBeInstanceOf(UnavailableError);
    expect(s3.requests.length, 'the SDK tries again').toBeGreaterThan(1);
  });

  it('says what to do when there are no credentials', async () => {
    bareMachine();
    const s3 = await startStandInS3({});
    const { message, error } = await told('s3://team/a.yaml', {
      AWS_ENDPOINT_URL_S3: s3.env['AWS_ENDPOINT_URL_S3'] ?? '',
    });
    expect(message).toBe('s3://team/a.yaml cannot be read: there are no credentials for AWS');
    expect(error.remedy).toContain('AWS_ACCESS_KEY_ID');
  });

  it('never says a key, nor the id of one', async () => {
    const s3 = await startStandInS3({});
    for (const code of ['AccessDenied', 'SignatureDoesNotMatch', 'Strange']) {
      s3.refusal = { status: 403, code };
      const { message } = await told('s3://team/a.yaml', s3.env);
      expect(message).not.toMatch(/AKIA|secret/);
    }
  });

  it.each(['s3://', 's3://team', 's3:///a.yaml'])('is refused when no object can be meant: %s', (source) => {
    expect(() => openSource(source, { cwd: '/' })).toThrow(
      new InputError(`${source} cannot be read: it has to be s3://BUCKET/KEY, or s3://BUCKET/FOLDER/`),
    );
  });
});

import type * as S3 from '@aws-sdk/client-s3';
import type { Environment } from '../config/environment.ts';
import { InputError, TroupeError, UnavailableError } from '../errors.ts';
import type { AgentsText } from './parse-agents-file.ts';
import { readText } from './read-text.ts';
import { printable } from './show-value.ts';
import type { ReadOptions, Source, SourceReading } from './source.ts';
import { refusedWith, unreachable } from './unreachable.ts';

/** How often a bucket is asked whether something has changed, in milliseconds. */
const INTERVAL = 30_000;

/** The most files below a prefix. */
const MAX_OBJECTS = 1_000;

/** Where S3 finds a bucket's own region from. */
const FIRST_REGION = 'us-east-1';

/** The SDK, which only those load who need it. */
type Sdk = typeof S3;

/**
 * An object of a bucket, or every `*.yaml` and `*.yml` below a prefix that ends in `/`, in the order of their keys.
 * Region, endpoint and credentials are found as the AWS SDK finds them.
 *
 * @param text - `s3://bucket/key` or `s3:/bucket/key`; a key is taken as it is written
 * @param timeout - for everything together, in milliseconds
 */
export function s3Source(text: string, env: Environment, timeout: number): Source {
  const { bucket = '', key } = /^s3:\/{0,2}(?<bucket>[^/]*)\/(?<key>.*)$/is.exec(text)?.groups ?? {};
  if (bucket === '' || key === undefined) {
    throw new InputError(
      `${printable(text)} cannot be read: it has to be s3://BUCKET/KEY, or s3://BUCKET/FOLDER/`,
    );
  }
  const shown = printable(`s3://${bucket}/${key}`);
  const at = { bucket, key, shown };
  return {
    shown,
    interval: INTERVAL,
    async read({ known, signal }: ReadOptions = {}): Promise<SourceReading | undefined> {
      const deadline = AbortSignal.timeout(timeout);
      const abortSignal = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
      try {
        const sdk = await import('@aws-sdk/client-s3');
        return await withClient(sdk, env, (client) => {
          const reader = { sdk, client, abortSignal };
          return key === '' || key.endsWith('/')
            ? readPrefix(at, known, reader)
            : readObject(at, known, reader);
        });
      } catch (error) {
        throw error instanceof TroupeError
          ? error
          : failureOf(shown, bucket, deadline.aborted ? deadline.reason : error);
      }
    },
  };
}

interface Address {
  readonly bucket: string;
  readonly key: string;
  readonly shown: string;
}

interface Reader {
  readonly sdk: Sdk;
  readonly client: S3.S3Client;
  readonly abortSignal: AbortSignal;
}

/** Where nothing says which region, S3's first one is asked, which knows that of the bucket. */
async function withClient<T>(
  sdk: Sdk,
  env: Environment,
  use: (client: S3.S3Client) => Promise<T>,
): Promise<T> {
  const config = configOf(env);
  const run = async (region?: string): Promise<T> => {
    const client = new sdk.S3Client(region === undefined ? config : { ...config, region });
    try {
      return await use(client);
    } finally {
      client.destroy();
    }
  };
  try {
    return await run();
  } catch (error) {
    if (error instanceof Error && error.message === 'Region is missing') return run(FIRST_REGION);
    throw error;
  }
}

/** What `.env` may hold, which the SDK does not read; the rest it finds by itself. */
function configOf(env: Environment): S3.S3ClientConfig {
  const set = (name: string): string | undefined =>
    env[name]?.trim() === '' ? undefined : env[name]?.trim();
  const region = set('AWS_REGION') ?? set('AWS_DEFAULT_REGION');
  const endpoint = set('AWS_ENDPOINT_URL_S3') ?? set('AWS_ENDPOINT_URL');
  const profile = set('AWS_PROFILE');
  const [accessKeyId, secretAccessKey] = [set('AWS_ACCESS_KEY_ID'), set('AWS_SECRET_ACCESS_KEY')];
  const sessionToken = set('AWS_SESSION_TOKEN');
  const hasKey = accessKeyId !== undefined && secretAccessKey !== undefined && profile === undefined;
  return {
    followRegionRedirects: true,
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    ...(profile !== undefined && { profile }),
    ...(hasKey && {
      credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    }),
  };
}

async function readObject(
  { bucket, key, shown }: Address,
  known: string | undefined,
  { sdk, client, abortSignal }: Reader,
): Promise<SourceReading | undefined> {
  const command = new sdk.GetObjectCommand({
    Bucket: bucket,
    Key: key,
    ...(known !== undefined && { IfNoneMatch: known }),
  });
  try {
    const { Body, ETag = '' } = await client.send(command, { abortSignal });
    const body = (Body ?? []) as AsyncIterable<Uint8Array>;
    return { texts: [{ file: shown, text: await readText(shown, body) }], version: ETag };
  } catch (error) {
    if (statusOf(error) === 304) return undefined;
    throw error;
  }
}

async function readPrefix(
  { bucket, key: prefix, shown }: Address,
  known: string | undefined,
  reader: Reader,
): Promise<SourceReading | undefined> {
  const { sdk, client, abortSignal } = reader;
  const objects: { key: string; etag: string | undefined }[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(
      new sdk.ListObjectsV2Command({
        Bucket: bucket,
        Prefix: prefix,
        ...(token !== undefined && { ContinuationToken: token }),
      }),
      { abortSignal },
    );
    for (const { Key: key = '', ETag: etag } of page.Contents ?? []) {
      if (/(?:^|\/)[^/.][^/]*\.ya?ml$/i.test(key)) objects.push({ key, etag });
    }
    if (objects.length > MAX_OBJECTS) throw new InputError(`${shown} holds more than ${MAX_OBJECTS} files`);
    token = page.NextContinuationToken;
  } while (token !== undefined);
  if (objects.length === 0) throw new InputError(`${shown} holds no *.yaml or *.yml file`);
  const version = JSON.stringify(objects);
  if (version === known) return undefined;
  const texts: AgentsText[] = [];
  for (const { key } of objects) {
    const reading = await readObject(
      { bucket, key, shown: printable(`s3://${bucket}/${key}`) },
      undefined,
      reader,
    );
    texts.push(...(reading?.texts ?? []));
  }
  return { texts, version };
}

/** Says no more of an error than its name: its words may quote a key's id. */
function failureOf(shown: string, bucket: string, error: unknown): TroupeError {
  const name = error instanceof Error ? error.name : '';
  const refuse = (words: string, remedy = ''): InputError =>
    new InputError(`${shown} cannot be read: ${words}`, { remedy });
  switch (name) {
    case 'NoSuchBucket':
      return refuse(`there is no bucket ${printable(bucket)}`);
    case 'NoSuchKey':
    case 'NotFound':
      return refuse('there is no such object');
    case 'AccessDenied':
    case 'Forbidden':
      return refuse('access is denied', 'Reading needs s3:GetObject, and for a folder s3:ListBucket.');
    case 'CredentialsProviderError':
      return refuse(
        'there are no credentials for AWS',
        'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or run where a role gives them.',
      );
    case 'InvalidAccessKeyId':
    case 'SignatureDoesNotMatch':
    case 'InvalidToken':
    case 'ExpiredToken':
      return refuse(`the credentials are not accepted (${name})`);
    case 'PermanentRedirect':
    case 'AuthorizationHeaderMalformed':
      return refuse('the bucket is in another region', 'Set AWS_REGION to that of the bucket.');
    case 'SlowDown':
      return new UnavailableError(`${shown} cannot be read: S3 is busy`);
    default: {
      const status = statusOf(error);
      return status === undefined ? unreachable(shown, error) : refusedWith(shown, status);
    }
  }
}

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  return (error.$metadata as { httpStatusCode?: number }).httpStatusCode;
}

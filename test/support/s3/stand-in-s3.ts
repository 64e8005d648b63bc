import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A server that the AWS SDK takes for S3: path-style GetObject and ListObjectsV2. */
export interface StandInS3 {
  /** Its address, and a key that it takes, as variables of the SDK. */
  readonly env: Readonly<Record<string, string>>;
  /** Every request so far, such as `GET /bucket/key 304`. */
  readonly requests: readonly string[];
  /** Objects by bucket and key; change them at will. */
  readonly buckets: Map<string, Map<string, string>>;
  /** Answers every further request so, until it is undefined. */
  refusal: { status: number; code: string } | undefined;
}

const ACCESS_KEY = 'AKIASTANDIN';

/** The most keys on one page of a list. */
const PAGE = 2;

/** Starts one for a test; gone with it. */
export async function startStandInS3(objects: Record<string, string>): Promise<StandInS3> {
  const buckets = new Map<string, Map<string, string>>();
  for (const [address, text] of Object.entries(objects)) {
    const [, bucket = '', key = ''] = /^([^/]+)\/(.*)$/.exec(address) ?? [];
    buckets.set(bucket, (buckets.get(bucket) ?? new Map<string, string>()).set(key, text));
  }
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://s3');
    const [status, body, headers] = answer(request, url);
    requests.push(`${request.method ?? ''} ${decodeURIComponent(url.pathname)} ${status}`);
    send(response, status, body, headers);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) =>
      server.close(() => {
        resolve();
      }),
    );
  });
  const standIn: StandInS3 = {
    env: {
      AWS_ENDPOINT_URL_S3: `http://localhost:${(server.address() as AddressInfo).port}`,
      AWS_REGION: 'eu-north-1',
      AWS_ACCESS_KEY_ID: ACCESS_KEY,
      AWS_SECRET_ACCESS_KEY: 'stand-in-secret',
    },
    requests,
    buckets,
    refusal: undefined,
  };
  return standIn;

  function answer({ headers }: IncomingMessage, url: URL): Answer {
    const { refusal } = standIn;
    if (refusal !== undefined) return error(refusal.status, refusal.code);
    const { authorization = '' } = headers;
    if (authorization === '') return error(403, 'AccessDenied');
    if (!authorization.startsWith(`AWS4-HMAC-SHA256 Credential=${ACCESS_KEY}/`)) {
      return error(403, 'InvalidAccessKeyId');
    }
    const [, bucket = '', key = ''] = /^\/([^/]+)\/?(.*)$/.exec(decodeURIComponent(url.pathname)) ?? [];
    const found = buckets.get(bucket);
    if (found === undefined) return error(404, 'NoSuchBucket');
    if (key === '') return list(found, url.searchParams);
    const text = found.get(key);
    if (text === undefined) return error(404, 'NoSuchKey');
    const etag = etagOf(text);
    return headers['if-none-match'] === etag ? [304, '', { etag }] : [200, text, { etag }];
  }
}

type Answer = [status: number, body: string, headers: Record<string, string>];

function list(objects: ReadonlyMap<string, string>, query: URLSearchParams): Answer {
  const after = query.get('continuation-token') ?? '';
  const prefix = query.get('prefix') ?? '';
  const keys = [...objects.keys()].toSorted().filter((key) => key.startsWith(prefix) && key > after);
  const page = keys.slice(0, PAGE);
  const more = keys.length > PAGE;
  const contents = page.map(
    (key) => `<Contents><Key>${key}</Key><ETag>${etagOf(objects.get(key) ?? '')}</ETag></Contents>`,
  );
  const next = more ? `<NextContinuationToken>${page.at(-1) ?? ''}</NextContinuationToken>` : '';
  const body = `<ListBucketResult>${contents.join('')}<IsTruncated>${more}</IsTruncated>${next}</ListBucketResult>`;
  return [200, body, { 'content-type': 'application/xml' }];
}

/** Its words quote the key's id, as those of the real one do. */
function error(status: number, code: string): Answer {
  const body = `<Error><Code>${code}</Code><Message>not for ${ACCESS_KEY}</Message></Error>`;
  return [status, body, { 'content-type': 'application/xml' }];
}

function send(response: ServerResponse, status: number, body: string, headers: Record<string, string>): void {
  response.writeHead(status, headers).end(status === 304 ? undefined : body);
}

function etagOf(text: string): string {
  return `"${createHash('md5').update(text).digest('hex')}"`;
}

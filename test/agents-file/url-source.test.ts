import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSource } from '../../src/agents-file/open-source.ts';
import { refusedWith, unreachable } from '../../src/agents-file/unreachable.ts';
import { InputError, messageOf, TroupeError } from '../../src/errors.ts';

/** A web server on this machine for one test, and its address. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) =>
      server.close(() => {
        resolve();
      }),
    );
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An address at which nobody listens any more. */
async function closedAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/`;
}

/** What a person is told when a source cannot be read, without the server's address. */
async function told(source: string, timeout?: number): Promise<string> {
  const error = await openSource(source, { cwd: '/', ...(timeout !== undefined && { timeout }) })
    .read()
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  if (!(error instanceof TroupeError)) throw new Error('it did not fail as it should', { cause: error });
  return messageOf(error).replace(/127\.0\.0\.1:\d+/, 'HERE');
}

describe('a source on a web server', () => {
  it('is read whatever its content type, and called by its URL without the query', async () => {
    const base = await serve((request, response) => {
      response.writeHead(200, { 'content-type': 'image/png' }).end(`agents: [] # ${request.url ?? ''}`);
    });
    expect((await openSource(`${base}/a.yaml?token=secret#x`, { cwd: '/' }).read())?.texts).toEqual([
      { file: `${base}/a.yaml`, text: 'agents: [] # /a.yaml?token=secret' },
    ]);
  });

  it('is asked for only when it has changed, by its ETag', async () => {
    let text = 'one';
    const statuses: number[] = [];
    const base = await serve((request, response) => {
      const same = request.headers['if-none-match'] === `"${text}"`;
      statuses.push(same ? 304 : 200);
      response.writeHead(same ? 304 : 200, { etag: `"${text}"` }).end(same ? undefined : text);
    });
    const source = openSource(base, { cwd: '/' });
    const first = await source.read();
    expect(await source.read({ known: first?.version })).toBeUndefined();
    text = 'two';
    expect((await source.read({ known: first?.version }))?.texts[0]?.text).toBe('two');
    expect(statuses).toEqual([200, 304, 200]);
  });

  it('is compared by what it says where the server gives no ETag', async () => {
    let text = 'one';
    const base = await serve((_, response) => response.end(text));
    const source = openSource(base, { cwd: '/' });
    const first = await source.read();
    expect(await source.read({ known: first?.version })).toBeUndefined();
    text = 'two';
    expect((await source.read({ known: first?.version }))?.texts[0]?.text).toBe('two');
  });

  it('follows redirects on the same scheme', async () => {
    const base = await serve((request, response) => {
      if (request.url === '/new') response.end('moved');
      else response.writeHead(302, { location: '/new' }).end();
    });
    expect((await openSource(`${base}/old`, { cwd: '/' }).read())?.texts).toEqual([
      { file: `${base}/old`, text: 'moved' },
    ]);
  });

  it.each<[title: string, location: string, message: string]>([
    ['to another scheme', 'https://127.0.0.1/', 'it redirects to where it is not followed; only http: is'],
    ['to a file', 'file:///etc/passwd', 'it redirects to where it is not followed; only http: is'],
    [
      'off this machine over http',
      'http://example.org/',
      'it redirects to where it is not followed; only http: is',
    ],
    ['without end', '/', 'it redirects more than 5 times'],
  ])('is not read when it redirects %s', async (_, location, message) => {
    const base = await serve((_request, response) => response.writeHead(302, { location }).end());
    expect(await told(`${base}/`)).toBe(`http://HERE/ cannot be read: ${message}`);
  });

  it.each([
    [404, 'there is nothing there (404)'],
    [403, 'access is denied (403)'],
    [500, 'the server answered 500'],
  ])('tells of the status %i, and never of the query', async (status, message) => {
    const base = await serve((_, response) => response.writeHead(status).end('secret'));
    expect(await told(`${base}/a.yaml?token=secret`)).toBe(`http://HERE/a.yaml cannot be read: ${message}`);
  });

  it('is given up when the server takes too long, also within the file', async () => {
    const base = await serve((request, response) => {
      if (request.url === '/half') response.write('agents:');
    });
    expect(await told(`${base}/none`, 50)).toBe('http://HERE/none cannot be read: it took too long');
    expect(await told(`${base}/half`, 50)).toBe('http://HERE/half cannot be read: it took too long');
  });

  it('is not read to its end when it has none', async () => {
    const base = await serve((_, response) => {
      const more = (): void => {
        while (response.write('#'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    });
    expect(await told(`${base}/`)).toBe(
      'http://HERE/:1:1: the file is larger than 1 MiB; split it and load the folder',
    );
  });

  it('tells when the connection is refused, or is none of TLS', async () => {
    const base = await serve((_, response) => response.end());
    const tls = await told(base.replace('http', 'https'));
    expect(tls).toMatch(/^https:\/\/HERE\/ cannot be read: its TLS connection failed \(\w+\)$/);
    expect(await told(await closedAddress())).toBe(
      'http://HERE/ cannot be read: it cannot be reached (ECONNREFUSED)',
    );
  });

  it.each<[source: string, message: string]>([
    [
      'http://example.org/a.yaml?key=secret',
      'http://example.org/a.yaml cannot be read: http is only for this machine; use https',
    ],
    [
      'https://u:secret@example.org/',
      'https://example.org/ cannot be read: a URL with a password in it is not taken',
    ],
    ['https://', 'the source is no valid URL'],
    [
      'ftp://example.org/a',
      'ftp: is not known as a source; known are a path, file:, https:, s3: and - for standard input',
    ],
  ])('is refused before anything is asked: %s', (source, message) => {
    expect(() => openSource(source, { cwd: '/' })).toThrow(new InputError(message));
  });
});

describe('what went wrong with a request', () => {
  const failed = (code: string): Error =>
    new TypeError('fetch failed ?token=secret', { cause: Object.assign(new Error('secret'), { code }) });

  it.each<[code: string, message: string]>([
    ['ENOTFOUND', 'its host is not known (ENOTFOUND)'],
    ['EAI_AGAIN', 'its host is not known (EAI_AGAIN)'],
    ['ECONNRESET', 'it cannot be reached (ECONNRESET)'],
    ['UND_ERR_CONNECT_TIMEOUT', 'it cannot be reached (UND_ERR_CONNECT_TIMEOUT)'],
    ['CERT_HAS_EXPIRED', 'its TLS connection failed (CERT_HAS_EXPIRED)'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its TLS connection failed (DEPTH_ZERO_SELF_SIGNED_CERT)'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'its TLS connection failed (UNABLE_TO_VERIFY_LEAF_SIGNATURE)'],
    ['ESTRANGE', 'the request failed (ESTRANGE)'],
    ['a secret', 'the request failed'],
  ])('is told by its code alone: %s', (code, message) => {
    expect(messageOf(unreachable('x', failed(code)))).toBe(`x cannot be read: ${message}`);
  });

  it('says which refusals may pass', () => {
    const passing = [400, 404, 403, 429, 500, 503].filter((status) => refusedWith('x', status).retryable);
    expect(passing).toEqual([429, 500, 503]);
  });
});

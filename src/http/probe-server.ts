import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from '../observability/logger.ts';
import { type HostFacts, readinessOf } from './readiness.ts';

/** What {@link startProbeServer} needs. */
export interface ProbeServerOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly facts: () => HostFacts;
  /** What `GET /metrics` answers. Default: there is no such thing. */
  readonly metrics?: () => Promise<{ readonly contentType: string; readonly body: string }>;
  readonly logger: Logger;
}

/** Answers probes. */
export interface ProbeServer {
  /** Where it listens; undefined when it could not. */
  readonly url: string | undefined;
  stop(): Promise<void>;
}

/**
 * Answers `GET /liveness` (the process turns), `GET /readiness` (it does its work) and `GET /metrics`, without a login and with nothing
 * secret. A port that is taken is logged: bots matter more than probes.
 */
export async function startProbeServer({
  host,
  port,
  facts,
  metrics,
  logger,
}: ProbeServerOptions): Promise<ProbeServer> {
  const server = createServer((request, response) => {
    if (metrics !== undefined && isForMetrics(request)) void answerMetrics(request, response, metrics);
    else answer(request, response, facts);
  });
  server.unref();
  const { promise, resolve } = Promise.withResolvers<Error | undefined>();
  server.once('error', resolve);
  server.listen(port, host, () => {
    resolve(undefined);
  });
  const error = await promise;
  if (error !== undefined) {
    logger.warn('health cannot be asked for: the address is taken, or not ours. Set HTTP_HOST or HTTP_PORT', {
      address: `${host}:${port}`,
      error,
    });
    return { url: undefined, stop: () => Promise.resolve() };
  }
  const shown = host.includes(':') ? `[${host}]` : host;
  const url = `http://${shown}:${(server.address() as AddressInfo).port}`;
  logger.debug('health can be asked for', { liveness: `${url}/liveness`, readiness: `${url}/readiness` });
  return {
    url,
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function isForMetrics({ method, url = '/' }: IncomingMessage): boolean {
  return (method === 'GET' || method === 'HEAD') && url.split('?')[0] === '/metrics';
}

async function answerMetrics(
  { method }: IncomingMessage,
  response: ServerResponse,
  metrics: NonNullable<ProbeServerOptions['metrics']>,
): Promise<void> {
  const { contentType, body } = await metrics().catch((error: unknown) => ({
    contentType: undefined,
    body: `${error instanceof Error ? error.name : 'an error'} while metrics were read\n`,
  }));
  response.writeHead(contentType === undefined ? 500 : 200, {
    'content-type': contentType ?? 'text/plain',
    'cache-control': 'no-store',
  });
  response.end(method === 'HEAD' ? undefined : body);
}

function answer(
  { method, url = '/' }: IncomingMessage,
  response: ServerResponse,
  facts: () => HostFacts,
): void {
  const [path] = url.split('?');
  const send = (status: number, body: object): void => {
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(method === 'HEAD' ? undefined : `${JSON.stringify(body)}\n`);
  };
  if (path !== '/liveness' && path !== '/readiness') send(404, { message: 'there is nothing here' });
  else if (method !== 'GET' && method !== 'HEAD') send(405, { message: 'only GET and HEAD' });
  else if (path === '/liveness') send(200, { message: 'OK' });
  else {
    const { status, body } = readinessOf(facts());
    send(status, body);
  }
}

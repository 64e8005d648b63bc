import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from '../observability/logger.ts';

/** What one path that needs no login answers. */
export interface ProbeAnswer {
  readonly status: number;
  /** Default: JSON. */
  readonly contentType?: string;
  readonly body: string;
}

/** Answers one path that needs no login, and tells nothing secret. */
export type Probe = () => ProbeAnswer | Promise<ProbeAnswer>;

/** Answers everything but the probes. */
export interface HttpApp {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  readonly close: () => Promise<void>;
}

/** What {@link startHttpServer} needs. */
export interface HttpServerOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** By path, such as `/liveness`. They are there for load balancers: whatever their Host header says. */
  readonly probes: Readonly<Record<string, Probe>>;
  /** Opens what answers everything else, at the first request for it: it takes megabytes. Default: nothing does. */
  readonly openApp?: () => Promise<HttpApp>;
  readonly logger: Logger;
}

/** Listens for HTTP. */
export interface HttpServer {
  /** Where it listens; undefined when it could not. */
  readonly url: string | undefined;
  stop(): Promise<void>;
}

/**
 * Answers probes by itself, and hands everything else to an app that is opened when it is first needed. A port that is
 * taken is logged: bots matter more than probes.
 */
export async function startHttpServer({
  host,
  port,
  probes,
  openApp,
  logger,
}: HttpServerOptions): Promise<HttpServer> {
  let app: Promise<HttpApp> | undefined;
  const server = createServer((request, response) => {
    const probe = probes[pathOf(request)];
    if (probe !== undefined) void answer(request, response, probe, logger);
    else if (openApp === undefined) send(request, response, NOTHING);
    else {
      app ??= openApp().catch((error: unknown) => {
        // The next request may find it well again.
        app = undefined;
        throw error;
      });
      app.then(
        ({ handle }) => {
          handle(request, response);
        },
        (error: unknown) => {
          logger.error('the admin API could not be opened', { error });
          send(request, response, BROKEN);
        },
      );
    }
  });
  server.unref();
  const { promise, resolve } = Promise.withResolvers<Error | undefined>();
  server.once('error', resolve);
  server.listen(port, host, () => {
    resolve(undefined);
  });
  const error = await promise;
  if (error !== undefined) {
    logger.warn(
      'nothing can be asked for over HTTP: the address is taken, or not ours. Set HTTP_HOST or HTTP_PORT',
      {
        address: `${host}:${port}`,
        error,
      },
    );
    return { url: undefined, stop: () => Promise.resolve() };
  }
  const shown = host.includes(':') ? `[${host}]` : host;
  const url = `http://${shown}:${(server.address() as AddressInfo).port}`;
  logger.debug('listens for HTTP', { url, probes: Object.keys(probes) });
  return {
    url,
    async stop() {
      const opened = await app?.catch(() => undefined);
      await opened?.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

const NOTHING: ProbeAnswer = { status: 404, body: '{"message":"there is nothing here"}\n' };
const ONLY_READ: ProbeAnswer = { status: 405, body: '{"message":"only GET and HEAD"}\n' };
const BROKEN: ProbeAnswer = { status: 500, body: '{"message":"it does not work; the log says why"}\n' };

function pathOf({ url = '/' }: IncomingMessage): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  probe: Probe,
  logger: Logger,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    send(request, response, ONLY_READ);
    return;
  }
  try {
    send(request, response, await probe());
  } catch (error) {
    logger.error('a probe failed', { path: pathOf(request), error });
    send(request, response, BROKEN);
  }
}

function send(
  { method }: IncomingMessage,
  response: ServerResponse,
  { status, contentType = 'application/json', body }: ProbeAnswer,
): void {
  response.writeHead(status, {
    'content-type': contentType,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(method === 'HEAD' ? undefined : body);
}

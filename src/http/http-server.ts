import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from '../observability/logger.ts';
import { BACK_OFFS } from '../recovery/back-offs.ts';
import { logDefects, type PartWatch } from '../util/part-watch.ts';
import { repeat } from '../util/repeat.ts';
import { answerProbe, BROKEN, NOTHING, pathOf, type Probe, type ProbeAnswer, send } from './probe.ts';
import { ResponsesInFlight } from './responses-in-flight.ts';

/** Answers everything but the probes. */
export interface HttpApp {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** Ends what would not end by itself. What it was handed before is answered all the same. */
  readonly close: () => Promise<void>;
}

/** What is served at one time of a host's life. */
export interface HttpSite {
  /** By path, such as `/liveness`. They are there for load balancers: whatever their Host header says. */
  readonly probes: Readonly<Record<string, Probe>>;
  /** Opens what answers everything else, at the first request for it: it takes megabytes. Default: {@link elsewhere}. */
  readonly openApp?: () => Promise<HttpApp>;
  /** What is answered to everything else where there is no app. Default: 404. */
  readonly elsewhere?: ProbeAnswer;
}

/** What {@link startHttpServer} needs. */
export interface HttpServerOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** What is served first. */
  readonly site: HttpSite;
  readonly logger: Logger;
  /** Hears whether it listens. Default: defects are logged. */
  readonly watch?: PartWatch;
  /** How long after it could not listen it tries again, in milliseconds. */
  readonly retryInterval?: number;
  /** How long requests in flight may take when their app is closed, in milliseconds. Default: 5 seconds. */
  readonly patience?: number;
}

/** Listens for HTTP. */
export interface HttpServer {
  /** Where it listens; undefined while it cannot. */
  readonly url: string | undefined;
  /** Resolves with the address as soon as it listens. */
  readonly listening: Promise<string>;
  /** Serves this from now on; resolves once the app of before is closed, and has answered what it was asked. */
  serve(site: HttpSite): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Answers probes by itself, and hands everything else to an app that is opened when it is first needed. An address that
 * is taken is logged and tried again: bots matter more than probes.
 */
export async function startHttpServer({
  host,
  port,
  site: firstSite,
  logger,
  watch = logDefects('http', logger),
  retryInterval = BACK_OFFS.listen.base,
  patience = 5_000,
}: HttpServerOptions): Promise<HttpServer> {
  let site = firstSite;
  let app: Promise<HttpApp> | undefined;
  const inFlight = new ResponsesInFlight();
  const server = createServer((request, response) => {
    const { probes, openApp, elsewhere = NOTHING } = site;
    const probe = probes[pathOf(request)];
    if (probe !== undefined) void answerProbe(request, response, probe, logger);
    else if (openApp === undefined) send(request, response, elsewhere);
    else {
      inFlight.add(response);
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
  // Such as a connection that cannot be accepted for want of file descriptors: it goes on listening.
  server.on('error', (error) => {
    if (server.listening) logger.warn('a connection over HTTP could not be taken', { error });
  });
  const { promise: listening, resolve: listens } = Promise.withResolvers<string>();
  const url = (): string | undefined => (server.listening ? urlOf(server, host) : undefined);
  let failures = 0;

  /** Unless it does. */
  async function listen(): Promise<void> {
    if (server.listening) return;
    const error = await tryToListen(server, host, port);
    if (error === undefined) {
      if (failures > 0) logger.info('can be asked over HTTP by now', { url: url() });
      else logger.debug('listens for HTTP', { url: url() });
      listens(url() ?? '');
      watch.worked();
      return;
    }
    failures += 1;
    watch.failed(error);
    if (failures > 1) return;
    logger.warn(
      'nothing can be asked for over HTTP: the address is taken, or not ours. Free it, or set HTTP_HOST or HTTP_PORT',
      { address: `${host}:${port}`, error, retryInMs: retryInterval },
    );
  }

  await listen();
  const trying = repeat(listen, () => retryInterval, { watch });
  const closeApp = async (): Promise<void> => {
    const closing = app;
    app = undefined;
    await (await closing?.catch(() => undefined))?.close();
    const cut = await inFlight.settle(patience);
    if (cut > 0)
      logger.warn('requests over HTTP took too long to be finished, and were cut off', { requests: cut });
  };
  return {
    get url() {
      return url();
    },
    listening,
    async serve(next) {
      site = next;
      await closeApp();
    },
    async stop() {
      await trying.stop();
      await closeApp();
      server.closeAllConnections();
      if (server.listening) await new Promise((done) => server.close(done));
    },
  };
}

/** @returns what was in the way */
async function tryToListen(server: Server, host: string, port: number): Promise<Error | undefined> {
  const { promise, resolve } = Promise.withResolvers<Error | undefined>();
  const done = (error?: Error): void => {
    server.off('error', done).off('listening', done);
    resolve(error);
  };
  server.once('error', done).once('listening', done);
  server.listen(port, host);
  return promise;
}

function urlOf(server: Server, host: string): string {
  const shown = host.includes(':') ? `[${host}]` : host;
  return `http://${shown}:${(server.address() as AddressInfo).port}`;
}

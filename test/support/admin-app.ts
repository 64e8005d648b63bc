import { once } from 'node:events';
import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as httpRequest,
  type RequestOptions,
} from 'node:http';
import { onTestFinished } from 'vitest';
import { createFirstRunCode } from '../../src/access/first-run-code.ts';
import { createPasswords } from '../../src/access/password.ts';
import type { Role } from '../../src/access/role.ts';
import type { HttpConfig } from '../../src/config/config.ts';
import type { Database } from '../../src/database/open-database.ts';
import { type AdminOptions, openAdmin } from '../../src/http/admin/open-admin.ts';
import { startHttpServer } from '../../src/http/http-server.ts';
import { stageParts } from './api-stage.ts';
import { collectingLogger, type CollectingLogger } from './collecting-logger.ts';
import { testDatabase } from './test-database.ts';

/** A password that is long enough. */
export const PASSWORD = 'correct horse battery';

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body, as JSON. */
  readonly json: Record<string, unknown>;
}

/** Asks for something as no `fetch` may: with any Host, Origin and Cookie. */
export type Ask = (
  method: string,
  path: string,
  options?: {
    readonly headers?: Record<string, string>;
    readonly json?: unknown;
    readonly form?: Record<string, string>;
    /** As it is. */
    readonly body?: string;
  },
) => Promise<Answer>;

/** A running admin app. */
export interface AdminStage {
  readonly url: string;
  /** As its own page would: `127.0.0.1:PORT`. */
  readonly host: string;
  readonly database: Database;
  readonly logger: CollectingLogger;
  readonly ask: Ask;
  /** The code that was shown last. */
  readonly code: () => string;
  /** Makes somebody, and logs them in. */
  readonly login: (name: string, role: Role) => Promise<Record<string, string>>;
}

/** Starts the admin app on a database of its own, without an admin. */
export async function startAdmin(
  options: {
    readonly database?: Database;
    readonly http?: Partial<HttpConfig>;
    readonly more?: AdminOptions['more'];
    readonly onRoute?: AdminOptions['onRoute'];
    readonly streams?: AdminOptions['streams'];
    readonly parts?: Partial<AdminOptions['parts']>;
    readonly now?: () => number;
  } = {},
): Promise<AdminStage> {
  const database = options.database ?? (await (await testDatabase()).open());
  const logger = collectingLogger();
  const http = {
    host: '127.0.0.1',
    port: 0,
    allowedHosts: [],
    allowedOrigins: [],
    trustedProxies: [],
    ...options.http,
  };
  let shown = '';
  const firstRun = createFirstRunCode({ now: options.now ?? Date.now, show: (code) => (shown = code) });
  firstRun.offer();
  const server = await startHttpServer({
    ...http,
    host: '127.0.0.1',
    site: {
      probes: { '/liveness': () => ({ status: 200, body: '{"message":"OK"}' }) },
      openApp: () =>
        openAdmin({
          http,
          stores: database,
          storesFor: (actor) => database.storesFor(actor),
          firstRun,
          parts: { ...stageParts(database, logger).parts, ...options.parts },
          ...(options.streams !== undefined && { streams: options.streams }),
          ...(options.more !== undefined && { more: options.more }),
          ...(options.onRoute !== undefined && { onRoute: options.onRoute }),
        }),
    },
    logger,
  });
  onTestFinished(() => server.stop());
  const url = server.url ?? '';
  const { host } = new URL(url);
  const ask = askOf(url);
  return {
    url,
    host,
    database,
    logger,
    ask,
    code: () => shown,
    async login(name, role) {
      const passwordHash = await createPasswords({ memory: 64, passes: 1, parallelism: 1 }).hash(PASSWORD);
      await database.adminUsers.create({ name, role, passwordHash });
      const { headers, json } = await ask('POST', '/api/session', { json: { name, password: PASSWORD } });
      const cookie = (headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '';
      return { cookie, 'x-csrf-token': String(json['csrf_token']) };
    },
  };
}

function askOf(base: string): Ask {
  return async (method, path, { headers = {}, json, form, body: plain } = {}) => {
    const body =
      plain ?? (json === undefined ? form && new URLSearchParams(form).toString() : JSON.stringify(json));
    const type = json === undefined ? 'application/x-www-form-urlencoded' : 'application/json';
    const options: RequestOptions = {
      method,
      agent: false,
      headers: {
        ...(body !== undefined && { 'content-type': type, 'content-length': Buffer.byteLength(body) }),
        ...headers,
      },
    };
    const request = httpRequest(new URL(path, base), options);
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.setEncoding('utf8');
    let text = '';
    for await (const part of response as AsyncIterable<string>) text += part;
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: text,
      get json() {
        return JSON.parse(text) as Record<string, unknown>;
      },
    };
  };
}

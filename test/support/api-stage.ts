import { onTestFinished } from 'vitest';
import type { Actor } from '../../src/audit/audit-log.ts';
import type { BotCommand } from '../../src/bots/bot-command.ts';
import { estimateCapacity } from '../../src/capacity/estimate-capacity.ts';
import type { Database } from '../../src/database/open-database.ts';
import { HostEvents } from '../../src/events/host-events.ts';
import type { Guard } from '../../src/http/admin/admin-app.ts';
import type { ActorStores, ApiParts } from '../../src/http/admin/api-parts.ts';
import { type AdminApiOptions, openAdminApi } from '../../src/http/admin/open-admin-api.ts';
import { isUnavailable } from '../../src/database/database-errors.ts';
import { startHttpServer } from '../../src/http/http-server.ts';
import type { Incident } from '../../src/recovery/incident.ts';
import { uuidV7 } from '../../src/util/uuid-v7.ts';
import { collectingLogger, type CollectingLogger } from './collecting-logger.ts';
import { type Caller, fakeGuard, headersOf } from './fake-guard.ts';
import { testDatabase } from './test-database.ts';

/** An answer of the API. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed where it is JSON. */
  readonly body: Record<string, unknown>;
  readonly text: string;
}

/** What a test says of a request. */
export interface Call {
  readonly as?: Caller | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The admin API over HTTP, on a database. */
export interface ApiStage {
  readonly url: string;
  readonly database: Database;
  readonly events: HostEvents;
  readonly logger: CollectingLogger;
  /** Who wrote, once for each time that stores were asked for. */
  readonly actors: Actor[];
  readonly commands: BotCommand[];
  readonly incidents: Incident[];
  /** Every route, as it was registered. */
  readonly routes: readonly { readonly method: string; readonly url: string; readonly needs: unknown }[];
  /** Asks as an operator where nothing else is said. */
  readonly call: (method: string, path: string, call?: Call) => Promise<Answer>;
  readonly stop: () => Promise<void>;
}

/** How the stage differs from one with the fake guard and a database of its own. */
export interface ApiStageOptions extends Partial<Pick<AdminApiOptions, 'streams'>> {
  readonly guard?: Guard;
  readonly database?: Database;
  readonly parts?: Partial<ApiParts>;
}

/** What the admin API works with on a database, and what was asked of it. */
export interface StagedParts extends Pick<
  ApiStage,
  'database' | 'events' | 'logger' | 'actors' | 'commands' | 'incidents'
> {
  readonly parts: ApiParts;
}

/** Parts of the admin API on this database, with commands and incidents that are kept in memory. */
export function stageParts(database: Database, logger = collectingLogger()): StagedParts {
  const events = new HostEvents({ now: () => new Date() });
  const actors: Actor[] = [];
  const commands: BotCommand[] = [];
  const incidents: Incident[] = [];
  const send: ActorStores['commands']['send'] = ({ agentId, order, requestedBy, expiresAt }) => {
    const made = { id: uuidV7(Date.now()), agentId, order, requestedBy, requestedAt: new Date(), expiresAt };
    const command = { ...made, state: 'pending', result: '', finishedAt: undefined } as const;
    commands.unshift(command);
    return Promise.resolve(command);
  };
  const parts: ApiParts = {
    storesFor: (actor) => {
      actors.push(actor);
      const { agents, settings, exchangeLog: exchanges, memory, erasures } = database;
      return { agents, settings, exchanges, memory, erasures, commands: { send } };
    },
    agents: database.agents,
    leases: database.leases,
    bots: () => new Map(),
    testAgent: () => Promise.resolve([{ name: 'settings', status: 'ok', message: 'fit the type' }]),
    inviteUrl: (id) => `https://invite.test/${id}`,
    commands: {
      list: ({ limit, before }) =>
        Promise.resolve(commands.filter(({ id }) => before === undefined || id < before).slice(0, limit)),
      get: (id) => Promise.resolve(commands.find((command) => command.id === id)),
    },
    exchanges: database.exchangeLog,
    memory: database.memory,
    userData: database.userData,
    erasures: database.erasures,
    usageReports: database.usageReports,
    hostBudget: () => ({ nanoUsd: 1_000_000_000 }),
    settings: database.settings,
    env: { SECRET_KEY: 'bm90IGEgcmVhbCBrZXkgYnV0IDMyIGJ5dGVzIGxvbmch', LOG_LEVEL: 'warn' },
    cwd: '/',
    audit: {
      list: () => Promise.resolve([]),
      verify: () => Promise.resolve({ isWhole: true, entries: 0n, lastHash: '' }),
    },
    capacity: () =>
      estimateCapacity({
        bots: 0,
        maxBots: 50,
        memory: { used: 2 ** 27, before: 2 ** 27, limit: 2 ** 30, free: 2 ** 29 },
        databaseLanes: 1,
        samples: [],
      }),
    incidents: { list: ({ limit }) => Promise.resolve(incidents.slice(0, limit)) },
    events,
    isOutage: isUnavailable,
    idempotency: database.idempotency,
    logger,
    now: () => new Date(),
  };
  return { parts, database, events, logger, actors, commands, incidents };
}

/** Opens the admin API, as a host does, on a port of its own; closed with the test. */
export async function openApi(options: ApiStageOptions = {}): Promise<ApiStage> {
  const staged = stageParts(options.database ?? (await (await testDatabase()).open()));
  const { database, events, logger, actors, commands, incidents } = staged;
  const parts = { ...staged.parts, ...options.parts };
  const routes: { method: string; url: string; needs: unknown }[] = [];
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    site: {
      probes: {},
      openApp: () =>
        openAdminApi({
          guard: options.guard ?? fakeGuard,
          parts,
          onRoute: (route) => routes.push(route),
          ...(options.streams !== undefined && { streams: options.streams }),
        }),
    },
    logger,
  });
  onTestFinished(() => server.stop());
  const url = server.url ?? '';
  const call: ApiStage['call'] = async (method, path, { as = 'operator', body, headers = {} } = {}) => {
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...headersOf(as), ...json, ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
    const parsed = isJson ? (JSON.parse(text) as Record<string, unknown>) : {};
    return { status: response.status, headers: response.headers, body: parsed, text };
  };
  return {
    url,
    database,
    events,
    logger,
    actors,
    commands,
    incidents,
    routes,
    call,
    stop: () => server.stop(),
  };
}

import type { HttpApp } from '../http-server.ts';
import { type AdminAppOptions, type Guard, openAdminApp } from './admin-app.ts';
import type { ApiParts } from './api-parts.ts';
import type { EventStreamsOptions } from './event-stream.ts';
import { addIdempotency } from './idempotency.ts';
import type { AddRoutes } from './route.ts';
import { addAgentOrderRoutes } from './routes/agent-orders.ts';
import { addAgentRoutes } from './routes/agents.ts';
import { addAuditRoutes } from './routes/audit.ts';
import { addCapacityRoutes } from './routes/capacity.ts';
import { addCommandRoutes } from './routes/commands.ts';
import { addEventRoutes } from './routes/events.ts';
import { addExchangeRoutes } from './routes/exchanges.ts';
import { addIncidentRoutes } from './routes/incidents.ts';
import { addMemoryRoutes } from './routes/memory.ts';
import { addSettingRoutes } from './routes/settings.ts';
import { addUsageRoutes } from './routes/usage.ts';
import { addUserRoutes } from './routes/users.ts';

/** What {@link openAdminApi} needs. */
export interface AdminApiOptions extends Pick<AdminAppOptions, 'onRoute'> {
  readonly guard: Guard;
  readonly parts: ApiParts;
  /** Other routes. Default: none. */
  readonly more?: AdminAppOptions['routes'];
  /** The bounds of the streams of events, where they are others than by default. */
  readonly streams?: Omit<EventStreamsOptions, 'source'>;
}

/** Opens the admin API with all of its routes. */
export function openAdminApi(options: AdminApiOptions): Promise<HttpApp> {
  const { guard, parts, streams = {}, more = [], onRoute } = options;
  const all: readonly AddRoutes[] = [
    addAgentRoutes,
    addAgentOrderRoutes,
    addCommandRoutes,
    addExchangeRoutes,
    addMemoryRoutes,
    addUserRoutes,
    addUsageRoutes,
    addSettingRoutes,
    addIncidentRoutes,
    addCapacityRoutes,
    addAuditRoutes,
    addEventRoutes(streams),
  ];
  return openAdminApp({
    guard,
    routes: [
      (app) => {
        addIdempotency(app, parts);
      },
      ...all.map((add) => (app: Parameters<AddRoutes>[0]) => {
        add(app, parts);
      }),
      ...more,
    ],
    logger: parts.logger,
    isOutage: parts.isOutage,
    ...(onRoute !== undefined && { onRoute }),
  });
}

import type { Route } from './router.ts';
import { applicationRoutes } from './routes-applications.ts';
import { channelRoutes } from './routes-channels.ts';
import { gatewayRoutes } from './routes-gateway.ts';
import { guildRoutes } from './routes-guilds.ts';
import { interactionRoutes } from './routes-interactions.ts';
import { messageRoutes } from './routes-messages.ts';
import { userRoutes } from './routes-users.ts';

/** Everything that the REST side can be asked. */
export const routes: readonly Route[] = [
  ...gatewayRoutes,
  ...userRoutes,
  ...applicationRoutes,
  ...guildRoutes,
  ...channelRoutes,
  ...messageRoutes,
  ...interactionRoutes,
];

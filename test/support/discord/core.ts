import type { Faults } from './faults.ts';
import type { GatewayEvents } from './gateway-events.ts';
import type { GatewayServer } from './gateway-server.ts';
import type { Happenings } from '../happenings.ts';
import type { Interactions } from './interactions.ts';
import type { MessageBoard } from './message-board.ts';
import type { Nonces } from './nonces.ts';
import type { Observers } from './observers.ts';
import type { Settings } from './options.ts';
import type { RateLimits } from './rate-limits.ts';
import type { Snowflakes } from './snowflakes.ts';
import type { Violations } from './violations.ts';
import type { World } from './world.ts';

/** The parts of one stand-in Discord, for one another. */
export interface Core {
  readonly settings: Settings;
  readonly ids: Snowflakes;
  readonly violations: Violations;
  readonly happenings: Happenings;
  readonly observers: Observers;
  readonly world: World;
  readonly events: GatewayEvents;
  readonly gateway: GatewayServer;
  readonly board: MessageBoard;
  readonly interactions: Interactions;
  readonly faults: Faults;
  readonly rateLimits: RateLimits;
  readonly nonces: Nonces;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** Milliseconds since 1970, by the clock of the options. */
  now(): number;
}

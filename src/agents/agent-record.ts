import type { AgentDefinition } from './agent-definition.ts';

/**
 * Where a bot stands.
 *
 * - `stopped`: not running, because it is disabled or the host is down.
 * - `off-discord`: enabled, but it has no token.
 * - `left-out`: enabled, but the pool is full.
 * - `starting`: being checked, connecting or resuming.
 * - `ready`: connected; answers.
 * - `reconnecting`: the connection was lost and is being resumed.
 * - `backing-off`: a failure that may pass; tried again later.
 * - `parked`: a failure that needs a person; tried again when its token or settings change.
 */
export type BotState =
  'stopped' | 'off-discord' | 'left-out' | 'starting' | 'ready' | 'reconnecting' | 'backing-off' | 'parked';

/** A bot's state as the agents table keeps it. */
export interface BotStatus {
  readonly state: BotState;
  /** Why, and what to do about it; empty where the state says it all. */
  readonly reason: string;
}

/** Who a token belongs to, as Discord told. */
export interface BotIdentity {
  readonly applicationId: string;
  readonly userId: string;
  readonly username: string;
}

/** A row of the agents table. Secrets in its config are as they are stored: encrypted. */
export interface AgentRecord extends AgentDefinition {
  readonly id: string;
  /** The token as it is stored: encrypted. Undefined when the agent has none. Changes when the token does. */
  readonly sealedToken: string | undefined;
  /** Known once the token was accepted. */
  readonly identity: BotIdentity | undefined;
  readonly status: BotStatus;
  readonly createdAt: Date;
}

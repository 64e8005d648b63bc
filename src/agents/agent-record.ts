import type { AgentDefinition } from './agent-definition.ts';

/** The states of {@link BotState}. */
export const BOT_STATES = [
  'stopped',
  'off-discord',
  'left-out',
  'starting',
  'ready',
  'reconnecting',
  'backing-off',
  'parked',
] as const;

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
export type BotState = (typeof BOT_STATES)[number];

/** A bot's state as the agents table keeps it. */
export interface BotStatus {
  readonly state: BotState;
  /** Why, and what to do about it; empty where the state says it all. */
  readonly reason: string;
}

/**
 * What a bot shows beside its name, in Discord's words.
 *
 * @see https://discord.com/developers/docs/events/gateway-events#update-presence
 */
export interface BotPresence {
  readonly status: 'online' | 'idle' | 'dnd' | 'invisible';
  /** What it is doing; `custom` shows the text alone. */
  readonly activity?: BotActivity | undefined;
}

/** What a bot is shown to be doing. */
export interface BotActivity {
  readonly type: 'playing' | 'listening' | 'watching' | 'competing' | 'custom';
  readonly text: string;
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
  /** Rises with each change of its definition or token. */
  readonly version: number;
  /** Since when it answers nobody, though its bot stays connected; undefined: it answers. */
  readonly pausedAt: Date | undefined;
  /** What its bot shows on Discord; undefined: online, and nothing else. */
  readonly presence: BotPresence | undefined;
  readonly createdAt: Date;
  /** Of its definition or token. */
  readonly updatedAt: Date;
}

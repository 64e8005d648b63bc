import type { AgentDefinition } from '../agents/agent-definition.ts';
import type { Agent } from '../agents/agent.ts';
import type { BotIdentity, BotPresence } from '../agents/agent-record.ts';
import type { Pause } from '../agents/pause.ts';
import type { Lease } from '../leases/lease.ts';
import type { BotFailure } from './bot-failure.ts';
import type { GatewaySession } from './gateway-session.ts';

/** A bot as those see it who bring it messages and answer them: always its present settings. */
export interface BotView {
  readonly agentId: string;
  /** The settings in force now. A change in the agents table shows here without a reconnect. */
  readonly definition: AgentDefinition;
  /** What answers, under the settings in force now. */
  readonly agent: Agent;
  /** This process's right to run it. */
  readonly lease: Lease;
  /** The time during which it answers nobody, the last one; undefined: it was never paused. */
  readonly pause: Pause | undefined;
  /** What it is to show on Discord; undefined: that it is online, and nothing else. */
  readonly presence: BotPresence | undefined;
}

/** What Discord tells of a token before anything is spent on it. */
export interface Inspection {
  readonly identity: BotIdentity;
  /** Whether the application may receive the content of messages that do not mention it. */
  readonly messageContent: boolean;
  /** Where to connect. */
  readonly gatewayUrl: string;
  /** IDENTIFYs that Discord still grants, and when the count begins anew. */
  readonly identifies: { readonly remaining: number; readonly resetAt: Date };
}

/** How to connect. */
export interface ConnectOptions {
  readonly identity: BotIdentity;
  /** Go on with this session; without one, identify. */
  readonly session: GatewaySession | undefined;
  /** Needed for an IDENTIFY. */
  readonly inspection: Inspection | undefined;
  /** Awaited right before an IDENTIFY goes out; when it rejects, none does. */
  readonly beforeIdentify: () => Promise<void>;
}

/** One live connection to the gateway. */
export interface Connection {
  /** Whether Discord sends the content of all messages, not just of those that address the bot. */
  readonly messageContent: boolean;
  /** The last round trip of a heartbeat, in milliseconds; undefined while there was none. */
  readonly latencyMs: number | undefined;
  /** The session as far as everything that came is admitted; undefined before there is one. */
  session(): GatewaySession | undefined;
  /** Resolves when the connection is over by itself, with the reason; never when it was closed on purpose. */
  readonly ended: Promise<BotFailure>;
  /**
   * Has Discord show what the bot is to show by now, unless it does.
   *
   * @param options - anew: Discord is told in any case
   */
  showPresence(options?: { anew?: boolean }): void;
  /**
   * Ends the connection. With `resumable` the session lives on for another connection, and with it the bot's
   * presence on Discord; without, the bot goes offline at once.
   */
  close(options: { resumable: boolean }): Promise<void>;
}

/** What a token opens: one application's REST side and gateway. */
export interface Account {
  /**
   * Asks Discord over REST who this is and what it may do; spends no IDENTIFY.
   *
   * @throws {BotFailure}; `signal` gives up.
   */
  inspect(signal: AbortSignal): Promise<Inspection>;
  /**
   * Connects, and resolves once Discord says that the bot is ready or its session resumed.
   *
   * @throws {BotFailure} when it does not come to that; `signal` gives up.
   */
  connect(options: ConnectOptions, signal: AbortSignal): Promise<Connection>;
  /** Lets go of what runs by the clock. Answers that were begun are still delivered. */
  close(): void;
}

/** Opens the account that a token belongs to, for this bot. Sends nothing yet. */
export type OpenAccount = (bot: BotView, token: string) => Account;

import type { BotPresence } from '../agents/agent-record.ts';

/**
 * What an operator can have a running bot do.
 *
 * - `reload`: read the agent's settings anew, without a reconnect.
 * - `restart`: close the connection and open it again, from its settings on.
 * - `pause`, `resume`: answer nobody, and answer again; the connection stays.
 * - `say`: post a message in a channel, as the bot.
 * - `presence`: show something beside its name on Discord, also after a restart; `null`: nothing any more.
 */
export type BotOrder =
  | { readonly kind: 'reload' | 'restart' | 'pause' | 'resume' }
  | { readonly kind: 'say'; readonly channelId: string; readonly text: string }
  | { readonly kind: 'presence'; readonly presence: BotPresence | null };

/** How far a command has come. */
export type BotCommandState = 'pending' | 'done' | 'failed' | 'expired';

/** An order to one bot, kept until it is done or has failed. */
export interface BotCommand {
  /** A UUIDv7; a bot's commands are done in this order. */
  readonly id: string;
  readonly agentId: string;
  readonly order: BotOrder;
  /** Who wants it, for people. */
  readonly requestedBy: string;
  readonly requestedAt: Date;
  /** It is not done any more after this time; undefined: it waits for as long as it takes. */
  readonly expiresAt: Date | undefined;
  readonly state: BotCommandState;
  /** What came of it, in words. */
  readonly result: string;
  readonly finishedAt: Date | undefined;
}

/** A command that is to be kept. */
export interface NewBotCommand {
  readonly agentId: string;
  readonly order: BotOrder;
  readonly requestedBy: string;
  readonly expiresAt?: Date | undefined;
}

/** Which commands are listed. */
export interface BotCommandFilter {
  readonly agentId?: string | undefined;
  readonly state?: BotCommandState | undefined;
  /** Only those before this one. */
  readonly before?: string | undefined;
  /** How many at most, the newest. */
  readonly limit: number;
}

/** The commands to bots, as those see them who give them. */
export interface BotCommandDesk {
  /** Keeps a command, and wakes the host that runs the bot where the database can. */
  send(command: NewBotCommand): Promise<BotCommand>;
  /** Newest first. */
  list(filter: BotCommandFilter): Promise<BotCommand[]>;
  /** Undefined: there is none of this id. */
  get(id: string): Promise<BotCommand | undefined>;
}

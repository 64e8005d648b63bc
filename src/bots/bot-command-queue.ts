import type { SayProgress } from '../agents/said.ts';
import type { BotCommand } from './bot-command.ts';

/** Why nobody can do a command: its agent's bot runs nowhere, and will not by itself. */
export type BotObstacle = 'deleted' | 'disabled' | 'off-discord';

/** A command that is not over, for whoever may do it. */
export interface OpenBotCommand extends BotCommand {
  /** How often a process began to do it and died, or lost its lease, meanwhile. */
  readonly attempts: number;
  /** Of a `say` that a process began; undefined: nothing of it can have been posted. */
  readonly progress: SayProgress | undefined;
  readonly obstacle: BotObstacle | undefined;
  /** By the database's clock. */
  readonly isExpired: boolean;
}

/** How a command ends. */
export interface BotCommandOutcome {
  readonly state: 'done' | 'failed' | 'expired';
  /** In words, without secrets. */
  readonly result: string;
}

/** Tells when there may be something to do. */
export interface BotCommandWatch {
  /** Whether every command is told of as soon as it is there: then it is enough to look now and then. */
  readonly isReliable: boolean;
  /** Resolves once it has let go of everything. */
  stop(): Promise<void>;
}

/**
 * The commands as hosts see them who do them. Everything is written under the fence of the bot's lease; undefined where
 * nobody runs the bot. What returns `false` was not written: the lease is another host's by now, or the command is over.
 */
export interface BotCommandQueue {
  /**
   * The commands that are not over: of these agents, of those whose bots run nowhere (see {@link BotObstacle}), and
   * those that have expired; oldest first.
   */
  open(agentIds: readonly string[]): Promise<OpenBotCommand[]>;
  /** Records that work on it begins; not of one that has expired, unless something of it was done. */
  take(command: OpenBotCommand, fence: bigint | undefined): Promise<boolean>;
  /** Records that work on it ended in order, and why it has to wait. */
  putBack(command: OpenBotCommand, why: string, fence: bigint | undefined): Promise<boolean>;
  /** Records how far a `say` has come. */
  advance(command: OpenBotCommand, progress: SayProgress, fence: bigint | undefined): Promise<boolean>;
  /** Records how it ended. */
  finish(command: OpenBotCommand, outcome: BotCommandOutcome, fence: bigint | undefined): Promise<boolean>;
  /** Calls back whenever there may be something new, until it is stopped. */
  watch(onCommand: () => void): BotCommandWatch;
}

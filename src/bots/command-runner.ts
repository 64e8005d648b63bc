import { messageOf } from '../errors.ts';
import { LeaseLostError } from '../leases/lease.ts';
import type { Logger } from '../observability/logger.ts';
import { repeat, type Repeating } from '../util/repeat.ts';
import type { PartWatch } from '../util/part-watch.ts';
import { sleep } from '../util/sleep.ts';
import type { Bot } from './bot.ts';
import type {
  BotCommandOutcome,
  BotCommandQueue,
  BotCommandWatch,
  OpenBotCommand,
} from './bot-command-queue.ts';
import { failed, planCommand } from './plan-command.ts';

/** What comes of the work on a command: an end, or that it has to wait, and why. */
export type CommandResult = BotCommandOutcome | { readonly state: 'waiting'; readonly result: string };

/** As much of a bot as is needed to do its commands. */
export type CommandedBot = Pick<Bot, 'agentId' | 'status' | 'lease' | 'definition' | 'showPresence'>;

/** What a {@link CommandRunner} works with. */
export interface CommandRunnerTools {
  readonly queue: BotCommandQueue;
  /** The bots of this process, by agent id. */
  readonly bots: () => ReadonlyMap<string, CommandedBot>;
  /** Does a command; `signal` aborts when it has to end. May be called again for one that was begun. */
  readonly perform: (
    command: OpenBotCommand,
    bot: CommandedBot,
    signal: AbortSignal,
  ) => Promise<CommandResult>;
  readonly logger: Logger;
  /** Told how it fares. */
  readonly watch: PartWatch;
  /** Told of each command that is over. Default: nobody is. */
  readonly onEnd?: (command: OpenBotCommand, outcome: BotCommandOutcome) => void;
}

/** In milliseconds. */
const TIMES = {
  /** Between two looks where nobody tells of commands: one statement, however many bots there are. */
  look: 1_000,
  /** Between two looks where somebody does. */
  reliableLook: 60_000,
  /** Before what had to wait is tried again. */
  retry: 1_000,
  /** How long what is under way may take at the end. */
  patience: 5_000,
} as const;

/**
 * Does the commands to the bots of this process: those of one bot in their order, but that one which has to wait for
 * Discord holds up only others of its kind; bots beside one another. Nothing that goes wrong with one touches another.
 */
export class CommandRunner {
  readonly #tools: CommandRunnerTools;
  readonly #stopping = new AbortController();
  /** The agents whose commands are being done. */
  readonly #working = new Map<string, Promise<void>>();
  #watch: BotCommandWatch | undefined;
  #repeating: Repeating | undefined;
  #looking: Promise<void> | undefined;
  /** To look once more after that. */
  #again = false;
  #retry: NodeJS.Timeout | undefined;
  #isFailing = false;

  constructor(tools: CommandRunnerTools) {
    this.#tools = tools;
  }

  /** Begins to look; returns at once. */
  start(): void {
    this.#watch = this.#tools.queue.watch(() => void this.look());
    this.#repeating = repeat(
      () => this.look(),
      () => (this.#watch?.isReliable === true ? TIMES.reliableLook : TIMES.look),
      { watch: this.#tools.watch, first: this.look() },
    );
  }

  /** Takes up what there is to do, soon if not at once; resolves once that is known. Never rejects; before the start it does
   * nothing. */
  look(): Promise<void> {
    if (this.#watch === undefined) return Promise.resolve();
    this.#again = true;
    this.#looking ??= this.#lookUntilDone().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** Takes up nothing more; resolves once what is under way has ended, or after a while. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#retry);
    await Promise.all([this.#watch?.stop(), this.#repeating?.stop(), this.#looking]);
    await Promise.race([
      Promise.all(this.#working.values()),
      sleep(TIMES.patience, new AbortController().signal),
    ]);
  }

  async #lookUntilDone(): Promise<void> {
    const { queue, bots, logger } = this.#tools;
    while (this.#again && !this.#stopping.signal.aborted) {
      this.#again = false;
      try {
        const open = await queue.open([...bots().keys()]);
        for (const [agentId, commands] of Map.groupBy(open, (command) => command.agentId)) {
          if (!this.#working.has(agentId)) this.#begin(agentId, commands);
        }
        this.#isFailing = false;
        this.#tools.watch.worked();
      } catch (error) {
        if (!this.#isFailing) logger.warn('cannot look for commands to bots; trying again', { error });
        this.#isFailing = true;
        this.#tools.watch.failed(error);
        this.#retryLater();
      }
    }
  }

  #begin(agentId: string, commands: readonly OpenBotCommand[]): void {
    const work = this.#work(agentId, commands)
      .catch((error: unknown) => {
        this.#tools.logger.warn('could not do a command to a bot; trying again', { error });
        this.#retryLater();
      })
      .finally(() => {
        this.#working.delete(agentId);
      });
    this.#working.set(agentId, work);
  }

  /** Until there are none left, or those that are have to wait. */
  async #work(agentId: string, commands: readonly OpenBotCommand[]): Promise<void> {
    const waiting = new Set<string>();
    for (const command of commands) {
      if (this.#stopping.signal.aborted) return;
      const { kind } = command.order;
      if (waiting.has(kind)) continue;
      if (!(await this.#do(command))) waiting.add(kind);
    }
    if (waiting.size > 0) this.#retryLater();
    // What came meanwhile was passed over.
    else if ((await this.#isAnyLeft(agentId, commands)) && !this.#stopping.signal.aborted)
      setImmediate(() => void this.look());
  }

  async #isAnyLeft(agentId: string, done: readonly OpenBotCommand[]): Promise<boolean> {
    const ids = new Set(done.map(({ id }) => id));
    const open = await this.#tools.queue.open([agentId]);
    return open.some((command) => command.agentId === agentId && !ids.has(command.id));
  }

  /** @returns false when it has to wait */
  async #do(command: OpenBotCommand): Promise<boolean> {
    const { queue, bots } = this.#tools;
    const bot = bots().get(command.agentId);
    const fence = bot?.lease.fence;
    const plan = planCommand(command, bot?.status);
    if (plan.kind === 'end') {
      if (await queue.finish(command, plan.outcome, fence)) this.#tell(command, plan.outcome, bot);
      return true;
    }
    if (plan.kind === 'wait') {
      // Once for each reason, not at each look.
      if (plan.why !== command.result) await queue.putBack(command, plan.why, fence);
      return false;
    }
    // Another host's, or whoever is going to run it.
    if (bot === undefined) return true;
    if (!(await queue.take(command, fence))) {
      // It may have expired while it waited for those before it: the next look ends it.
      if (command.expiresAt !== undefined) this.#retryLater();
      return true;
    }
    const result = await this.#perform(command, bot);
    if (result === undefined) return true;
    if (result.state === 'waiting') {
      await queue.putBack(command, result.result, fence);
      return false;
    }
    if (await queue.finish(command, result, fence)) this.#tell(command, result, bot);
    return true;
  }

  /** @returns undefined when it is another host's by now */
  async #perform(command: OpenBotCommand, bot: CommandedBot): Promise<CommandResult | undefined> {
    const signal = AbortSignal.any([this.#stopping.signal, bot.lease.signal]);
    try {
      return await this.#tools.perform(command, bot, signal);
    } catch (error) {
      if (error instanceof LeaseLostError || bot.lease.signal.aborted) return undefined;
      if (signal.aborted) return { state: 'waiting', result: 'the host stopped before it was done' };
      this.#tools.logger.error('a command to a bot failed on an unexpected error', {
        agent: bot.definition.name,
        command: command.id,
        error,
      });
      return failed(`an unexpected error: ${messageOf(error)}. See the log.`);
    }
  }

  #tell(command: OpenBotCommand, outcome: BotCommandOutcome, bot: CommandedBot | undefined): void {
    const { state, result } = outcome;
    this.#tools.onEnd?.(command, outcome);
    const level = state === 'done' ? 'info' : 'warn';
    this.#tools.logger[level](`command to a bot: ${command.order.kind} is ${state}`, {
      agent: bot?.definition.name ?? command.agentId,
      by: command.requestedBy,
      command: command.id,
      result,
    });
  }

  #retryLater(): void {
    if (this.#stopping.signal.aborted) return;
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      void this.look();
    }, TIMES.retry);
  }
}

import type { LastSeenMark, LastSeenStore } from '../bots/last-seen.ts';
import type { Logger } from '../observability/logger.ts';
import { logDefects, type PartWatch } from '../util/part-watch.ts';
import { repeat, type Repeating } from '../util/repeat.ts';
import { compareSnowflakes } from './snowflakes.ts';

/** One bot, as far as it has seen everything. */
export interface MarkSource {
  readonly agentId: string;
  /** The fence of the lease under which it runs. */
  readonly fence: bigint | undefined;
  /** The message's id; undefined while nothing is known. */
  readonly mark: string | undefined;
}

/** What {@link LastSeenSaver} works with. */
export interface LastSeenSaverTools {
  readonly store: Pick<LastSeenStore, 'save'>;
  readonly logger: Logger;
  /** Between two looks, in milliseconds. */
  readonly interval: number;
  /** Hears how it fares. Default: defects are logged. */
  readonly watch?: PartWatch | undefined;
}

/** Writes behind the traffic up to which message each bot has seen everything: those marks that moved. */
export class LastSeenSaver {
  readonly #tools: LastSeenSaverTools;
  readonly #watch: PartWatch;
  /** With what was taken from each last. */
  readonly #sources = new Map<MarkSource, string | undefined>();
  /** By agent id, what is not written yet. */
  readonly #moved = new Map<string, LastSeenMark>();
  readonly #looking: Repeating;
  #failing = false;

  /** Begins to look. */
  constructor(tools: LastSeenSaverTools) {
    this.#tools = tools;
    this.#watch = tools.watch ?? logDefects('last-seen', tools.logger);
    this.#looking = repeat(
      () => this.#save(),
      () => tools.interval,
      { watch: this.#watch },
    );
  }

  /** Looks at this bot from now on. */
  add(source: MarkSource): void {
    this.#sources.set(source, undefined);
  }

  /** Looks at this bot a last time. */
  remove(source: MarkSource): void {
    this.#look(source);
    this.#sources.delete(source);
    const { agentId, fence } = source;
    const waiting = this.#moved.get(agentId);
    if (waiting !== undefined && waiting.fence === fence)
      this.#moved.set(agentId, { ...waiting, isLast: true });
  }

  /** Writes what has moved without waiting for the next look. Never rejects. */
  saveNow(): Promise<void> {
    return this.#save();
  }

  /** Looks no more; resolves once everything is written, or cannot be now. */
  async stop(): Promise<void> {
    await this.#looking.stop();
    await this.#save();
  }

  #look(source: MarkSource): void {
    const { agentId, fence, mark } = source;
    if (mark === undefined || mark === this.#sources.get(source)) return;
    this.#sources.set(source, mark);
    const moved = { messageId: mark, fence };
    const waiting = this.#moved.get(agentId);
    if (waiting === undefined || isNewer(moved, waiting)) this.#moved.set(agentId, moved);
  }

  async #save(): Promise<void> {
    for (const source of this.#sources.keys()) this.#look(source);
    if (this.#moved.size === 0) return;
    const marks = new Map(this.#moved);
    try {
      await this.#tools.store.save(marks);
      for (const [agentId, mark] of marks) {
        if (this.#moved.get(agentId) === mark) this.#moved.delete(agentId);
      }
      if (this.#failing) this.#watch.worked();
      this.#failing = false;
    } catch (error) {
      this.#watch.failed(error);
      if (!this.#failing) {
        this.#tools.logger.warn('could not save up to where bots have seen everything; trying again', {
          error,
        });
      }
      this.#failing = true;
    }
  }
}

/** Whether a mark counts before another: of two bots of one agent, what the one under the later lease has seen. */
function isNewer(a: LastSeenMark, b: LastSeenMark): boolean {
  const [fence, other] = [a.fence ?? 0n, b.fence ?? 0n];
  return fence === other ? compareSnowflakes(a.messageId, b.messageId) > 0 : fence > other;
}

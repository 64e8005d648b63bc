import type { Logger } from '../observability/logger.ts';
import { logDefects, type PartWatch } from '../util/part-watch.ts';
import { repeat, type Repeating } from '../util/repeat.ts';
import type { BotSessions, SessionStore } from './gateway-session.ts';

/** What the saver works with. */
export interface SessionSaverTools {
  /** The sessions of all bots as they can be resumed now. */
  readonly sessions: () => Map<string, BotSessions>;
  readonly store: SessionStore;
  readonly logger: Logger;
  /** Between two looks, in milliseconds: what a killed process asks Discord to send again. */
  readonly interval: number;
  /** Hears how it fares. Default: defects are logged. */
  readonly watch?: PartWatch;
}

/** Writes gateway sessions behind the traffic, those that moved, so that a killed process can be followed by a resume. */
export class SessionSaver {
  readonly #tools: SessionSaverTools;
  readonly #watch: PartWatch;
  #saved = new Map<string, BotSessions>();
  #isFailing = false;
  #looking: Repeating | undefined;

  constructor(tools: SessionSaverTools) {
    this.#tools = tools;
    this.#watch = tools.watch ?? logDefects('sessions', tools.logger);
  }

  /** Begins to look; returns at once. */
  start(): void {
    this.#looking ??= repeat(
      () => this.#saveMoved(),
      () => this.#tools.interval,
      { watch: this.#watch },
    );
  }

  /** Looks no more; resolves once a write that is under way has ended. */
  async stop(): Promise<void> {
    await this.#looking?.stop();
  }

  async #saveMoved(): Promise<void> {
    const fresh = new Map<string, BotSessions>();
    const moved = new Map<string, BotSessions>();
    const present = this.#tools.sessions();
    for (const [agentId, bot] of present) {
      const saved = this.#saved.get(agentId);
      if (marks(saved, 'sessionId') !== marks(bot, 'sessionId')) fresh.set(agentId, bot);
      else if (marks(saved, 'sequence') !== marks(bot, 'sequence')) moved.set(agentId, bot);
    }
    try {
      if (fresh.size > 0) await this.#tools.store.save(fresh);
      if (moved.size > 0) await this.#tools.store.advance(moved);
      this.#saved = present;
      // Where nothing was written, nothing is known of the database.
      if (this.#isFailing && fresh.size + moved.size > 0) {
        this.#isFailing = false;
        this.#tools.logger.info('gateway sessions are saved again');
        this.#watch.worked();
      }
    } catch (error) {
      this.#watch.failed(error);
      if (!this.#isFailing)
        this.#tools.logger.warn('could not save gateway sessions; trying again', { error });
      this.#isFailing = true;
    }
  }
}

/** What tells one state of an agent's sessions from another. */
function marks(bot: BotSessions | undefined, mark: 'sessionId' | 'sequence'): string {
  return bot?.sessions.map((session) => session[mark]).join() ?? '';
}

import type { Lease } from '../../leases/lease.ts';
import type { Logger } from '../../observability/logger.ts';
import { createOrderedTasks } from '../../util/ordered-tasks.ts';
import type { Exchange } from '../exchange.ts';
import type { Journal, OpenExchange } from '../journal.ts';
import type { Recipient } from '../recipient.ts';
import { isSuspect } from './plan-recovery.ts';

/** What {@link LeftOpen} works with. */
export interface LeftOpenTools {
  readonly journal: Pick<Journal, 'open'>;
  readonly logger: Logger;
  /** Hands in a job that waits for its user's turn with that bot. */
  readonly enqueue: (exchange: Exchange, job: () => Promise<void>) => void;
  /** Brings an exchange to its end. Never rejects. */
  readonly finish: (exchange: Exchange & { readonly earlier: OpenExchange }) => Promise<void>;
}

/** The one key of those that are worked on one at a time. */
const SUSPECTS = 'suspects';

/** What earlier processes left open, on its way to an end. */
export class LeftOpen {
  readonly #tools: LeftOpenTools;
  readonly #recovered = new WeakMap<Lease, Promise<void>>();
  /** Replays that wait for their turn, by exchange. */
  readonly #replays = new Set<string>();
  /** What processes may die of: one at a time over all bots, and nobody else waits for it. */
  readonly #suspects = createOrderedTasks();

  constructor(tools: LeftOpenTools) {
    this.#tools = tools;
  }

  /**
   * Takes up what was left open of a bot, once under each lease; resolves once that is in its users' queues.
   *
   * @throws when the journal cannot be read: it may be tried again
   */
  recover(recipient: Recipient): Promise<void> {
    const { lease } = recipient;
    const under = this.#recovered.get(lease);
    if (under !== undefined) return under;
    const recovering = this.#recover(recipient);
    this.#recovered.set(lease, recovering);
    recovering.catch(() => this.#recovered.delete(lease));
    return recovering;
  }

  /** Takes up an exchange that the operator wants answered after all, unless it waits for that already. */
  replay(recipient: Recipient, open: OpenExchange): void {
    if (this.#replays.has(open.id)) return;
    this.#replays.add(open.id);
    this.#takeUp(recipient, open);
  }

  /** Resolves once nothing of it is worked on that has no place in a queue. */
  idle(): Promise<void> {
    return this.#suspects.run(SUSPECTS, () => Promise.resolve());
  }

  async #recover(recipient: Recipient): Promise<void> {
    const { journal, logger } = this.#tools;
    const open = await journal.open(recipient.agentId);
    if (open.length === 0) return;
    const { name: agent } = recipient.definition;
    logger.info('taking up what was left open', { agent, exchanges: open.length });
    for (const exchange of open) this.#takeUp(recipient, exchange);
  }

  #takeUp(recipient: Recipient, earlier: OpenExchange): void {
    const { enqueue, finish } = this.#tools;
    const { id, message } = earlier;
    const exchange = { recipient, message, exchangeId: id, earlier };
    if (isSuspect(earlier)) {
      void this.#suspects.run(SUSPECTS, () => finish(exchange));
      return;
    }
    enqueue(exchange, () => {
      this.#replays.delete(id);
      return finish(exchange);
    });
  }
}

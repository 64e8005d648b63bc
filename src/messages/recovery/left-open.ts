import type { Lease } from '../../leases/lease.ts';
import type { Logger } from '../../observability/logger.ts';
import { createOrderedTasks } from '../../util/ordered-tasks.ts';
import type { Exchange } from '../exchange.ts';
import type { Journal, OpenExchange } from '../journal.ts';
import type { Recipient } from '../recipient.ts';
import { isSuspect } from './plan-recovery.ts';

/** What {@link LeftOpen} works with. */
export interface LeftOpenTools {
  readonly journal: Pick<Journal, 'open' | 'flush'>;
  readonly logger: Logger;
  /** The exchanges that this process has in hand under a lease: they wait for their turn, or are worked on. */
  readonly inHand: (lease: Lease) => ReadonlySet<string>;
  readonly isInHand: (exchange: Exchange) => boolean;
  /** Whether this process takes nothing up any more. */
  readonly isStopping: () => boolean;
  /** Hands in a job that waits for its user's turn with that bot. */
  readonly enqueue: (exchange: Exchange, job: () => Promise<void>) => void;
  /** Takes an exchange in hand; brings it to its end when it is called. Never rejects. */
  readonly takeInHand: (exchange: Exchange & { readonly earlier: OpenExchange }) => () => Promise<void>;
}

/** What was left open, by earlier processes as a rule, on its way to an end. */
export class LeftOpen {
  readonly #tools: LeftOpenTools;
  /** What processes may die of: one at a time for each bot, and nobody else waits for it. */
  readonly #suspects = createOrderedTasks();

  constructor(tools: LeftOpenTools) {
    this.#tools = tools;
  }

  /**
   * Takes up what was left open of a bot and is in nobody's hand; resolves once that is in its users' queues.
   *
   * @throws when the journal cannot be read: it may be tried again
   */
  async recover(recipient: Recipient): Promise<void> {
    const { journal, logger, inHand, isStopping } = this.#tools;
    // Also what ends while the journal is read is not to be begun anew.
    const before = inHand(recipient.lease);
    // What is over and waits to be written would look open.
    await journal.flush();
    const open = await journal.open(recipient.agentId);
    if (isStopping()) return;
    const count = open
      .filter(({ id }) => !before.has(id))
      .filter((one) => this.takeUp(recipient, one)).length;
    const { name: agent } = recipient.definition;
    if (count > 0) logger.info('taking up what was left open', { agent, exchanges: count });
  }

  /** Takes up one exchange; false when it is in hand already. */
  takeUp(recipient: Recipient, earlier: OpenExchange): boolean {
    const { isInHand, enqueue, takeInHand } = this.#tools;
    const { id, message } = earlier;
    const exchange = { recipient, message, exchangeId: id, earlier };
    if (isInHand(exchange)) return false;
    const finish = takeInHand(exchange);
    if (isSuspect(earlier)) void this.#suspects.run(recipient.agentId, finish);
    else enqueue(exchange, finish);
    return true;
  }

  /** Resolves once nothing of it is worked on that has no place in a queue. */
  idle(): Promise<void> {
    return this.#suspects.idleAll();
  }
}

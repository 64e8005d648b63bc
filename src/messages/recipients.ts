import { messageOf } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import type { Journal } from './journal.ts';
import type { MessageHandler } from './message-handler.ts';
import type { Recipient } from './recipient.ts';

/** The bots that this process answers for, each as its last connection knows it. */
export class Recipients {
  readonly #byAgent = new Map<string, Recipient>();

  /** Takes the place of what an earlier connection of that bot was. */
  add(recipient: Recipient): void {
    this.#byAgent.set(recipient.agentId, recipient);
  }

  /** The bot of an agent; undefined for one that never connected. */
  of(agentId: string): Recipient | undefined {
    return this.#byAgent.get(agentId);
  }

  /** Those whose lease is not over. */
  live(): Recipient[] {
    for (const [agentId, { lease }] of this.#byAgent) {
      if (lease.signal.aborted) this.#byAgent.delete(agentId);
    }
    return [...this.#byAgent.values()];
  }
}

/** What {@link takeUpReplays} works with. */
export interface ReplayTools {
  readonly journal: Pick<Journal, 'replays'>;
  readonly handler: Pick<MessageHandler, 'replay'>;
  /** The bots that can answer now. */
  readonly recipients: readonly Recipient[];
  readonly logger: Logger;
}

/** Has those exchanges answered that the operator wants answered after all. Never rejects: the next time may do better. */
export async function takeUpReplays({ journal, handler, recipients, logger }: ReplayTools): Promise<void> {
  const byAgent = new Map(recipients.map((recipient) => [recipient.agentId, recipient]));
  try {
    for (const exchange of await journal.replays([...byAgent.keys()])) {
      const recipient = byAgent.get(exchange.agentId);
      if (recipient !== undefined) handler.replay(recipient, exchange);
    }
  } catch (error) {
    logger.warn('could not look for messages that are to be answered after all', {
      reason: messageOf(error),
    });
  }
}

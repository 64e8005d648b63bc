import { messageOf } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import { redactShapes } from '../observability/secret-shapes.ts';
import { createRing } from '../util/ring.ts';
import { sleep } from '../util/sleep.ts';
import { uuidV7 } from '../util/uuid-v7.ts';
import { answerExchange } from './answer-exchange.ts';
import { decide, type Decision, type PassReason, type RefusalReason } from './decide.ts';
import type { Exchange } from './exchange.ts';
import { FairQueue } from './fair-queue.ts';
import type { IncomingMessage } from './incoming-message.ts';
import type { Admission, Journal } from './journal.ts';
import { NOTICE, nonceOf } from './nonce.ts';
import { createRateLimits } from './rate-limits.ts';
import type { Recipient } from './recipient.ts';
import { RefusalNotices } from './refusal-notices.ts';

/** A message that was none of a bot's business. */
export interface Pass {
  readonly agentId: string;
  readonly messageId: string;
  readonly reason: PassReason;
}

/** What the handler works with, and its bounds. */
export interface MessageHandlerOptions {
  readonly journal: Journal;
  readonly logger: Logger;
  readonly now: () => number;
  /** Characters in one Discord message. */
  readonly maxMessageLength: number;
  /** Answers that one bot works on at the same time. */
  readonly concurrency?: number;
  /** Messages of one user that may wait for one bot. */
  readonly backlog?: number;
  /** How many passed messages are remembered, over all bots. */
  readonly remember?: number;
  /** Takes secrets out of what agents say. Default: what has the shape of one. */
  readonly redact?: (text: string) => string;
  /** Between two edits of an answer that is shown while it grows, in milliseconds. */
  readonly editInterval?: number;
  /** How long a user is not told again that one agent does not answer for one reason, in milliseconds. */
  readonly refusalInterval?: number;
  /** Waits so many milliseconds, or until the signal aborts. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The handler's bounds unless it is told otherwise. */
export const MESSAGE_HANDLER_DEFAULTS = {
  concurrency: 64,
  backlog: 20,
  remember: 1_000,
  redact: redactShapes,
  editInterval: 1_000,
  refusalInterval: 600_000,
  sleep,
} as const satisfies Partial<MessageHandlerOptions>;

/** Takes every bot's messages: decides, admits, has them answered in a fair order, delivers. */
export class MessageHandler {
  readonly #options: Required<MessageHandlerOptions>;
  /** By agent id: bots never wait for each other. */
  readonly #queues = new Map<string, FairQueue>();
  readonly #passes;
  readonly #rates = createRateLimits();
  readonly #notices: RefusalNotices;
  readonly #abandon = new AbortController();
  #stopping = false;

  constructor(options: MessageHandlerOptions) {
    this.#options = { ...MESSAGE_HANDLER_DEFAULTS, ...options };
    this.#passes = createRing<Pass>(this.#options.remember);
    this.#notices = new RefusalNotices(this.#options.refusalInterval);
  }

  /** The last messages that bots passed over, and why; oldest first. */
  get passes(): Pass[] {
    return this.#passes.items();
  }

  /**
   * Takes a message in; resolves once it is on record, long before it is answered.
   *
   * @returns false when this process will not take care of it, because it is stopping: it has to be delivered again
   * @throws when it could not be recorded: likewise
   */
  async receive(recipient: Recipient, message: IncomingMessage): Promise<boolean> {
    const { journal } = this.#options;
    if (this.#stopping) return false;
    const receivedAt = this.#options.now();
    const decision = this.#decide(recipient, message, receivedAt);
    if (decision.kind === 'pass') {
      this.#passes.push({ agentId: recipient.agentId, messageId: message.id, reason: decision.reason });
      return true;
    }
    const logger = this.#options.logger.child({ agent: recipient.definition.name, message: message.id });
    const admission = this.#admissionOf(recipient, message, decision.reason);
    if (decision.kind === 'refuse') {
      logger.info('message not answered', { reason: decision.reason });
      const { reason } = decision;
      void journal.ignore(admission).then((isNew) => {
        // What Discord delivers again was answered before, or refused in words.
        if (isNew) this.#tellRefusal(recipient, message, admission, reason, logger);
      });
      return true;
    }
    // In its user's queue before it is admitted, so that it keeps its place and counts among those that wait.
    const admitted = journal.admit(admission);
    this.#queueOf(recipient.agentId).add(message.author.id, async () => {
      if (!(await admitted.catch(() => false)) || this.#abandon.signal.aborted) return;
      await this.#answer({ recipient, message, exchangeId: admission.id }, logger);
    });
    if (!(await admitted)) {
      this.#rates.giveBack(userOf(recipient, message), receivedAt);
      logger.debug('message was taken up before');
    }
    return true;
  }

  /**
   * Takes nothing more in and finishes what was admitted. What is not finished in time is abandoned: it stays open
   * in the journal.
   *
   * @param timeout - milliseconds
   */
  async stop(timeout: number): Promise<void> {
    this.#stopping = true;
    const queues = [...this.#queues.values()];
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => {
        resolve('late');
      }, timeout);
    });
    const ended = await Promise.race([Promise.all(queues.map((queue) => queue.idle())), deadline]);
    clearTimeout(timer);
    if (ended !== 'late') return;
    const open = queues.reduce((sum, queue) => sum + queue.size, 0);
    this.#options.logger.warn('abandoned answers that were not finished in time', { exchanges: open });
    for (const queue of queues) queue.clear();
    this.#abandon.abort();
  }

  /** Answers under the settings in force now: they may have changed while the message waited. */
  async #answer(exchange: Exchange, logger: Logger): Promise<void> {
    const { recipient, message, exchangeId } = exchange;
    const { kind, reason } = decide(message, recipient.definition, recipient.botUserId);
    if (kind === 'answer') {
      await answerExchange(exchange, { ...this.#options, logger }, this.#abandon.signal);
      return;
    }
    logger.info('message not answered any more', { reason });
    this.#options.journal.finish(exchangeId, { state: 'failed', reason });
    if (kind === 'refuse') this.#tellRefusal(recipient, message, { id: exchangeId }, reason, logger);
  }

  #decide(recipient: Recipient, message: IncomingMessage, now: number): Decision {
    const decision = decide(message, recipient.definition, recipient.botUserId);
    if (decision.kind !== 'answer') return decision;
    if (!this.#queueOf(recipient.agentId).accepts(message.author.id))
      return { kind: 'refuse', reason: 'too-many-waiting' };
    const { rateLimit } = recipient.definition;
    const takes = rateLimit === 0 || this.#rates.take(userOf(recipient, message), rateLimit, now);
    return takes ? decision : { kind: 'refuse', reason: 'rate-limited' };
  }

  /** Best effort, and nobody waits for it. */
  #tellRefusal(
    recipient: Recipient,
    message: IncomingMessage,
    { id }: Pick<Admission, 'id'>,
    reason: RefusalReason,
    logger: Logger,
  ): void {
    const now = this.#options.now();
    const user = userOf(recipient, message);
    const retryAt = this.#rates.retryAt(user, recipient.definition.rateLimit, now);
    const text = this.#notices.next(user, reason, now, retryAt);
    if (text === undefined) return;
    recipient.outbox
      .post({ channelId: message.channelId, text, nonce: nonceOf(id, NOTICE), replyTo: message.id })
      .catch((error: unknown) => {
        logger.debug('could not tell a user why there is no answer', { reason: messageOf(error) });
      });
  }

  #queueOf(agentId: string): FairQueue {
    let queue = this.#queues.get(agentId);
    if (queue === undefined) {
      queue = new FairQueue(this.#options);
      this.#queues.set(agentId, queue);
    }
    return queue;
  }

  #admissionOf({ agentId }: Recipient, message: IncomingMessage, reason: string): Admission {
    return {
      id: uuidV7(this.#options.now()),
      agentId,
      messageId: message.id,
      channelId: message.channelId,
      guildId: message.guildId,
      userId: message.author.id,
      reason,
      question: message.text,
    };
  }
}

/** What limits for one user with one agent are kept under. */
function userOf({ agentId }: Recipient, { author }: IncomingMessage): string {
  return `${agentId} ${author.id}`;
}

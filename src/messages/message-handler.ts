import { LeaseLostError, type Lease } from '../leases/lease.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import { type ExchangeObserver, UNOBSERVED } from '../observability/observers/exchange-observer.ts';
import { redactShapes } from '../observability/secret-shapes.ts';
import { inSpan, silentTracer, type Tracer } from '../observability/tracing.ts';
import { type Incidents, NO_INCIDENTS } from '../recovery/incidents.ts';
import { createRing } from '../util/ring.ts';
import { sleep } from '../util/sleep.ts';
import { uuidV7 } from '../util/uuid-v7.ts';
import { answerExchange, type AnswerTools, endAsFailed } from './answer-exchange.ts';
import { AnswerMessages } from './answer-messages.ts';
import { decide, type Decision, type PassReason, type RefusalReason } from './decide.ts';
import { beginExchange, isOver } from './deliver.ts';
import type { Exchange } from './exchange.ts';
import { FairQueue } from './fair-queue.ts';
import type { IncomingMessage } from './incoming-message.ts';
import { type Admission, type Journal, NotRecordedError, type OpenExchange } from './journal.ts';
import { refusalNonce } from './nonce.ts';
import { createRateLimits } from './rate-limits.ts';
import type { Recipient } from './recipient.ts';
import { Recipients } from './recipients.ts';
import { LeftOpen } from './recovery/left-open.ts';
import { recoverExchange } from './recovery/recover-exchange.ts';
import { RefusalNotices } from './refusal-notices.ts';
import { traceExchange } from './trace-exchange.ts';

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
  /** Records what becomes of exchanges. Default: nothing does. */
  readonly tracer?: Tracer;
  readonly now: () => number;
  /** Characters in one Discord message. */
  readonly maxMessageLength: number;
  /** How old a message may be to be answered that was left open, in milliseconds. */
  readonly recoveryWindow?: number;
  /** Answers that one bot works on at the same time. */
  readonly concurrency?: number;
  /** Messages of one user that may wait for one bot. */
  readonly backlog?: number;
  /** Messages, over all bots, that may wait for the database while it cannot be reached. */
  readonly spool?: number;
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
  /** Told how long answers take. */
  readonly observer?: Pick<ExchangeObserver, 'took'>;
  /** Told of answers that fail. Default: nobody is. */
  readonly incidents?: Incidents;
}

/** The handler's bounds unless it is told otherwise. */
export const MESSAGE_HANDLER_DEFAULTS = {
  tracer: silentTracer,
  recoveryWindow: 3_600_000,
  concurrency: 64,
  backlog: 20,
  spool: 1_000,
  remember: 1_000,
  redact: redactShapes,
  editInterval: 1_000,
  refusalInterval: 600_000,
  sleep,
  observer: UNOBSERVED,
  incidents: NO_INCIDENTS,
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
  /** Aborts when the work under a lease has to end. */
  readonly #signals = new WeakMap<Lease, AbortSignal>();
  /** The exchanges that wait for their turn or are worked on, by id. */
  readonly #inHand = new Map<string, Lease>();
  /** Those that are worked on. */
  readonly #working = new Map<string, Lease>();
  readonly #leftOpen: LeftOpen;
  /** What is being admitted, by agent and message: what comes again meanwhile is the same. */
  readonly #admitting = new Map<string, Promise<boolean>>();
  /** Every bot as it connected last. */
  readonly recipients = new Recipients();
  /** Messages so far, by what was decided about them. */
  readonly received = { answer: 0, refuse: 0, pass: 0 };
  #stopping = false;

  constructor(options: MessageHandlerOptions) {
    this.#options = { ...MESSAGE_HANDLER_DEFAULTS, ...options };
    this.#passes = createRing<Pass>(this.#options.remember);
    this.#notices = new RefusalNotices(this.#options.refusalInterval);
    this.#leftOpen = new LeftOpen({
      ...this.#options,
      isInHand: ({ exchangeId, recipient }) => this.#inHand.get(exchangeId) === recipient.lease,
      inHand: (lease) => new Set([...this.#inHand].flatMap(([id, under]) => (under === lease ? [id] : []))),
      isStopping: () => this.#stopping,
      enqueue: ({ recipient, message }, job) => {
        this.#queueOf(recipient.agentId).add(message.author.id, job);
      },
      takeInHand: (left) => {
        const exchange = { ...left, span: traceExchange(this.#options.tracer, left) };
        return this.#takeInHand(exchange, (signal) => {
          const logger = this.#loggerFor(exchange.recipient, exchange.message, exchange.exchangeId).child(
            exchange.span?.logFields ?? {},
          );
          return recoverExchange(exchange, { ...this.#options, logger }, signal);
        });
      },
    });
  }

  /** The last messages that bots passed over, and why; oldest first. */
  get passes(): Pass[] {
    return this.#passes.items();
  }

  /** How many exchanges wait for their turn, and how many are worked on. */
  get load(): { waiting: number; working: number } {
    const queues = [...this.#queues.values()];
    const working = queues.reduce((sum, { running }) => sum + running, 0);
    return { waiting: queues.reduce((sum, { size }) => sum + size, 0) - working, working };
  }

  /**
   * Takes a message in; resolves once it is on record, long before it is answered. While the database cannot be reached
   * it waits, unless too many do: then its user is told.
   *
   * @returns false when this process will not take care of it, because it is stopping or no longer runs the bot: it has to
   *   be delivered again
   * @throws when it could not be recorded: likewise
   */
  async receive(recipient: Recipient, message: IncomingMessage): Promise<boolean> {
    if (this.#stopping) return false;
    const key = `${recipient.agentId} ${message.id}`;
    const underWay = this.#admitting.get(key);
    if (underWay !== undefined) return underWay;
    const receivedAt = this.#options.now();
    const decision = this.#decide(recipient, message, receivedAt);
    this.received[decision.kind] += 1;
    if (decision.kind === 'pass') {
      this.#passes.push({ agentId: recipient.agentId, messageId: message.id, reason: decision.reason });
      return true;
    }
    const isRefused = decision.kind === 'refuse';
    const admission = this.#admissionOf(recipient, message, decision.reason);
    const logger = this.#loggerFor(recipient, message, admission.id);
    if (isRefused) {
      const { reason } = decision;
      logger.info('message not answered', { reason });
      // Nothing can be recorded, and those that are to be answered come first.
      if (reason === 'overloaded') this.#tellRefusal(recipient, message, reason, logger);
      else void this.#ignore(recipient, message, admission, reason, logger);
      return true;
    }
    const taking = this.#admit(recipient, message, admission, receivedAt, logger).finally(() => {
      this.#admitting.delete(key);
    });
    this.#admitting.set(key, taking);
    return taking;
  }

  /**
   * Takes up what was left open of a bot, by earlier processes as a rule; resolves once that is in its users' queues,
   * before everything that comes later.
   *
   * @throws when the journal cannot be read: it may be tried again
   */
  recover(recipient: Recipient): Promise<void> {
    this.recipients.add(recipient);
    return this.#leftOpen.recover(recipient);
  }

  /** Takes up an exchange that the operator wants answered after all, unless that is under way. */
  replay(recipient: Recipient, open: OpenExchange): void {
    if (!this.#stopping) this.#leftOpen.takeUp(recipient, open);
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
    const idle = [...queues.map((queue) => queue.idle()), this.#leftOpen.idle()];
    const ended = await Promise.race([Promise.all(idle), deadline]);
    clearTimeout(timer);
    if (ended !== 'late') return;
    const open = Math.max(
      this.#working.size,
      queues.reduce((sum, queue) => sum + queue.size, 0),
    );
    this.#options.logger.warn('abandoned answers that were not finished in time', {
      exchanges: open,
    });
    for (const queue of queues) queue.clear();
    this.#abandon.abort();
    for (const [id, lease] of this.#working) this.#options.journal.putBack(id, lease);
  }

  /**
   * Puts back what is worked on under a lease that is about to be given up: that is no death of the process. Does nothing
   * when the lease, or everything, was given up before.
   */
  abandon(lease: Lease): void {
    if (this.#signalOf(lease).aborted) return;
    for (const [id, under] of this.#working) if (under === lease) this.#options.journal.putBack(id, lease);
  }

  /** In its user's queue before it is admitted, so that it keeps its place and counts among those that wait. */
  async #admit(
    recipient: Recipient,
    message: IncomingMessage,
    admission: Admission,
    receivedAt: number,
    untracedLogger: Logger,
  ): Promise<boolean> {
    const untraced = { recipient, message, exchangeId: admission.id };
    const span = traceExchange(this.#options.tracer, untraced, admission.reason);
    const exchange = { ...untraced, span };
    const logger = span === undefined ? untracedLogger : untracedLogger.child(span.logFields);
    const admitted = inSpan(span, 'journal admit', {}, () =>
      this.#options.journal.admit(admission, recipient.lease),
    );
    const answer = this.#takeInHand(exchange, async (signal) => {
      if (await admitted.catch(() => false)) {
        this.#options.observer.took('waiting', this.#options.now() - receivedAt);
        await this.#answer(exchange, admission, signal, logger);
      } else span?.set({ 'troupe.outcome': 'not-admitted' });
    });
    this.#queueOf(recipient.agentId).add(message.author.id, answer);
    try {
      if (await admitted) return true;
      // Under another exchange's id, which is on record.
      logger.debug('message was taken up before', { exchange: undefined });
    } catch (error) {
      this.#rates.giveBack(userOf(recipient, message), receivedAt);
      if (error instanceof LeaseLostError || error instanceof NotRecordedError) return false;
      throw error;
    }
    this.#rates.giveBack(userOf(recipient, message), receivedAt);
    return true;
  }

  /** Keeps track of an exchange from now on; what is given does the work, unless that has to end before it begins. */
  #takeInHand(
    { exchangeId, recipient, span }: Exchange,
    run: (signal: AbortSignal) => Promise<void>,
  ): () => Promise<void> {
    const { lease } = recipient;
    this.#inHand.set(exchangeId, lease);
    const waiting = span?.child('queue wait');
    return async () => {
      waiting?.end();
      const signal = this.#signalOf(lease);
      this.#working.set(exchangeId, lease);
      try {
        if (!signal.aborted) await run(signal);
      } finally {
        // Under a newer lease it may have been taken in hand anew.
        for (const kept of [this.#working, this.#inHand]) {
          if (kept.get(exchangeId) === lease) kept.delete(exchangeId);
        }
        span?.end();
        if (!signal.aborted) this.#takeUpAnew(recipient);
      }
    };
  }

  /** Where the bot has another token by now, what failed for want of the old one is open. */
  #takeUpAnew({ agentId, lease, outbox }: Recipient): void {
    const latest = this.recipients.of(agentId);
    if (latest?.lease !== lease || latest.outbox === outbox) return;
    this.recover(latest).catch((error: unknown) => {
      const agent = latest.definition.name;
      this.#options.logger.warn('could not look for what was left open', { agent, error });
    });
  }

  /** Answers under the settings in force now: they may have changed while the message waited. */
  async #answer(
    exchange: Exchange,
    { begun }: Admission,
    signal: AbortSignal,
    logger: Logger,
  ): Promise<void> {
    const { recipient, message, exchangeId } = exchange;
    const { journal } = this.#options;
    if (signal.aborted) return;
    const { kind, reason } = decide(message, recipient.definition, recipient.botUserId, recipient.pause);
    if (kind === 'answer') {
      await this.#beginAndAnswer(exchange, begun, { ...this.#options, logger }, signal);
      return;
    }
    logger.info('message not answered any more', { reason });
    exchange.span?.set({ 'troupe.outcome': 'failed', 'troupe.reason': reason });
    journal.finish(exchangeId, { state: 'failed', reason }, recipient.lease);
    if (kind === 'refuse') this.#tellRefusal(recipient, message, reason, logger);
  }

  async #beginAndAnswer(
    exchange: Exchange,
    begun: boolean,
    tools: AnswerTools,
    signal: AbortSignal,
  ): Promise<void> {
    const messages = new AnswerMessages(exchange, tools, signal);
    try {
      if (!begun) await beginExchange(exchange, tools.journal);
    } catch (error) {
      if (!isOver(error, signal)) await endAsFailed(exchange, tools, messages, error, tools.logger, signal);
      return;
    }
    await answerExchange(exchange, tools, signal, messages);
  }

  #decide(recipient: Recipient, message: IncomingMessage, now: number): Decision {
    const decision = decide(message, recipient.definition, recipient.botUserId, recipient.pause);
    if (decision.kind !== 'answer') return decision;
    if (this.#admitting.size >= this.#options.spool && this.#options.journal.outage !== undefined)
      return { kind: 'refuse', reason: 'overloaded' };
    if (!this.#queueOf(recipient.agentId).accepts(message.author.id))
      return { kind: 'refuse', reason: 'too-many-waiting' };
    const { rateLimit } = recipient.definition;
    const takes = rateLimit === 0 || this.#rates.take(userOf(recipient, message), rateLimit, now);
    return takes ? decision : { kind: 'refuse', reason: 'rate-limited' };
  }

  async #ignore(
    recipient: Recipient,
    message: IncomingMessage,
    admission: Admission,
    reason: RefusalReason,
    logger: Logger,
  ): Promise<void> {
    // What Discord delivers again was answered before, or refused in words.
    const { journal } = this.#options;
    const isNew = await journal.ignore(admission, recipient.lease);
    // During an outage nobody can tell; the nonce keeps it from being said twice.
    if (isNew || journal.outage !== undefined) this.#tellRefusal(recipient, message, reason, logger);
  }

  /** Best effort, and nobody waits for it. */
  #tellRefusal(recipient: Recipient, message: IncomingMessage, reason: RefusalReason, logger: Logger): void {
    const now = this.#options.now();
    const user = userOf(recipient, message);
    const retryAt = this.#rates.retryAt(user, recipient.definition.rateLimit, now);
    const text = this.#notices.next(user, reason, now, retryAt);
    // Not certain of the lease, which needs the database: whoever else may say it says it under the same nonce.
    if (text === undefined || recipient.lease.signal.aborted) return;
    const nonce = refusalNonce(recipient.agentId, message.id);
    recipient.outbox
      .post({ channelId: message.channelId, text, nonce, replyTo: message.id, needsNoLease: true })
      .catch((error: unknown) => {
        logger.debug('could not tell a user why there is no answer', { reason: messageOf(error) });
      });
  }

  /** One for each lease, not for each exchange. */
  #signalOf(lease: Lease): AbortSignal {
    let signal = this.#signals.get(lease);
    if (signal === undefined) {
      signal = AbortSignal.any([this.#abandon.signal, lease.signal]);
      this.#signals.set(lease, signal);
    }
    return signal;
  }

  #loggerFor({ definition }: Recipient, { id }: IncomingMessage, exchange: string): Logger {
    return this.#options.logger.child({ agent: definition.name, message: id, exchange });
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
    const id = uuidV7(this.#options.now());
    const begun = this.#queueOf(agentId).startsAtOnce(message.author.id);
    return { id, agentId, reason, message, begun };
  }
}

/** What limits for one user with one agent are kept under. */
function userOf({ agentId }: Recipient, { author }: IncomingMessage): string {
  return `${agentId} ${author.id}`;
}

import { LeaseLostError } from '../leases/lease.ts';
import { inSpan } from '../observability/tracing.ts';
import type { Incidents } from '../recovery/incidents.ts';
import type { DeliveryReason } from '../recovery/rules-discord.ts';
import type { AnswerMessages } from './answer-messages.ts';
import type { Exchange } from './exchange.ts';
import { type Journal, NotRecordedError, type Reply } from './journal.ts';
import { DeliveryError, isUnreachable } from './outbox.ts';
import { locatePosted } from './recovery/locate-posted.ts';

/** What {@link deliver} works with. */
export interface DeliveryTools {
  readonly journal: Journal;
  readonly now: () => number;
  /** Waits so many milliseconds, or until the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** For how long an answer is held on to while Discord cannot be reached, in milliseconds. */
  readonly recoveryWindow: number;
  readonly incidents: Incidents;
}

/** Between two tries while Discord cannot be reached, in milliseconds; each has its own retries. */
const RETRY_INTERVAL = 15_000;

/**
 * Shows a reply and records how it ends. It is on record before its first message is posted, so that whoever comes after
 * this process posts this and nothing else. While Discord cannot be reached it is tried again.
 *
 * @throws {DeliveryError}; what ends work on the exchange without a word, see {@link isOver}
 */
export async function deliver(
  exchange: Exchange,
  reply: Reply,
  messages: AnswerMessages,
  tools: DeliveryTools,
  signal: AbortSignal,
): Promise<void> {
  const { exchangeId, recipient, span } = exchange;
  const { journal, now, sleep, recoveryWindow, incidents } = tools;
  const { agentId } = recipient;
  await inSpan(span, 'journal reply', {}, () => journal.reply(exchangeId, reply, recipient.lease));
  const since = now();
  for (;;) {
    try {
      // Never without: a try that seemed to fail may have arrived.
      await lookIfUnsure(exchange, reply, messages, tools, signal);
      await messages.show(reply.pieces);
      break;
    } catch (error) {
      if (!isUnreachable(error) || now() - since > recoveryWindow) throw error;
      incidents.report('delivery', 'discord-unreachable', { agentId, error });
      await sleep(RETRY_INTERVAL, signal);
      signal.throwIfAborted();
    }
  }
  span?.set({ 'troupe.outcome': reply.ending, 'troupe.reason': reply.reason });
  incidents.recovered('delivery', { agentId, reasons: WAY });
  finishWith(exchangeId, reply, recipient.lease, journal);
}

/** What was wrong with the way to Discord as a whole, not with one channel or message. */
const WAY = ['discord-unreachable', 'bad-token'] as const satisfies readonly DeliveryReason[];

async function lookIfUnsure(
  exchange: Exchange,
  { pieces }: Reply,
  messages: AnswerMessages,
  { now }: DeliveryTools,
  signal: AbortSignal,
): Promise<void> {
  const since = messages.hasToLook;
  if (since === undefined) return;
  const traces = { questionId: exchange.message.id, posted: messages.ids, pieces };
  const found = await inSpan(exchange.span, 'discord look', { kind: 'client' }, () =>
    locatePosted(exchange, traces, since, now(), signal),
  );
  if (found === undefined) {
    messages.stopLooking();
    throw new DoubtError();
  }
  messages.adopt(found, true);
}

/**
 * Nobody can tell whether an answer arrived. It is not posted again: two answers would be worse than a word that lets the
 * user judge.
 */
export class DoubtError extends DeliveryError {
  constructor() {
    super('delivery-unknown', 'it cannot be found out whether the answer was posted', {
      remedy: 'Give the bot "Read Message History" in the channel.',
    });
  }
}

/**
 * Records that work on an exchange begins; resolves once that is committed.
 *
 * @throws what the journal throws
 */
export function beginExchange(
  { exchangeId, recipient, span }: Exchange,
  journal: Pick<Journal, 'begin'>,
): Promise<void> {
  return inSpan(span, 'journal begin', {}, () => journal.begin(exchangeId, recipient.lease));
}

/** Records that a reply was delivered, or is as far as it will be. */
export function finishWith(
  exchangeId: string,
  { ending, reason }: Pick<Reply, 'ending' | 'reason'>,
  lease: Exchange['recipient']['lease'],
  journal: Journal,
): void {
  if (ending === 'dead-letter') {
    journal.finish(exchangeId, { state: ending, reason: reason ?? 'set-aside' }, lease);
  } else {
    journal.finish(exchangeId, { state: ending, ...(reason !== undefined && { reason }) }, lease);
  }
}

/**
 * Whether nothing more is to be done about an exchange for now: it was given up, is another process's by now, or there is
 * no way to its user (Discord is away, the bot has no valid token). Then it stays open, and is taken up again when the bot
 * connects anew.
 */
export function isOver(error: unknown, signal: AbortSignal): boolean {
  const hasNoWay = isUnreachable(error) || (error instanceof DeliveryError && error.reason === 'bad-token');
  return signal.aborted || hasNoWay || error instanceof LeaseLostError || error instanceof NotRecordedError;
}

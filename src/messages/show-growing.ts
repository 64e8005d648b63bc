import type { AnswerMessages } from './answer-messages.ts';
import { EmptyAnswerError } from './empty-answer-error.ts';
import type { Exchange } from './exchange.ts';
import { createGrowingSplit, type GrowingSplit } from './split/growing-split.ts';
import { createHarmlessText } from './harmless/harmless-text.ts';
import { DeliveryError } from './outbox.ts';
import { questionOf } from './question-of.ts';
import type { TextFilter } from './harmless/text-filter.ts';
import { showTyping } from './typing.ts';

/** What {@link showGrowing} works with. */
export interface GrowingTools {
  readonly maxMessageLength: number;
  /** Takes secrets out of a text. */
  readonly redact: (text: string) => string;
  /** Between two edits, in milliseconds. */
  readonly editInterval: number;
  /** Waits so many milliseconds, or until the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Has the agent answer and shows its text while it grows: posts it as soon as there is something to see, then edits
 * about once in an interval. Typing shows until the first post. When it fails, the messages still want to show all
 * that was said.
 *
 * @returns the pieces of the whole answer, the last of which may not be shown yet
 * @throws what the agent or the outbox throws; {@link EmptyAnswerError}
 */
export async function showGrowing(
  exchange: Exchange,
  tools: GrowingTools,
  messages: AnswerMessages,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { recipient, message } = exchange;
  const split = createGrowingSplit(tools.maxMessageLength);
  const stop = new AbortController();
  const typing = showTyping(recipient.outbox, message.channelId);
  const giveUp = AbortSignal.any([signal, stop.signal]);
  const growth = readInto(split, createHarmlessText(tools.redact), () =>
    recipient.agent.answer(questionOf(exchange), giveUp),
  );
  try {
    while (!growth.isOver()) {
      await growth.news();
      // An answer that is there at once is posted whole.
      await new Promise((resolve) => setImmediate(resolve));
      if (split.pieces().length === 0) continue;
      await typing.stop();
      if (growth.isOver()) break;
      await showUnlessBroken(messages, split.pieces());
      await tools.sleep(tools.editInterval, growth.over);
    }
    await growth.ended;
    if (split.end().length === 0) throw new EmptyAnswerError();
    await typing.stop();
    return split.end();
  } catch (error) {
    stop.abort();
    await growth.ended.catch(() => undefined);
    messages.want(split.end());
    throw error;
  } finally {
    await typing.stop();
  }
}

/** What Discord does not take for a while, or not in this form, the next edit may bring; the last one decides. */
async function showUnlessBroken(messages: AnswerMessages, pieces: readonly string[]): Promise<void> {
  try {
    await messages.showGrowth(pieces);
  } catch (error) {
    if (!(error instanceof DeliveryError) || !PASSING.has(error.reason)) throw error;
  }
}

const PASSING = new Set(['discord-unreachable', 'refused-by-discord']);

/** An answer that is being read. */
interface Growth {
  /** Aborts when the stream has ended or failed. */
  readonly over: AbortSignal;
  /** Whether it has. */
  isOver(): boolean;
  /** Settles as the stream does. */
  readonly ended: Promise<void>;
  /** Resolves once something came since the last call, or the stream is over. */
  news(): Promise<void>;
}

function readInto(split: GrowingSplit, filter: TextFilter, answer: () => AsyncIterable<string>): Growth {
  const over = new AbortController();
  let news = Promise.withResolvers<undefined>();
  async function read(): Promise<void> {
    try {
      for await (const text of answer()) {
        split.push(filter.push(text));
        news.resolve(undefined);
      }
    } finally {
      split.push(filter.end());
      over.abort();
      news.resolve(undefined);
    }
  }
  const ended = read();
  // Whoever waits for it hears of a failure; until then it is no unhandled one.
  ended.catch(() => undefined);
  return {
    over: over.signal,
    isOver: () => over.signal.aborted,
    ended,
    async news() {
      await news.promise;
      news = Promise.withResolvers();
    },
  };
}

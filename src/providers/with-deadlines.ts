import { ChatModelError, type ChatRequest } from '../agents/chat-model.ts';
import { nameOf } from './classify-error.ts';
import { askedThrough, type ModelOf } from './sdk-model.ts';

/** How long a model may take, in milliseconds; what is left out is not limited. */
export interface Deadlines {
  /** From one sign of life to the next. */
  readonly idle?: number;
  /** Until the first sign of life. Default: `idle`. */
  readonly first?: number;
  /** The whole answer, with the time that its reader takes. */
  readonly total?: number;
}

/**
 * A model that is given up when it takes too long: `idle` when nothing came, `unavailable` when the answer as a
 * whole takes too long. Either way the request underneath is cancelled. The time in which the reader is busy with
 * what it got does not count as idle.
 */
export function withDeadlines<Event>(
  model: ModelOf<Event>,
  deadlines: Deadlines | (() => Deadlines),
): ModelOf<Event> {
  return askedThrough(model, (request, signal) => {
    // What is known of a model changes while it is asked.
    const present = typeof deadlines === 'function' ? deadlines() : deadlines;
    return limited(model, present, request, signal);
  });
}

async function* limited<Event>(
  model: ModelOf<Event>,
  { idle, first = idle, total }: Deadlines,
  request: ChatRequest,
  signal: AbortSignal,
): AsyncGenerator<Event> {
  const patience = new Patience(model, signal);
  const events: AsyncIterator<Event, unknown> = model
    .stream(request, patience.signal)
    [Symbol.asyncIterator]();
  try {
    patience.limit('total', total);
    for (let wait = first; ; wait = idle) {
      patience.limit('idle', wait);
      const { done, value } = await events.next();
      patience.lift('idle');
      if (done === true) return;
      yield value;
    }
  } finally {
    patience.end();
    await events.return?.();
  }
}

/** The timers of one answer. */
class Patience {
  readonly #abort = new AbortController();
  readonly #timers = new Map<'idle' | 'total', NodeJS.Timeout>();
  readonly #model: ModelOf<unknown>;
  /** Aborts when the caller's does, and when time is up: then with the error that says so. */
  readonly signal: AbortSignal;

  constructor(model: ModelOf<unknown>, signal: AbortSignal) {
    this.#model = model;
    this.signal = AbortSignal.any([signal, this.#abort.signal]);
  }

  limit(which: 'idle' | 'total', ms: number | undefined): void {
    if (ms === undefined) return;
    const timer = setTimeout(() => {
      this.#abort.abort(tooLate(this.#model, which, ms));
    }, ms);
    this.#timers.set(which, timer);
  }

  lift(which: 'idle' | 'total'): void {
    clearTimeout(this.#timers.get(which));
  }

  end(): void {
    this.lift('idle');
    this.lift('total');
  }
}

function tooLate(model: ModelOf<unknown>, which: 'idle' | 'total', ms: number): ChatModelError {
  const seconds = `${ms / 1_000} s`;
  return which === 'idle'
    ? new ChatModelError('idle', `${nameOf(model)} sent nothing for ${seconds}`)
    : new ChatModelError('unavailable', `${nameOf(model)} had not finished its answer after ${seconds}`);
}

import type { LogFields } from './logger.ts';

/** What is known of a piece of work: ids, counts, short words. Never what anybody wrote, nor who a user is. */
export type SpanAttributes = Readonly<
  Record<string, string | number | boolean | readonly string[] | undefined>
>;

/** What a span is, besides its name. */
export interface SpanOptions {
  readonly attributes?: SpanAttributes;
  /** `client`: another service does the work; `consumer`: a message is dealt with. Default: it is our own. */
  readonly kind?: 'client' | 'consumer';
}

/** One piece of work in a trace; it is recorded when it ends. */
export interface Span {
  /** What log lines about it carry: `trace_id` and `span_id`. */
  readonly logFields: LogFields;
  /** Begins a piece of work within this one; it may end later than this one. */
  child(name: string, options?: SpanOptions): Span;
  /** Adds to what is known of it. */
  set(attributes: SpanAttributes): void;
  /**
   * Says that it failed, and of what.
   *
   * @param type - a short word out of a few. Default: the error's own word, or its class
   */
  fail(error: unknown, type?: string): void;
  /** Ends it now. Once. */
  end(): void;
}

/** Begins traces. Who traces nothing has no span, so that whatever follows costs one look at `undefined`. */
export interface Tracer {
  /** Begins a trace; undefined when this one is not recorded. */
  begin(name: string, options?: SpanOptions): Span | undefined;
}

/** A tracer that records nothing. */
export const silentTracer: Tracer = { begin: () => undefined };

/** Does some work in a span of its own, which fails as the work does. Without a parent it is only done. */
export function inSpan<Result>(
  parent: Span | undefined,
  name: string,
  options: SpanOptions,
  work: (span: Span | undefined) => Promise<Result>,
): Promise<Result> {
  return parent === undefined ? work(undefined) : traced(parent.child(name, options), work);
}

async function traced<Result>(span: Span, work: (span: Span) => Promise<Result>): Promise<Result> {
  try {
    return await work(span);
  } catch (error) {
    span.fail(error);
    throw error;
  } finally {
    span.end();
  }
}

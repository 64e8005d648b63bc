import {
  type Attributes,
  type HrTime,
  ROOT_CONTEXT,
  type Span as OtelApiSpan,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer as OtelApiTracer,
} from '@opentelemetry/api';

import { describeError, typeOfError } from './span-error.ts';
import type { Span, SpanAttributes, SpanOptions, Tracer } from './tracing.ts';

const KINDS = {
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
} as const satisfies Record<NonNullable<SpanOptions['kind']>, SpanKind>;

/** What the spans of one trace are made with. */
interface Parts {
  readonly tracer: OtelApiTracer;
  readonly redact: (text: string) => string;
  /** Its time. OpenTelemetry's own reads the wall clock for each span, so that a child may seem to outlast its parent. */
  readonly now: () => HrTime;
}

/** A {@link Tracer} over OpenTelemetry's. Spans know their parents by being told: nothing global is set or asked. */
export function createOtelTracer(tracer: OtelApiTracer, redact: (text: string) => string): Tracer {
  return {
    begin(name, options = {}) {
      const parts = { tracer, redact, now: clockOfTrace() };
      const span = startSpan(parts, name, options, ROOT_CONTEXT);
      return span.isRecording() ? new OtelSpan(parts, span) : undefined;
    },
  };
}

class OtelSpan implements Span {
  readonly logFields;
  readonly #parts: Parts;
  readonly #span: OtelApiSpan;

  constructor(parts: Parts, span: OtelApiSpan) {
    this.#parts = parts;
    this.#span = span;
    const { traceId, spanId } = span.spanContext();
    this.logFields = { trace_id: traceId, span_id: spanId };
  }

  child(name: string, options: SpanOptions = {}): Span {
    const within = trace.setSpan(ROOT_CONTEXT, this.#span);
    return new OtelSpan(this.#parts, startSpan(this.#parts, name, options, within));
  }

  set(attributes: SpanAttributes): void {
    this.#span.setAttributes(cleanAttributes(attributes, this.#parts.redact));
  }

  fail(error: unknown, type = typeOfError(error)): void {
    this.set({ 'error.type': type });
    const message = describeError(error, this.#parts.redact);
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message });
  }

  end(): void {
    this.#span.end(this.#parts.now());
  }
}

function startSpan(
  { tracer, redact, now }: Parts,
  name: string,
  { kind, attributes = {} }: SpanOptions,
  context: typeof ROOT_CONTEXT,
): OtelApiSpan {
  const options = {
    kind: kind === undefined ? SpanKind.INTERNAL : KINDS[kind],
    attributes: cleanAttributes(attributes, redact),
    startTime: now(),
  };
  return tracer.startSpan(redact(name), options, context);
}

/** Begins at the wall clock's time, and only goes forward. */
function clockOfTrace(): () => HrTime {
  const offset = Date.now() - performance.now();
  return () => {
    const ms = offset + performance.now();
    return [Math.floor(ms / 1_000), Math.floor((ms % 1_000) * 1_000_000)];
  };
}

/** The attributes that there are, without secrets: an agent may have been named after one. */
export function cleanAttributes(attributes: SpanAttributes, redact: (text: string) => string): Attributes {
  const cleaned: Attributes = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'string') cleaned[name] = redact(value);
    else if (typeof value === 'object') cleaned[name] = value.map(redact);
    else if (value !== undefined) cleaned[name] = value;
  }
  return cleaned;
}

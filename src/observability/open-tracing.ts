import type { Logger } from './logger.ts';
import type { Redactor } from './redactor.ts';
import { silentTracer, type Tracer } from './tracing.ts';

/** Where traces go, and which. */
export interface TraceSettings {
  /** Where a collector takes traces as OTLP over HTTP, such as `http://localhost:4318/v1/traces`. */
  readonly endpoint: string;
  /** What goes along with each request, usually a key. In a config not enumerable, so that printing leaves it out. */
  readonly headers: Readonly<Record<string, string>>;
  /** What is said of this host, `service.name` above all. */
  readonly resource: Readonly<Record<string, string>>;
  /** How many of all traces are recorded, from 0 to 1. */
  readonly ratio: number;
}

/** What tracing works with. */
export interface TracingParts {
  readonly logger: Logger;
  /** Goes over everything that leaves. */
  readonly redactor: Redactor;
}

/** Traces that are being recorded. */
export interface Tracing {
  readonly tracer: Tracer;
  /**
   * Sends what has not been sent, and ends. Never rejects.
   *
   * @param timeout - milliseconds; what has not arrived by then is lost
   */
  stop(timeout: number): Promise<void>;
}

/** Begins to record traces where a collector is named. Where none is, nothing is loaded. */
export async function openTracing(
  settings: TraceSettings | undefined,
  parts: TracingParts,
): Promise<Tracing> {
  if (settings === undefined) return { tracer: silentTracer, stop: () => Promise.resolve() };
  // Megabytes, for those alone who have a collector.
  const { startOtelTracing } = await import('./otel-tracing.ts');
  return startOtelTracing(settings, parts);
}

import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';

import type { Logger } from './logger.ts';

/** What {@link TellingExporter} tells with. */
export interface TellingExporterParts {
  readonly endpoint: string;
  readonly logger: Logger;
}

/** Has another exporter send spans, and tells when they begin not to arrive and when they arrive again: not each time. */
export class TellingExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #parts: TellingExporterParts;
  /** Since the last delivery that succeeded. */
  #lost = 0;

  constructor(exporter: SpanExporter, parts: TellingExporterParts) {
    this.#exporter = exporter;
    this.#parts = parts;
  }

  export(spans: ReadableSpan[], done: Parameters<SpanExporter['export']>[1]): void {
    this.#exporter.export(spans, (result) => {
      // The code is an enum of a package that is not ours to import: a failure is what is not 0.
      if (result.code.valueOf() === 0) this.#arrived();
      else this.#failed(spans.length, result.error);
      done(result);
    });
  }

  #arrived(): void {
    if (this.#lost === 0) return;
    const { endpoint, logger } = this.#parts;
    logger.info('traces reach the collector again', { endpoint, lost: this.#lost });
    this.#lost = 0;
  }

  #failed(count: number, error: Error | undefined): void {
    const { endpoint, logger } = this.#parts;
    if (this.#lost === 0) {
      logger.warn('traces do not reach the collector; this is not said again until they do', {
        endpoint,
        error,
        remedy: 'It has to take OTLP over HTTP as JSON, on port 4318 as a rule (not 4317, which is gRPC).',
      });
    }
    this.#lost += count;
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  forceFlush(): Promise<void> {
    return this.#exporter.forceFlush?.() ?? Promise.resolve();
  }
}

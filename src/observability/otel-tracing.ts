import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';

import { isTelling } from './is-telling.ts';
import { cleanAttributes, createOtelTracer } from './otel-tracer.ts';
import type { TraceSettings, Tracing, TracingParts } from './open-tracing.ts';
import { TellingExporter } from './telling-exporter.ts';

/** How long one delivery of spans may take with all of its tries, in milliseconds. Only one is under way. */
const EXPORT_TIMEOUT = 5_000;

/**
 * Records traces with OpenTelemetry and sends them to a collector, in batches of up to 512 spans every five seconds.
 * Nobody waits for that: while the collector is slow or away, up to 2,048 spans wait and the rest is lost.
 */
export function startOtelTracing(settings: TraceSettings, { logger, redactor }: TracingParts): Tracing {
  const redact = (text: string): string => redactor.redact(text);
  for (const value of Object.values(settings.headers)) {
    // Also what stands behind `Bearer`, alone.
    for (const secret of new Set([value, ...value.split(' ')])) if (isTelling(secret)) redactor.add(secret);
  }
  const { endpoint: url, headers } = settings;
  const exporter = new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: EXPORT_TIMEOUT });
  const provider = new BasicTracerProvider({
    resource: defaultResource().merge(resourceFromAttributes(cleanAttributes(settings.resource, redact))),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(settings.ratio) }),
    spanProcessors: [new BatchSpanProcessor(new TellingExporter(exporter, { endpoint: url, logger }))],
  });
  return {
    tracer: createOtelTracer(provider.getTracer('troupe'), redact),
    async stop(timeout) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<'late'>((resolve) => {
        timer = setTimeout(() => {
          resolve('late');
        }, timeout);
      });
      // The exporter has told of what failed.
      const ended = await Promise.race([provider.shutdown().catch(() => undefined), late]);
      clearTimeout(timer);
      if (ended === 'late')
        logger.warn('the last traces did not reach the collector in time', { endpoint: url });
    },
  };
}

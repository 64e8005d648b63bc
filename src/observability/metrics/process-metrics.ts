import { readdirSync } from 'node:fs';
import { constants, type PerformanceEntry, PerformanceObserver, performance } from 'node:perf_hooks';
import type { EventLoopReading } from '../event-loop.ts';
import type { Meters } from './meters.ts';

/** Upper bounds for a garbage collection, in seconds. */
const GC_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1];

const GC_KINDS: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
};

/**
 * What every process tells, under the names that Prometheus' clients share, so that dashboards of others show it too.
 *
 * @param loop - how busy the event loop was lately
 * @returns ends it
 */
export function processMetrics(meters: Meters, loop: () => EventLoopReading): () => void {
  const gauge = (name: string, help: string, read: () => number): void => {
    meters.gauge(name, help, (tell) => {
      tell(read());
    });
  };
  meters.total('process_cpu_seconds_total', 'Processor time of all threads.', (tell) => {
    const { user, system } = process.cpuUsage();
    tell((user + system) / 1e6);
  });
  gauge('process_start_time_seconds', 'When the process began, in seconds since 1970.', () =>
    Math.round(performance.timeOrigin / 1_000),
  );
  gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
  gauge('process_open_fds', 'Open files and sockets; 0 where the system does not tell.', openFiles);
  gauge('nodejs_heap_size_total_bytes', "V8's heap.", () => process.memoryUsage().heapTotal);
  gauge('nodejs_heap_size_used_bytes', "What is used of V8's heap.", () => process.memoryUsage().heapUsed);
  gauge('nodejs_external_memory_bytes', 'Memory outside of the heap.', () => process.memoryUsage().external);
  for (const at of ['p50', 'p90', 'p99', 'max'] as const) {
    gauge(
      `nodejs_eventloop_lag_${at}_seconds`,
      `Delay of the event loop in the last minute, ${at}.`,
      () => loop()[at],
    );
  }
  gauge(
    'nodejs_eventloop_utilization_ratio',
    'The share of the last minute in which the event loop did not wait.',
    () => loop().utilization,
  );
  meters.gauge<'version'>('nodejs_version_info', 'The version of Node.', (tell) => {
    tell(1, { version: process.version });
  });
  return watchGarbage(meters);
}

/** Node's types leave out what it says of a collection. */
type GcEntry = PerformanceEntry & { readonly detail: { readonly kind: number } };

function watchGarbage(meters: Meters): () => void {
  const took = meters.histogram<'kind'>(
    'nodejs_gc_duration_seconds',
    'How long garbage collections take, by their kind.',
    GC_BUCKETS,
  );
  const observer = new PerformanceObserver((list) => {
    for (const { duration, detail } of list.getEntries() as GcEntry[]) {
      took.observe({ kind: GC_KINDS[detail.kind] ?? 'other' }, duration / 1_000);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => {
    observer.disconnect();
  };
}

function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}

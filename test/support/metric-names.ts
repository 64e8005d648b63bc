import { readSamples } from '../../src/observability/metrics/read-samples.ts';

/** A metric as a host serves it. */
export interface ServedMetric {
  readonly type: string;
  /** Those that were seen, without `le`. */
  readonly labels: ReadonlySet<string>;
}

/** A metric in a PromQL expression, and the labels that it is selected by. */
export interface UsedMetric {
  readonly name: string;
  readonly labels: readonly string[];
}

const ENDINGS = ['_bucket', '_sum', '_count'];

/** What a host serves, by name; of histograms also the names of their series. */
export function servedMetrics(text: string): Map<string, ServedMetric> {
  const types = Array.from(text.matchAll(/^# TYPE (\S+) (\S+)$/gm), ([, name = '', type = '']) => ({
    name,
    type,
  }));
  const samples = readSamples(text);
  return new Map(
    types.flatMap(({ name, type }) => {
      const names = type === 'histogram' ? [name, ...ENDINGS.map((ending) => name + ending)] : [name];
      const labels = new Set(
        samples.flatMap((sample) => (names.includes(sample.name) ? Object.keys(sample.labels) : [])),
      );
      labels.delete('le');
      return names.map((one): [string, ServedMetric] => [one, { type, labels }]);
    }),
  );
}

/** The metrics that an expression of PromQL names: ours, and what every process tells. */
export function usedMetrics(expression: string): UsedMetric[] {
  const bare = expression.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""');
  return Array.from(
    bare.matchAll(/\b((?:troupe|process|nodejs)_\w+)(?:\s*\{([^}]*)\})?/g),
    ([, name = '', selectors = '']) => ({
      name,
      labels: Array.from(selectors.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g), ([, label = '']) => label),
    }),
  );
}

/** The labels that an expression sums or joins by. */
export function groupedLabels(expression: string): string[] {
  return Array.from(expression.matchAll(/\b(?:by|on|without|ignoring)\s*\(([^)]*)\)/g), ([, list = '']) =>
    list.split(',').map((label) => label.trim()),
  ).flat();
}

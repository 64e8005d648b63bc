import { Counter, Histogram, type Labels, type WriteSample } from './series.ts';

/** What `GET /metrics` answers. */
export interface Scrape {
  readonly contentType: string;
  readonly body: string;
}

/** What a gauge or a total is read into: a value, and its labels where it has some. */
export type Tell<Label extends string> = (value: number, labels?: Labels<Label>) => void;

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly write: (sample: WriteSample) => void;
}

/**
 * Everything that Prometheus asks one host for, and its text format. That is a few lines; prom-client would be one or two
 * megabytes of a host that has four to spare.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export class Meters {
  readonly #metrics: Metric[] = [];

  /** What only grows, and is counted where it happens. */
  counter<Label extends string>(name: string, help: string): Counter<Label> {
    return this.#add(name, help, 'counter', new Counter<Label>());
  }

  /** How long something takes. @param bounds - the upper ones of its buckets, in seconds */
  histogram<Label extends string>(name: string, help: string, bounds: readonly number[]): Histogram<Label> {
    return this.#add(name, help, 'histogram', new Histogram<Label>(bounds));
  }

  /** What is read when it is asked for, and costs nothing before. Series of what is gone are gone. */
  gauge<Label extends string = never>(name: string, help: string, read: (tell: Tell<Label>) => void): void {
    this.#add(name, help, 'gauge', { write: reading(read) });
  }

  /** What only grows, and is counted by a part of the host: read when it is asked for. */
  total<Label extends string = never>(name: string, help: string, read: (tell: Tell<Label>) => void): void {
    this.#add(name, help, 'counter', { write: reading(read) });
  }

  /** All of it in Prometheus' text format. */
  scrape(): Scrape {
    const body = this.#metrics.map(render).join('\n');
    return { contentType: 'text/plain; version=0.0.4; charset=utf-8', body };
  }

  #add<Kept extends Pick<Metric, 'write'>>(
    name: string,
    help: string,
    type: Metric['type'],
    kept: Kept,
  ): Kept {
    const write: Metric['write'] = (sample) => {
      kept.write(sample);
    };
    this.#metrics.push({ name, help, type, write });
    return kept;
  }
}

function reading<Label extends string>(read: (tell: Tell<Label>) => void): Metric['write'] {
  return (sample) => {
    read((value, labels) => {
      sample('', labels ?? {}, value);
    });
  };
}

function render({ name, help, type, write }: Metric): string {
  const lines = [`# HELP ${name} ${escaped(help)}`, `# TYPE ${name} ${type}`];
  write((suffix, labels, value) => {
    const pairs = Object.entries(labels).map(
      ([label, word]) => `${label}="${escaped(word).replaceAll('"', '\\"')}"`,
    );
    lines.push(`${name}${suffix}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${shown(value)}`);
  });
  return `${lines.join('\n')}\n`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function shown(value: number): string {
  return value === Infinity ? '+Inf' : String(value).replace('Infinity', 'Inf');
}

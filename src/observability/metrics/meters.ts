import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What a gauge or a total is read into: a value, and its labels where it has some. */
export type Tell<Label extends string> = (value: number, labels?: Readonly<Record<Label, string>>) => void;

/** Everything that Prometheus asks for, as one host has it: no registry is shared. */
export class Meters {
  readonly #registry = new Registry();

  /** What only grows, and is counted where it happens. */
  counter<Label extends string = never>(
    name: string,
    help: string,
    labelNames: readonly Label[],
  ): Counter<Label> {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.#registry] });
  }

  /** How long something takes. @param buckets - upper bounds, in seconds */
  histogram<Label extends string = never>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    buckets: readonly number[],
  ): Histogram<Label> {
    const registers = [this.#registry];
    return new Histogram({ name, help, labelNames: [...labelNames], buckets: [...buckets], registers });
  }

  /** What is read when it is asked for, and costs nothing before. */
  gauge<Label extends string = never>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    read: (tell: Tell<Label>) => void,
  ): void {
    new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.#registry],
      collect() {
        // Series of what is gone go.
        this.reset();
        read((value, labels) => {
          if (labels === undefined) this.set(value);
          else this.set(labels, value);
        });
      },
    });
  }

  /** What only grows, and is counted by a part of the host: read when it is asked for. */
  total<Label extends string = never>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    read: (tell: Tell<Label>) => void,
  ): void {
    new Counter({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.#registry],
      collect() {
        this.reset();
        read((value, labels) => {
          if (labels === undefined) this.inc(value);
          else this.inc(labels, value);
        });
      },
    });
  }

  /** All of it in Prometheus' text format. */
  async scrape(): Promise<Scrape> {
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }
}

/** What `GET /metrics` answers. */
export interface Scrape {
  readonly contentType: string;
  readonly body: string;
}

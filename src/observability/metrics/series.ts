/** What a series is told apart by. */
export type Labels<Label extends string> = Readonly<Record<Label, string>>;

/** Takes what a metric shows, a line for each series. @param suffix - what comes behind the metric's name */
export type WriteSample = (suffix: string, labels: Readonly<Record<string, string>>, value: number) => void;

/** What only grows, and is counted where it happens. */
export class Counter<Label extends string> {
  readonly #series = new Map<string, { readonly labels: Labels<Label>; value: number }>();

  /** Counts. @param by - never negative */
  add(labels: Labels<Label>, by = 1): void {
    const key = keyOf(labels);
    const series = this.#series.get(key);
    if (series === undefined) this.#series.set(key, { labels, value: by });
    else series.value += by;
  }

  /** Shows a series at zero until something is counted: one that begins with a count has not risen, to Prometheus. */
  begin(labels: Labels<Label>): void {
    const key = keyOf(labels);
    if (!this.#series.has(key)) this.#series.set(key, { labels, value: 0 });
  }

  /** Forgets the series for which this holds. */
  forget(isGone: (labels: Labels<Label>) => boolean): void {
    for (const [key, { labels }] of this.#series) if (isGone(labels)) this.#series.delete(key);
  }

  write(sample: WriteSample): void {
    for (const { labels, value } of this.#series.values()) sample('', labels, value);
  }
}

/** How long something takes, in seconds. */
export class Histogram<Label extends string> {
  readonly #bounds: readonly number[];
  readonly #series = new Map<
    string,
    { readonly labels: Labels<Label>; readonly counts: number[]; count: number; sum: number }
  >();

  /** @param bounds - the upper ones of its buckets, in their order */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
  }

  /** Takes one in. */
  observe(labels: Labels<Label>, seconds: number): void {
    const key = keyOf(labels);
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { labels, counts: this.#bounds.map(() => 0), count: 0, sum: 0 };
      this.#series.set(key, series);
    }
    series.count += 1;
    series.sum += seconds;
    const bucket = this.#bounds.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
  }

  write(sample: WriteSample): void {
    for (const { labels, counts, count, sum } of this.#series.values()) {
      let below = 0;
      for (const [index, bound] of this.#bounds.entries()) {
        below += counts[index] ?? 0;
        sample('_bucket', { ...labels, le: String(bound) }, below);
      }
      sample('_bucket', { ...labels, le: '+Inf' }, count);
      sample('_sum', labels, sum);
      sample('_count', labels, count);
    }
  }
}

/** Callers name the labels of one metric in one order. */
function keyOf(labels: Readonly<Record<string, string>>): string {
  let key = '';
  for (const label in labels) key += `${labels[label] ?? ''}\n`;
  return key;
}

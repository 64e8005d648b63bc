import { PROGRAMS, type ProgramName } from './program.ts';
import { type Spread, spreadOf } from './statistics.ts';
import type { Visit } from './visit.ts';

/** One thing that was measured of each program. */
export interface Row {
  readonly label: string;
  /** Digits after the point. */
  readonly digits: number;
  readonly values: Readonly<Record<ProgramName, Spread>>;
}

/** What {@link BenchSummary.row} calls the rows that budgets are about. */
export const LABELS = {
  ready: 'loaded to all ready, ms',
  idleMemory: 'memory, idle, MB',
  memoryPerBot: 'memory for each bot, MB',
  throughput: 'throughput, messages/s',
  p50: (rate: number) => `added at ${rate}/s, p50, ms`,
  p99: (rate: number) => `added at ${rate}/s, p99, ms`,
} as const;

/** The measurements of several runs, put together. */
export class BenchSummary {
  readonly #visits: readonly Visit[];

  constructor(visits: readonly Visit[]) {
    this.#visits = visits;
  }

  /** Numbers of bots that were measured. */
  get botCounts(): number[] {
    return [...new Set(this.#visits.map(({ bots }) => bots))].sort((a, b) => a - b);
  }

  /** All that is known of so many bots. */
  rows(bots: number): Row[] {
    const row = (label: string, digits: number, value: (visit: Visit) => number): Row => ({
      label,
      digits,
      values: this.#values(bots, value),
    });
    const rates = this.#visits.find((visit) => visit.bots === bots)?.rates ?? [];
    const rows = [
      row('start to loaded, ms', 0, (visit) => visit.loaded),
      row(LABELS.ready, 0, (visit) => visit.ready),
      row(LABELS.idleMemory, 1, (visit) => visit.idleMemory),
      row(LABELS.memoryPerBot, 2, (visit) => (visit.idleMemory - this.#emptyMemory(visit.program)) / bots),
      row('processor, idle, %', 1, (visit) => visit.idleProcessor * 100),
      ...rates.flatMap(({ rate }, index) => [
        row(LABELS.p50(rate), 2, (visit) => visit.rates[index]?.p50 ?? Number.NaN),
        row(LABELS.p99(rate), 2, (visit) => visit.rates[index]?.p99 ?? Number.NaN),
      ]),
      row(LABELS.throughput, 0, (visit) => visit.throughput),
      row('processor for a message, ms', 3, (visit) => visit.processorPerMessage),
      row('memory after load, MB', 1, (visit) => visit.memoryAfterLoad),
      row('stand-in busy at that, %', 0, (visit) => visit.standInBusy * 100),
    ];
    return rows.filter(({ values }) => PROGRAMS.some((name) => Number.isFinite(values[name].median)));
  }

  /** One row, if it was measured. */
  row(bots: number, label: string): Row | undefined {
    return this.rows(bots).find((row) => row.label === label);
  }

  /** Rates at which a program had so many answers open that sending was held back. */
  behind(bots: number): string[] {
    const found = this.#visits
      .filter((visit) => visit.bots === bots)
      .flatMap(({ program, rates }) =>
        rates.filter(({ behind }) => behind).map(({ rate }) => `${program} did not keep up with ${rate}/s`),
      );
    return [...new Set(found)];
  }

  #values(bots: number, value: (visit: Visit) => number): Record<ProgramName, Spread> {
    const of = (name: ProgramName): Spread =>
      spreadOf(this.#visits.filter((visit) => visit.bots === bots && visit.program === name).map(value));
    return { troupe: of('troupe'), core: of('core'), raw: of('raw') };
  }

  /** What the program takes without any bot. */
  #emptyMemory(name: ProgramName): number {
    return this.#values(0, (visit) => visit.idleMemory)[name].median;
  }
}

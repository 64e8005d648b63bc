import type { ProgramName } from './program.ts';
import { type BenchSummary, LABELS } from './summary.ts';

/** What one thing may cost, and what it does. */
export interface Verdict {
  readonly budget: string;
  readonly met: boolean;
  /** The numbers, in a few words. */
  readonly measured: string;
}

interface Budget {
  readonly bots: number;
  readonly label: string;
  readonly text: string;
  /** The bound, given what the core loop does. */
  readonly bound: (core: number) => number;
  /** Whether more is better. Otherwise less is. */
  readonly atLeast?: true;
  readonly digits: number;
}

const BOTS = 50;
const RATE = 100;

/** What Troupe is allowed to cost. */
const BUDGETS: readonly Budget[] = [
  {
    bots: BOTS,
    label: LABELS.p50(RATE),
    text: `p50 at ${RATE} messages/s at most 1.5 times the core loop's`,
    bound: (core) => 1.5 * core,
    digits: 2,
  },
  {
    bots: BOTS,
    label: LABELS.p99(RATE),
    text: `p99 at ${RATE} messages/s at most 2 times the core loop's`,
    bound: (core) => 2 * core,
    digits: 2,
  },
  {
    bots: BOTS,
    label: LABELS.throughput,
    text: "at least half the core loop's throughput",
    bound: (core) => core / 2,
    atLeast: true,
    digits: 0,
  },
  {
    bots: BOTS,
    label: LABELS.idleMemory,
    text: 'at most 170 MB at fifty idle bots',
    bound: () => 170,
    digits: 1,
  },
  {
    bots: BOTS,
    label: LABELS.memoryPerBot,
    text: "at most 1.3 times the core loop's memory for each bot",
    bound: (core) => 1.3 * core,
    digits: 2,
  },
  {
    bots: BOTS,
    label: LABELS.ready,
    text: 'fifty bots ready within 1 s of loading',
    bound: () => 1_000,
    digits: 0,
  },
  {
    bots: 1_000,
    label: LABELS.ready,
    text: 'a thousand bots ready within 15 s of loading',
    bound: () => 15_000,
    digits: 0,
  },
];

/** Compares medians with the budgets; what was not measured is left out. */
export function judgeBudgets(summary: BenchSummary): Verdict[] {
  return BUDGETS.flatMap(({ bots, label, text, bound, atLeast, digits }) => {
    const median = (name: ProgramName): number => summary.row(bots, label)?.values[name].median ?? Number.NaN;
    const troupe = median('troupe');
    const most = bound(median('core'));
    if (!Number.isFinite(troupe) || !Number.isFinite(most)) return [];
    const met = atLeast === true ? troupe >= most : troupe <= most;
    const measured = `${troupe.toFixed(digits)}, allowed ${atLeast === true ? 'from' : 'up to'} ${most.toFixed(digits)}`;
    return [{ budget: text, met, measured }];
  });
}

/** The verdicts, a line each. */
export function formatVerdicts(verdicts: readonly Verdict[]): string {
  return verdicts
    .map(({ budget, met, measured }) => `${met ? 'met   ' : 'MISSED'}  ${budget}: ${measured}`)
    .join('\n');
}

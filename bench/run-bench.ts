import type { BenchOptions } from './options.ts';
import { PROGRAMS, type ProgramName } from './program.ts';
import { visit, type Visit, type VisitPlan } from './visit.ts';

/** How many bots `--thousand` starts. */
const THOUSAND = 1_000;

/** Everything that was measured, in the order of measuring. */
export interface BenchResults {
  readonly visits: readonly Visit[];
}

/**
 * Measures every program with every number of bots, and without any. The programs take turns, so that what disturbs
 * the machine for a while disturbs all of them.
 *
 * @param tell - called with what is measured next
 * @throws Error when a program answers wrongly or misbehaves
 */
export async function runBench(options: BenchOptions, tell: (what: string) => void): Promise<BenchResults> {
  const plans = plansOf(options);
  // The first start of a program compiles its code, and every later one finds it in the cache.
  for (const program of PROGRAMS) {
    tell(`once before: ${program}`);
    await visit({ program, bots: 1, layout: options.layout, rates: [], seconds: 0 });
  }
  const visits: Visit[] = [];
  for (const [index, plan] of plans.entries()) {
    tell(`${index + 1}/${plans.length}  ${plan.program} with ${plan.bots} bots`);
    visits.push(await visit(plan));
  }
  return { visits };
}

function plansOf({ bots, rates, seconds, runs, layout, thousand }: BenchOptions): VisitPlan[] {
  const turn = (count: number, wanted: readonly number[], programs: readonly ProgramName[]): VisitPlan[] =>
    programs.map((program) => ({ program, bots: count, layout, rates: wanted, seconds }));
  const plans: VisitPlan[] = [];
  for (let run = 0; run < runs; run++) {
    plans.push(...turn(0, [], PROGRAMS));
    for (const count of bots) plans.push(...turn(count, rates, PROGRAMS));
    // A guild's fan-out to a thousand bots would measure the stand-in.
    if (thousand) plans.push(...turn(THOUSAND, [], ['troupe', 'core']));
  }
  return plans;
}

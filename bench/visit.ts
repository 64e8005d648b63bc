import { Load, type RateResult } from './load.ts';
import type { Layout } from './options.ts';
import { processorTime, residentMemory } from './process-cost.ts';
import { type ProgramName, type RunningProgram, startProgram } from './program.ts';
import { sleep } from './sleep.ts';
import { setStage, type Stage } from './stage.ts';

/** What is measured of one program with so many bots. */
export interface VisitPlan {
  readonly program: ProgramName;
  readonly bots: number;
  readonly layout: Layout;
  /** Messages a second; none leaves out all that has to do with messages. */
  readonly rates: readonly number[];
  /** How long each rate is kept up. */
  readonly seconds: number;
}

/** What one program did, once. Times in milliseconds, memory in megabytes. */
export interface Visit {
  readonly program: ProgramName;
  readonly bots: number;
  /** From the start of the process until its first request to Discord; NaN without bots. */
  readonly loaded: number;
  /** From that request until the last bot was sent READY. */
  readonly ready: number;
  /** A while after everything is ready. */
  readonly idleMemory: number;
  /** Share of one processor that it uses while nothing happens. */
  readonly idleProcessor: number;
  readonly rates: readonly RateResult[];
  /** Answers a second with as many messages open as fit; NaN when not measured. */
  readonly throughput: number;
  /** Processor time for one message at full throughput. */
  readonly processorPerMessage: number;
  /** Share of time in which the stand-in Discord was busy meanwhile. */
  readonly standInBusy: number;
  readonly memoryAfterLoad: number;
}

const READY_TIMEOUT = 60_000;

/** How long a program is left alone before its memory is read, in milliseconds. */
const SETTLE = 1_500;

/** Messages before anything is measured: code gets compiled, connections get opened. */
const WARM_UP = { rate: 300, seconds: 1 };

/** How long throughput is measured at most: it needs no long time. */
const THROUGHPUT_SECONDS = 2;

/** Starts one program on a fresh stage and measures it. @throws Error when it answers wrongly or misbehaves */
export async function visit(plan: VisitPlan): Promise<Visit> {
  const stage = await setStage(plan.bots, plan.layout);
  try {
    const program = await startProgram(plan.program, stage);
    try {
      return await Promise.race([measure(plan, stage, program), program.child.crashed]);
    } catch (error) {
      throw new Error(`${plan.program} with ${plan.bots} bots failed. It printed:\n${program.child.output}`, {
        cause: error,
      });
    } finally {
      await program.stop();
    }
  } finally {
    // Throws when there were violations.
    await stage.discord.stop();
  }
}

async function measure(plan: VisitPlan, stage: Stage, { child }: RunningProgram): Promise<Visit> {
  const { pid, startedAt } = child;
  const times = await untilReady(stage, startedAt);
  const idleFrom = await afterSettling(pid);
  await sleep(SETTLE);
  const idleProcessor = ((await processorTime(pid)) - idleFrom) / SETTLE;
  const idleMemory = await residentMemory(pid);
  const load = plan.rates.length > 0 ? await underLoad(plan, stage, pid) : NO_LOAD;
  if (child.output !== '') throw new Error('it warned of something');
  const { program, bots } = plan;
  return { program, bots, ...times, idleProcessor, idleMemory, ...load };
}

const NO_LOAD = {
  rates: [],
  throughput: Number.NaN,
  processorPerMessage: Number.NaN,
  standInBusy: Number.NaN,
  memoryAfterLoad: Number.NaN,
} as const;

type UnderLoad = Pick<Visit, keyof typeof NO_LOAD>;

async function underLoad({ rates, seconds }: VisitPlan, stage: Stage, pid: number): Promise<UnderLoad> {
  const load = new Load(stage);
  try {
    await load.atRate(WARM_UP.rate, WARM_UP.seconds);
    const results: RateResult[] = [];
    for (const rate of rates) results.push(await load.atRate(rate, seconds));
    const before = { processor: await processorTime(pid), answered: load.answered };
    const utilization = performance.eventLoopUtilization();
    const throughput = await load.throughput(Math.min(seconds, THROUGHPUT_SECONDS));
    const standInBusy = performance.eventLoopUtilization(utilization).utilization;
    const processor = (await processorTime(pid)) - before.processor;
    return {
      rates: results,
      throughput,
      processorPerMessage: processor / (load.answered - before.answered),
      standInBusy,
      memoryAfterLoad: await residentMemory(pid),
    };
  } finally {
    load.end();
  }
}

/** Waits for the last READY. The first request tells that the program is loaded. */
async function untilReady(
  { discord, bots }: Stage,
  startedAt: number,
): Promise<Pick<Visit, 'loaded' | 'ready'>> {
  if (bots.length === 0) {
    await sleep(SETTLE);
    return { loaded: Number.NaN, ready: Number.NaN };
  }
  const waiting = [...bots];
  const allReady = (): boolean => {
    while ((waiting.at(-1)?.connected ?? 0) > 0) waiting.pop();
    return waiting.length === 0;
  };
  await discord.until(allReady, `${bots.length} bots to be ready`, READY_TIMEOUT);
  const readyAt = performance.now();
  const first = Math.min(...bots.flatMap(({ requests }) => requests[0]?.at ?? []));
  const loadedAt = first - performance.timeOrigin;
  return { loaded: loadedAt - startedAt, ready: readyAt - loadedAt };
}

/** What follows READY (guilds, writes to the database) is over. */
async function afterSettling(pid: number): Promise<number> {
  await sleep(SETTLE / 2);
  return processorTime(pid);
}

import { quantile } from '../statistics.ts';
import { sleep } from '../sleep.ts';
import { type LlmHost, PATIENCE } from './llm-host.ts';
import type { Answered } from './talk.ts';

/** Our own time for an answer, in milliseconds. */
export interface AnswerTime {
  /** From the dispatch of a question until its whole answer is there, less what the model took. */
  readonly p50: number;
  readonly p99: number;
}

/** A short answer, which the model gives at once. */
export const SHORT = { tokens: 25, apart: 0 } as const;

/** Questions a second before anything is measured. */
const WARM_UP_RATE = 100;

/** Asks at a moderate rate. */
export async function measureAnswerTime(host: LlmHost): Promise<AnswerTime> {
  await askAtRate(host, WARM_UP_RATE, host.scale.warmUp);
  const answers = await askAtRate(host, host.scale.rate, host.scale.seconds);
  const added = await Promise.all(
    answers.map(async ({ line, elapsed }) => elapsed - (await modelTimeOf(host, line))),
  );
  return { p50: quantile(added, 0.5), p99: quantile(added, 0.99) };
}

/** Sends at a fixed rate, whatever comes back. */
async function askAtRate({ stage, talk }: LlmHost, rate: number, seconds: number): Promise<Answered[]> {
  const answers: Promise<Answered>[] = [];
  const begun = performance.now();
  for (let n = 0; n < rate * seconds; n++) {
    await sleep(Math.max(0, begun + (n / rate) * 1_000 - performance.now()));
    answers.push(talk.ask(stage.place(n), SHORT));
  }
  return talk.all(answers, PATIENCE);
}

/** The model's own report may come a little after the answer. */
async function modelTimeOf({ model }: LlmHost, line: number): Promise<number> {
  const deadline = performance.now() + PATIENCE;
  while (performance.now() < deadline) {
    const took = model.took.get(line);
    if (took !== undefined) return took;
    await sleep(10);
  }
  throw new Error(`the stand-in LLM did not say how long line ${line} took`);
}

import type { Child } from '../child.ts';
import { processorTime, residentMemory } from '../process-cost.ts';
import type { HeldNews } from '../programs/collect-garbage.ts';
import { SHORT } from './answer-time.ts';
import { type LlmHost, PATIENCE } from './llm-host.ts';
import { TURNS } from './scale.ts';

/** What it takes to talk with many users and remember them. Memory in megabytes. */
export interface Remembering {
  /** Answers a second, with {@link IN_FLIGHT} open at any time. */
  readonly throughput: number;
  /** Processor time for one answer at that, in milliseconds. */
  readonly processorPerAnswer: number;
  /** Resident, before these users came. */
  readonly memoryBefore: number;
  /** How much more is resident after they have talked. */
  readonly memoryGrown: number;
  /** The same of what JavaScript objects hold when there is no garbage. */
  readonly heldGrown: number;
}

/** Questions that are open at any time. */
const IN_FLIGHT = 32;

/**
 * Has each user talk with one bot. As many others do so before anything is measured: the load itself makes a process
 * grow, up to a size that it then keeps.
 */
export async function measureRemembering(host: LlmHost): Promise<Remembering> {
  const { child, scale } = host;
  await converse(host, 0);
  const before = await costOf(child);
  await converse(host, scale.users);
  const seconds = (performance.now() - before.at) / 1_000;
  const processor = (await processorTime(child.pid)) - before.processor;
  const after = await costOf(child);
  const answers = scale.users * TURNS;
  return {
    throughput: answers / seconds,
    processorPerAnswer: processor / answers,
    memoryBefore: before.resident,
    memoryGrown: after.resident - before.resident,
    heldGrown: after.held - before.held,
  };
}

/** Every user has a turn, then everyone has the next. */
async function converse({ stage, talk, scale }: LlmHost, first: number): Promise<void> {
  let asked = 0;
  const keepAsking = async (): Promise<void> => {
    for (let n = asked++; n < scale.users * TURNS; n = asked++) {
      const user = first + (n % scale.users);
      await talk.all([talk.ask(stage.seat(user, user, n), SHORT)], PATIENCE);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, keepAsking));
}

/** Memory once the garbage is gone, then the processor time so far, and when that was. */
async function costOf(
  child: Child,
): Promise<{ held: number; resident: number; processor: number; at: number }> {
  const held = await heldMemory(child);
  const resident = await residentMemory(child.pid);
  return { held, resident, processor: await processorTime(child.pid), at: performance.now() };
}

function heldMemory(child: Child): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  child.onMessage = (message) => {
    resolve((message as HeldNews).held / 1e6);
  };
  child.send('collect');
  return promise;
}

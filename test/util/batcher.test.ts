import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBatcher } from '../../src/util/batcher.ts';
import { turns } from '../support/turns.ts';

describe('a batcher', () => {
  it('writes an item that comes alone with the next turn of the event loop', async () => {
    const written: string[][] = [];
    const batcher = createBatcher<string>((batch) => {
      written.push(batch);
      return Promise.resolve();
    }, 10);
    batcher.add('a');
    expect(written).toEqual([]);
    await turns(1);
    expect(written).toEqual([['a']]);
  });

  it('writes what comes in one turn together, in order', async () => {
    const written: string[][] = [];
    const batcher = createBatcher<string>((batch) => {
      written.push(batch);
      return Promise.resolve();
    }, 10);
    batcher.add('a');
    await Promise.resolve();
    batcher.add('b');
    batcher.add('c');
    await batcher.flush();
    expect(written).toEqual([['a', 'b', 'c']]);
  });

  it('gathers what comes during a write, and never writes two batches at once', async () => {
    const written: string[][] = [];
    const ends: PromiseWithResolvers<undefined>[] = [];
    const batcher = createBatcher<string>(async (batch) => {
      written.push(batch);
      const end = Promise.withResolvers<undefined>();
      ends.push(end);
      await end.promise;
    }, 10);
    batcher.add('a');
    await turns();
    batcher.add('b');
    await turns();
    batcher.add('c');
    await turns();
    expect(written).toEqual([['a']]);
    ends[0]?.resolve(undefined);
    await turns();
    expect(written).toEqual([['a'], ['b', 'c']]);
    ends[1]?.resolve(undefined);
    await batcher.flush();
  });

  it('flushes at once when nothing waits, and else not before the last write has ended', async () => {
    const end = Promise.withResolvers<undefined>();
    const batcher = createBatcher<string>(() => end.promise, 10);
    await batcher.flush();
    batcher.add('a');
    let flushed = false;
    const flushing = batcher.flush().then(() => {
      flushed = true;
    });
    await turns();
    expect(flushed).toBe(false);
    end.resolve(undefined);
    await flushing;
  });

  it('writes every item once, in order, and no batch larger than allowed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 7 }),
        fc.array(fc.record({ items: fc.nat({ max: 9 }), gap: fc.nat({ max: 3 }) }), { maxLength: 12 }),
        fc.array(fc.nat({ max: 3 }), { minLength: 1 }),
        async (most, bursts, durations) => {
          const written: number[] = [];
          let writing = 0;
          let writes = 0;
          const batcher = createBatcher<number>(async (batch) => {
            writing += 1;
            expect(writing).toBe(1);
            expect(batch.length).toBeGreaterThan(0);
            expect(batch.length).toBeLessThanOrEqual(most);
            await turns(durations[writes++ % durations.length]);
            written.push(...batch);
            writing -= 1;
          }, most);
          let next = 0;
          for (const { items, gap } of bursts) {
            for (let count = 0; count < items; count++) batcher.add(next++);
            await turns(gap);
          }
          await batcher.flush();
          expect(written).toEqual(Array.from({ length: next }, (_, index) => index));
        },
      ),
      { numRuns: 50 },
    );
  });
});

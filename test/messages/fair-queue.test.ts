import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairQueue } from '../../src/messages/fair-queue.ts';
import { turns } from '../support/turns.ts';

/** Jobs that note when they begin and end when they are told. */
function stage(): {
  begun: string[];
  job: (name: string) => () => Promise<void>;
  end: (name: string) => Promise<void>;
} {
  const begun: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<undefined>>();
  return {
    begun,
    job: (name) => async () => {
      begun.push(name);
      const end = Promise.withResolvers<undefined>();
      ends.set(name, end);
      await end.promise;
    },
    async end(name) {
      const end = ends.get(name);
      if (end === undefined) throw new Error(`${name} has not begun`);
      end.resolve(undefined);
      await turns(1);
    },
  };
}

describe('a fair queue', () => {
  it('begins a job at once when there is room', () => {
    const { begun, job } = stage();
    new FairQueue({ concurrency: 1, backlog: 5 }).add('a', job('a1'));
    expect(begun).toEqual(['a1']);
  });

  it('runs the jobs of one key one after the other and those of other keys beside them', async () => {
    const { begun, job, end } = stage();
    const queue = new FairQueue({ concurrency: 10, backlog: 5 });
    for (const name of ['a1', 'a2', 'b1', 'a3', 'c1']) queue.add(name.charAt(0), job(name));
    expect(begun).toEqual(['a1', 'b1', 'c1']);
    await end('a1');
    expect(begun).toEqual(['a1', 'b1', 'c1', 'a2']);
    await end('c1');
    await end('a2');
    expect(begun).toEqual(['a1', 'b1', 'c1', 'a2', 'a3']);
  });

  it('lets a user who floods it wait behind everyone who asks once', async () => {
    const { begun, job, end } = stage();
    const queue = new FairQueue({ concurrency: 1, backlog: 20 });
    for (let count = 1; count <= 4; count++) queue.add('flooder', job(`flood-${count}`));
    queue.add('ada', job('ada'));
    queue.add('bob', job('bob'));
    for (let at = 0; at < 6; at++) {
      if (at === 2) queue.add('eve', job('eve'));
      await end(begun[at] ?? '');
    }
    expect(begun).toEqual(['flood-1', 'ada', 'bob', 'flood-2', 'eve', 'flood-3', 'flood-4']);
  });

  it('takes turns between two who flood it', async () => {
    const { begun, job, end } = stage();
    const queue = new FairQueue({ concurrency: 1, backlog: 20 });
    for (const name of ['a1', 'a2', 'a3', 'b1', 'b2', 'b3']) queue.add(name.charAt(0), job(name));
    for (let at = 0; at < 5; at++) await end(begun[at] ?? '');
    expect(begun).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'b3']);
  });

  it('accepts as many waiting jobs of a key as its bound allows, and again once one has begun', async () => {
    const { begun, job, end } = stage();
    const queue = new FairQueue({ concurrency: 1, backlog: 2 });
    for (const name of ['a1', 'a2']) queue.add('a', job(name));
    expect(queue.accepts('a')).toBe(true);
    queue.add('a', job('a3'));
    expect(queue.accepts('a')).toBe(false);
    expect(queue.accepts('b')).toBe(true);
    await end('a1');
    expect(begun).toEqual(['a1', 'a2']);
    expect(queue.accepts('a')).toBe(true);
  });

  it('is idle once nothing waits or runs, and not before', async () => {
    const { job, end } = stage();
    const queue = new FairQueue({ concurrency: 1, backlog: 5 });
    await queue.idle();
    queue.add('a', job('a1'));
    queue.add('b', job('b1'));
    expect(queue.size).toBe(2);
    let idle = false;
    const waiting = queue.idle().then(() => {
      idle = true;
    });
    await end('a1');
    expect(idle).toBe(false);
    await end('b1');
    await waiting;
    expect(queue.size).toBe(0);
  });

  it('drops what has not begun, says how many, and lets what runs end', async () => {
    const { begun, job, end } = stage();
    const queue = new FairQueue({ concurrency: 1, backlog: 5 });
    for (const name of ['a1', 'a2', 'b1']) queue.add(name.charAt(0), job(name));
    expect(queue.clear()).toBe(2);
    expect(queue.size).toBe(1);
    await end('a1');
    await queue.idle();
    expect(begun).toEqual(['a1']);
  });

  it('runs every job once, in order within a key, and never more at once than it may', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 40 }),
        async (scheduler, concurrency, keys) => {
          const queue = new FairQueue({ concurrency, backlog: 100 });
          const ran: { key: string; index: number }[] = [];
          const running = new Set<string>();
          let most = 0;
          for (const [index, key] of keys.entries()) {
            queue.add(key, async () => {
              expect(running).not.toContain(key);
              running.add(key);
              most = Math.max(most, running.size);
              ran.push({ key, index });
              await scheduler.schedule(Promise.resolve());
              running.delete(key);
            });
          }
          await scheduler.waitFor(queue.idle());
          expect(most).toBe(Math.min(concurrency, new Set(keys).size));
          expect(ran.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual(
            keys.map((_, index) => index),
          );
          for (const [, jobs] of Map.groupBy(ran, ({ key }) => key)) {
            const indexes = jobs.map(({ index }) => index);
            expect(indexes).toEqual(indexes.toSorted((a, b) => a - b));
          }
        },
      ),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOrderedTasks } from '../../src/util/ordered-tasks.ts';
import { turns } from '../support/turns.ts';

describe('ordered tasks', () => {
  it('run the tasks of one key one after the other, in the order in which they came', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 20 }),
        async (scheduler, keys) => {
          const tasks = createOrderedTasks();
          const running = new Map<string, number>();
          const order = new Map<string, number[]>();
          const all = keys.map((key, index) =>
            tasks.run(key, async () => {
              running.set(key, (running.get(key) ?? 0) + 1);
              expect(running.get(key)).toBe(1);
              order.set(key, [...(order.get(key) ?? []), index]);
              await scheduler.schedule(Promise.resolve(), key);
              running.set(key, 0);
              return index;
            }),
          );
          await scheduler.waitFor(Promise.all(all));
          expect(await Promise.all(all)).toEqual(keys.map((_, index) => index));
          for (const indexes of order.values()) expect(indexes).toEqual(indexes.toSorted((a, b) => a - b));
        },
      ),
    );
  });

  it('do not let one key wait for another', async () => {
    const tasks = createOrderedTasks();
    const stuck = Promise.withResolvers<string>();
    const first = tasks.run('a', () => stuck.promise);
    await expect(tasks.run('b', () => Promise.resolve('b is done'))).resolves.toBe('b is done');
    stuck.resolve('a is done');
    await expect(first).resolves.toBe('a is done');
  });

  it('go on after a task that failed, and tell its failure to whoever asked for it alone', async () => {
    const tasks = createOrderedTasks();
    const failed = tasks.run('a', () => Promise.reject(new Error('broken')));
    const next = tasks.run('a', () => Promise.resolve('fine'));
    await expect(failed).rejects.toThrow('broken');
    await expect(next).resolves.toBe('fine');
  });

  it('say whether a key is idle: not while anything of it is under way', async () => {
    const tasks = createOrderedTasks();
    const first = Promise.withResolvers<undefined>();
    const second = Promise.withResolvers<undefined>();
    expect(tasks.idle('a')).toBe(true);
    void tasks.run('a', () => first.promise);
    void tasks.run('a', () => second.promise);
    expect(tasks.idle('a')).toBe(false);
    expect(tasks.idle('b')).toBe(true);
    first.resolve(undefined);
    await turns();
    expect(tasks.idle('a')).toBe(false);
    second.resolve(undefined);
    await turns();
    expect(tasks.idle('a')).toBe(true);
  });
});

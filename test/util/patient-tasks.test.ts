import { describe, expect, it } from 'vitest';
import { createPatientTasks } from '../../src/util/patient-tasks.ts';

const fail = (): Promise<void> => Promise.reject(new Error('no'));

describe('tasks that are tried again and again', () => {
  it('run one after the other', async () => {
    const tasks = createPatientTasks();
    const order: string[] = [];
    const gate = Promise.withResolvers<undefined>();
    const first = tasks.run('a', async () => {
      await gate.promise;
      order.push('first');
    });
    const second = tasks.run('a', () => Promise.resolve(void order.push('second')));
    gate.resolve(undefined);
    await Promise.all([first, second]);
    expect(order).toEqual(['first', 'second']);
  });

  it('are left out more and more often while they fail, and not at all once they succeed', async () => {
    const tasks = createPatientTasks();
    const skipped = async (task: () => Promise<void>): Promise<number> => {
      let count = 0;
      while (!tasks.mayTry('a')) count += 1;
      await tasks.run('a', task).catch(() => undefined);
      return count;
    };
    const counts: number[] = [];
    for (let round = 0; round < 8; round++) counts.push(await skipped(fail));
    expect(counts).toEqual([0, 2, 4, 8, 16, 32, 64, 64]);
    await skipped(() => Promise.resolve());
    expect(await skipped(fail)).toBe(0);
  });

  it('do not suffer for one another', async () => {
    const tasks = createPatientTasks();
    await tasks.run('a', fail).catch(() => undefined);
    expect([tasks.mayTry('a'), tasks.mayTry('b')]).toEqual([false, true]);
  });
});

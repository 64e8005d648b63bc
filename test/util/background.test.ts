import { describe, expect, it } from 'vitest';
import { createBackground } from '../../src/util/background.ts';

const never = (signal: AbortSignal): Promise<void> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('given up'));
    });
  });

describe('tasks in the background', () => {
  it('run a few at a time, the others when their turn comes', async () => {
    const background = createBackground({
      concurrency: 2,
      backlog: 10,
      deadline: 60_000,
      onError: () => undefined,
    });
    const gates = Array.from({ length: 3 }, () => Promise.withResolvers<undefined>());
    const started: number[] = [];
    const ended = gates.map((gate, index) => {
      const end = Promise.withResolvers<undefined>();
      background.add('', async () => {
        started.push(index);
        await gate.promise;
        end.resolve(undefined);
      });
      return end.promise;
    });
    expect(started).toEqual([0, 1]);
    gates[0]?.resolve(undefined);
    gates[2]?.resolve(undefined);
    await ended[2];
    expect(started).toEqual([0, 1, 2]);
    gates[1]?.resolve(undefined);
    await ended[1];
  });

  it('tell what failed, and let the others run', async () => {
    const failed = Promise.withResolvers<string>();
    const background = createBackground({
      concurrency: 1,
      backlog: 10,
      deadline: 60_000,
      onError: (what, error) => {
        failed.resolve(`${what}: ${String(error)}`);
      },
    });
    const other = Promise.withResolvers<undefined>();
    background.add('the first', () => Promise.reject(new Error('no')));
    background.add('the second', () => {
      other.resolve(undefined);
      return Promise.resolve();
    });
    expect(await failed.promise).toBe('the first: Error: no');
    await other.promise;
  });

  it('are given up when the host stops, without an error, and none is begun after', async () => {
    const errors: string[] = [];
    const background = createBackground({
      concurrency: 1,
      backlog: 10,
      deadline: 60_000,
      onError: (what) => errors.push(what),
    });
    let begun = 0;
    const count = (signal: AbortSignal): Promise<void> => {
      begun += 1;
      return never(signal);
    };
    background.add('running', count);
    background.add('waiting', count);
    await background.stop();
    background.add('too late', count);
    expect({ begun, errors }).toEqual({ begun: 1, errors: [] });
  });

  it('do not pile up: the oldest that waits gives way', async () => {
    const background = createBackground({
      concurrency: 1,
      backlog: 1,
      deadline: 60_000,
      onError: () => undefined,
    });
    const gate = Promise.withResolvers<undefined>();
    const last = Promise.withResolvers<undefined>();
    const ran: string[] = [];
    background.add('', () => gate.promise);
    background.add('', () => Promise.resolve(void ran.push('dropped')));
    background.add('', () => {
      ran.push('kept');
      last.resolve(undefined);
      return Promise.resolve();
    });
    gate.resolve(undefined);
    await last.promise;
    expect(ran).toEqual(['kept']);
  });
});

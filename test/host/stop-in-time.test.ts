import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Releases } from '../../src/host/releases.ts';
import { stopInTime } from '../../src/host/stop-in-time.ts';
import { collectingLogger } from '../support/collecting-logger.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const TIMEOUT = 30_000;

/** A stop that ends when it is told, and what happened to it. */
function beginStop() {
  const logger = collectingLogger();
  const happened: string[] = [];
  const { promise, resolve: end } = Promise.withResolvers<undefined>();
  void stopInTime(() => promise, {
    timeout: TIMEOUT,
    destroyDatabase: () => {
      happened.push('database destroyed');
    },
    logger,
  }).then(() => {
    happened.push('over');
  });
  return { happened, end, logger };
}

it('leaves a stop alone that ends in time', async () => {
  const { happened, end, logger } = beginStop();
  await vi.advanceTimersByTimeAsync(TIMEOUT + 5_000);
  end(undefined);
  await vi.runAllTimersAsync();
  expect(happened).toEqual(['over']);
  expect(logger.lines).toEqual([]);
});

it('lets go of the database some seconds after the time for answers in flight, so that what waits for it ends', async () => {
  const { happened, end } = beginStop();
  await vi.advanceTimersByTimeAsync(TIMEOUT);
  expect(happened).toEqual([]);
  await vi.advanceTimersByTimeAsync(7_000);
  expect(happened).toEqual(['database destroyed']);
  end(undefined);
  await vi.advanceTimersByTimeAsync(0);
  expect(happened).toEqual(['database destroyed', 'over']);
});

it('is over eight seconds after that time, whatever does not end', async () => {
  const { happened } = beginStop();
  await vi.advanceTimersByTimeAsync(TIMEOUT + 8_000);
  expect(happened).toEqual(['database destroyed', 'over']);
});

it('stops the last first, but has those begin at once that take their time; one that fails holds up none', async () => {
  const logger = collectingLogger();
  const releases = new Releases(logger);
  const stopped: string[] = [];
  const stop = (what: string) => () => {
    stopped.push(what);
  };
  const { promise: answers, resolve: answered } = Promise.withResolvers<undefined>();
  releases.push(stop('database'));
  releases.pushEarly(async () => {
    stopped.push('answers begin');
    await answers;
    stopped.push('answers end');
  });
  releases.push(() => Promise.reject(new Error('no')));
  releases.push(stop('scheduler'));
  releases.begin();
  const ended = releases.end();
  await vi.advanceTimersByTimeAsync(0);
  expect(stopped).toEqual(['answers begin', 'scheduler']);
  answered(undefined);
  await ended;
  expect(stopped).toEqual(['answers begin', 'scheduler', 'answers end', 'database']);
  expect(logger.lines).toMatchObject([{ text: 'a part of the host could not be stopped in order' }]);
});

import { expect, it, onTestFinished } from 'vitest';
import type { Perishable, RetentionStore } from '../../src/retention/retention-store.ts';
import { RetentionSweeper } from '../../src/retention/retention-sweeper.ts';
import { collectingLogger } from '../support/collecting-logger.ts';

/** A store that has this many steps to do of each kind, and tells those that were done. */
class CountingStore implements RetentionStore {
  readonly steps: Perishable[] = [];
  readonly #count: (what: Perishable) => number;

  constructor(count: (what: Perishable) => number) {
    this.#count = count;
  }

  async *sweep(what: Perishable): AsyncGenerator<number> {
    for (let left = this.#count(what); left > 0; left--) {
      await Promise.resolve();
      if (what === 'usage') throw new Error('the disk is full');
      this.steps.push(what);
      yield 10;
    }
  }
}

function sweeperOf(store: RetentionStore, timing = { first: 0, interval: 1, pause: 1 }) {
  const logger = collectingLogger();
  const recorded: [Perishable, number][] = [];
  const sweeper = new RetentionSweeper({
    store,
    record: (what, rows) => {
      recorded.push([what, rows]);
      return Promise.resolve();
    },
    retention: () => ({ exchanges: 1, usage: 1, guardFindings: 1, memories: 0 }),
    logger,
    now: () => new Date(),
    timing,
  });
  onTestFinished(() => sweeper.stop());
  sweeper.start();
  return { sweeper, logger, recorded };
}

it('goes on with the rest when something cannot be deleted, and tries that again the next time', async () => {
  const store = new CountingStore(() => 1);
  const { logger } = sweeperOf(store);
  const failures = () => logger.lines.filter(({ level }) => level === 'warn');
  await expect.poll(() => failures().length).toBeGreaterThan(1);
  expect(failures()[0]).toMatchObject({ what: 'usage' });
  expect(store.steps).toContain('guard-findings');
});

it('says how much it deleted, and nothing when that was nothing', async () => {
  const store = new CountingStore((what) => (what === 'exchanges' ? 3 : 0));
  const { logger } = sweeperOf(store, { first: 0, interval: 3_600_000, pause: 0 });
  await expect.poll(() => logger.lines).toMatchObject([{ level: 'info', what: 'exchanges', rows: 30 }]);
});

it('puts on record what it deleted, but for housekeeping', async () => {
  const store = new CountingStore((what) => (what === 'exchanges' || what === 'identifies' ? 1 : 0));
  const { logger, recorded } = sweeperOf(store, { first: 0, interval: 3_600_000, pause: 0 });
  await expect.poll(() => logger.lines).toHaveLength(2);
  expect(recorded).toEqual([['exchanges', 10]]);
});

it('stops between two steps, however much is left and however long the pause is', async () => {
  const store = new CountingStore(() => Infinity);
  const { sweeper } = sweeperOf(store, { first: 0, interval: 1, pause: 3_600_000 });
  await expect.poll(() => store.steps).toEqual(['exchanges']);
  await sweeper.stop();
  expect(store.steps).toEqual(['exchanges']);
});

it('begins nothing when it is stopped before its first sweep', async () => {
  const store = new CountingStore(() => 1);
  const { sweeper } = sweeperOf(store, { first: 3_600_000, interval: 1, pause: 1 });
  await sweeper.stop();
  expect(store.steps).toEqual([]);
});

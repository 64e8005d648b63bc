import { expect, it, onTestFinished } from 'vitest';
import { startDatabasePulse } from '../../src/http/database-pulse.ts';

const BRISK = { interval: 5, patience: 20 };

it('finds a database that refuses, one that is silent, and that it is back', async () => {
  let answer = (): Promise<void> => Promise.resolve();
  const pulse = startDatabasePulse({ ...BRISK, ask: () => answer() });
  onTestFinished(() => {
    pulse.stop();
  });
  const outage = () => pulse.outage !== undefined;
  answer = () => Promise.reject(new Error('refused'));
  await expect.poll(outage).toBe(true);
  const { since } = pulse.outage ?? {};
  answer = () => Promise.resolve();
  await expect.poll(outage).toBe(false);
  const silence = Promise.withResolvers<undefined>();
  let asked = 0;
  answer = async () => {
    asked += 1;
    await silence.promise;
  };
  await expect.poll(outage).toBe(true);
  expect(pulse.outage?.since.getTime()).toBeGreaterThanOrEqual(since?.getTime() ?? Infinity);
  // One question at a time.
  expect(asked).toBe(1);
  silence.resolve(undefined);
  await expect.poll(outage).toBe(false);
});

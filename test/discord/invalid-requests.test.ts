import { expect, it } from 'vitest';
import { InvalidRequestGuard } from '../../src/discord/invalid-requests.ts';
import { collectingLogger } from '../support/collecting-logger.ts';

const MINUTE = 60_000;

/** A guard over requests that are answered as the test says, at the time that it says. */
function guardedRequests(most: number) {
  const clock = { now: 0 };
  const logger = collectingLogger();
  const guard = new InvalidRequestGuard({ logger, now: () => clock.now, most });
  let sent = 0;
  let answer = new Response(null, { status: 200 });
  const request = guard.wrap(() => {
    sent += 1;
    return Promise.resolve(answer);
  });
  return {
    clock,
    guard,
    logger,
    sent: () => sent,
    answerWith: async (status: number, headers: Record<string, string> = {}) => {
      answer = new Response(null, { status, headers });
      await request('http://127.0.0.1/', {});
    },
  };
}

it.each([
  ['a 401', 401, {}, 1],
  ['a 403', 403, {}, 1],
  ['a 429', 429, { 'x-ratelimit-scope': 'user' }, 1],
  ['a 429 without a scope', 429, {}, 1],
  ['no shared 429', 429, { 'x-ratelimit-scope': 'shared' }, 0],
  ['no 404', 404, {}, 0],
  ['no 500', 500, {}, 0],
  ['no success', 200, {}, 0],
])('counts %s', async (_, status, headers, count) => {
  const { guard, answerWith } = guardedRequests(10);
  await answerWith(status, headers);
  expect(guard.count).toBe(count);
});

it('sends nothing more once too many were invalid, says so once, and goes on when ten minutes are over', async () => {
  const { clock, logger, sent, answerWith } = guardedRequests(3);
  for (let n = 0; n < 3; n++) await answerWith(403);
  await expect(answerWith(200)).rejects.toThrow(/paused until 1970-01-01T00:10:00.000Z: 3 were invalid/);
  await expect(answerWith(200)).rejects.toThrow();
  expect(sent()).toBe(3);
  expect(logger.lines.map(({ level }) => level)).toEqual(['error']);
  clock.now = 10 * MINUTE;
  await answerWith(200);
  expect(sent()).toBe(4);
});

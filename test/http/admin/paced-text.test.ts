import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { PacedText } from '../../../src/http/admin/paced-text.ts';

it('has its last words said once, whatever is added after them', async () => {
  const stream = new PacedText(['first ']);
  stream.add('then ');
  stream.finish('the end');
  stream.add('too late');
  stream.finish('the end again');
  expect(await text(stream)).toBe('first then the end');
  stream.add('later still');
  stream.finish('and again');
});

it('makes what it begins with as it is read, and counts what was added alone', () => {
  let made = 0;
  const beginning = function* (): Generator<string> {
    for (; made < 1_000; made++) yield 'x'.repeat(1_024);
  };
  const stream = new PacedText(beginning());
  stream.add('12345');
  stream.read(1);
  expect([made, stream.waiting]).toEqual([expect.any(Number), 5]);
  expect(made).toBeLessThan(100);
});

import { expect, it } from 'vitest';
import type { ErrorSource } from '../../src/providers/classify-error.ts';
import { harmlessWords } from '../../src/providers/harmless-words.ts';

const KEY = `sk-${'a1B2'.repeat(12)}`;

const source = (apiKey = KEY): ErrorSource =>
  ({ request: { system: '', messages: [] }, target: { apiKey } }) as unknown as ErrorSource;

it.each([0, 100, 180, 350, 380, 399])('shows no part of a key that stands at %i', (at) => {
  // What is masked before it makes room for what would have been cut off.
  const before = `${KEY} `.repeat(Math.floor(at / (KEY.length + 1))).padEnd(at, '.');
  const words = harmlessWords(`${before} ${KEY} is wrong`, source(`${KEY}-another`));
  expect(words).not.toMatch(/a1B2/);
  expect(harmlessWords(`${'x'.repeat(10)} ${before} ${KEY}`, source())).not.toMatch(/a1B2/);
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createRing } from '../../src/util/ring.ts';

it('keeps the last few items, oldest first', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.integer(), { maxLength: 70 }), (size, items) => {
      const ring = createRing<number>(size);
      const seen: number[] = [];
      for (const item of items) {
        ring.push(item);
        seen.push(item);
        expect(ring.items()).toEqual(seen.slice(-size));
      }
    }),
  );
});

it('hands out a copy: a reader cannot change what is kept', () => {
  const ring = createRing<string>(3);
  ring.push('a');
  ring.items().push('b');
  expect(ring.items()).toEqual(['a']);
});

it('begins empty', () => {
  expect(createRing(5).items()).toEqual([]);
});

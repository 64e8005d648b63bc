import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSequenceTracker } from '../../src/util/sequence-tracker.ts';

describe('a sequence tracker', () => {
  it('begins where it is told to', () => {
    expect(createSequenceTracker(41).completed).toBe(41);
  });

  it('does not pass an item that is still being worked on, whatever came and ended after it', () => {
    const tracker = createSequenceTracker(0);
    for (const sequence of [1, 2, 3, 4]) tracker.begin(sequence);
    tracker.done(1);
    tracker.done(3);
    tracker.done(4);
    expect(tracker.completed).toBe(1);
    tracker.done(2);
    expect(tracker.completed).toBe(4);
  });

  it('is not held up by numbers that never came', () => {
    const tracker = createSequenceTracker(7);
    tracker.begin(12);
    expect(tracker.completed).toBe(11);
    tracker.done(12);
    expect(tracker.completed).toBe(12);
  });

  it('says at every moment how far everything that came is done, and never goes back', () => {
    const step = fc.record({
      skip: fc.integer({ min: 1, max: 3 }),
      finish: fc.array(fc.nat(), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.nat({ max: 100 }), fc.array(step, { maxLength: 40 }), (start, steps) => {
        const tracker = createSequenceTracker(start);
        const open: number[] = [];
        let highest = start;
        let before = start;
        for (const { skip, finish } of steps) {
          highest += skip;
          tracker.begin(highest);
          open.push(highest);
          for (const pick of finish) {
            const [sequence] = open.splice(pick % Math.max(1, open.length), 1);
            if (sequence !== undefined) tracker.done(sequence);
          }
          expect(tracker.completed).toBe(open.length === 0 ? highest : Math.min(...open) - 1);
          expect(tracker.completed).toBeGreaterThanOrEqual(before);
          before = tracker.completed;
        }
      }),
    );
  });
});

import { expect, it } from 'vitest';
import { planSweep } from '../../src/retention/plan-sweep.ts';

const NOW = new Date('2026-11-21T10:00:00Z');

it('counts days back from now, and leaves alone what is kept for ever', () => {
  const plan = planSweep({ exchanges: 90, usage: 1, guardFindings: 0, memories: 0 }, NOW);
  expect(Object.fromEntries(plan.map(({ what, before }) => [what, before.toISOString()]))).toEqual({
    exchanges: '2026-08-23T10:00:00.000Z',
    usage: '2026-11-20T10:00:00.000Z',
    identifies: '2026-11-19T10:00:00.000Z',
    'commands to bots': '2026-11-07T10:00:00.000Z',
    incidents: '2026-08-23T10:00:00.000Z',
    'leftovers of deleted agents': '2026-11-19T10:00:00.000Z',
  });
});

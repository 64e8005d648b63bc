import { expect, it } from 'vitest';
import type { OpenBotCommand } from '../../src/bots/bot-command-queue.ts';
import { planCommand } from '../../src/bots/plan-command.ts';

const SAY = { kind: 'say', channelId: '123456789012345678', text: 'hello' } as const;
const READY = { state: 'ready', reason: '' } as const;
const PROGRESS = { pieces: ['hello'], after: undefined, since: 1, posted: [] };

const command = (parts: Partial<OpenBotCommand>): OpenBotCommand => ({
  id: 'command',
  agentId: 'agent',
  order: SAY,
  requestedBy: 'ada',
  requestedAt: new Date(0),
  expiresAt: undefined,
  state: 'pending',
  result: '',
  finishedAt: undefined,
  attempts: 0,
  progress: undefined,
  obstacle: undefined,
  isExpired: false,
  ...parts,
});

const stateOf = (parts: Partial<OpenBotCommand>, status?: Parameters<typeof planCommand>[1]): string => {
  const plan = planCommand(command(parts), status);
  return plan.kind === 'end' ? plan.outcome.state : plan.kind;
};

it('has done what its bot can do', () => {
  expect(stateOf({}, READY)).toBe('work');
  expect(stateOf({ order: { kind: 'restart' } }, { state: 'parked', reason: 'why' })).toBe('work');
});

it('has a say wait until its bot is connected, and fail where that needs a person', () => {
  expect(stateOf({}, { state: 'backing-off', reason: 'why' })).toBe('wait');
  expect(planCommand(command({}), { state: 'parked', reason: 'the token is bad' })).toEqual({
    kind: 'end',
    outcome: { state: 'failed', result: 'its bot is parked: the token is bad' },
  });
});

it('ends what has expired, but not what was begun', () => {
  expect(stateOf({ isExpired: true }, READY)).toBe('expired');
  expect(stateOf({ isExpired: true, progress: PROGRESS }, READY)).toBe('work');
});

it('sets aside what processes die of, and says which way the doubt falls', () => {
  expect(stateOf({ attempts: 2 }, READY)).toBe('work');
  const plan = planCommand(command({ attempts: 3, progress: PROGRESS }), READY);
  expect(plan).toMatchObject({
    kind: 'end',
    outcome: { state: 'failed', result: expect.stringContaining('it may have been posted') as string },
  });
});

it('fails what no bot can do, while what is in force is done', () => {
  expect(stateOf({ obstacle: 'disabled' })).toBe('failed');
  expect(stateOf({ obstacle: 'off-discord' })).toBe('failed');
  expect(stateOf({ obstacle: 'deleted', order: { kind: 'pause' } })).toBe('failed');
  expect(stateOf({ obstacle: 'disabled', order: { kind: 'pause' } })).toBe('done');
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentRecord } from '../../src/agents/agent-record.ts';
import { planSync, type PooledBot, sameDefinition } from '../../src/bots/plan-sync.ts';
import { agentRecord } from '../support/agent-record.ts';

const agent = (id: string, parts: Partial<AgentRecord> = {}): AgentRecord =>
  agentRecord({ id, name: id, ...parts });

/** The bot that runs an agent as it was before it changed. */
const bot = (id: string, parts: Partial<AgentRecord> = {}, state: Partial<PooledBot> = {}): PooledBot => {
  const before = agentRecord({ id, name: id, ...parts });
  return {
    agentId: id,
    definition: before,
    sealedToken: before.sealedToken,
    parked: false,
    holdsPlace: true,
    ...state,
  };
};
const parked = (id: string): PooledBot => bot(id, {}, { parked: true, holdsPlace: false });
/** Parked, but looks now and then whether it may start. */
const looking = (id: string): PooledBot => bot(id, {}, { parked: true });

interface Row {
  what: string;
  agents: AgentRecord[];
  bots?: PooledBot[];
  places?: number;
  /** Agents whose token was only encrypted anew. */
  reencrypted?: string[];
  /** What the plan says; what is left out is empty. */
  plan: Partial<Record<'start' | 'stop' | 'restart' | 'update' | 'leftOut' | 'idle', string[]>>;
}

const rows: Row[] = [
  { what: 'nothing there, nothing to do', agents: [], plan: {} },
  { what: 'a new agent starts', agents: [agent('a')], plan: { start: ['a'] } },
  {
    what: 'a running agent that did not change is left alone',
    agents: [agent('a')],
    bots: [bot('a')],
    plan: {},
  },
  { what: 'a deleted agent stops', agents: [], bots: [bot('a')], plan: { stop: ['a'] } },
  {
    what: 'a disabled agent stops',
    agents: [agent('a', { enabled: false })],
    bots: [bot('a')],
    plan: { stop: ['a'], idle: ['a'] },
  },
  {
    what: 'an agent that lost its token stops',
    agents: [agent('a', { sealedToken: undefined })],
    bots: [bot('a')],
    plan: { stop: ['a'], idle: ['a'] },
  },
  {
    what: 'a disabled agent does not start',
    agents: [agent('a', { enabled: false })],
    plan: { idle: ['a'] },
  },
  {
    what: 'an agent without a token does not start',
    agents: [agent('a', { sealedToken: undefined })],
    plan: { idle: ['a'] },
  },
  {
    what: 'another token is a restart',
    agents: [agent('a', { sealedToken: 'another' })],
    bots: [bot('a')],
    plan: { restart: ['a'] },
  },
  {
    what: 'a token that was encrypted anew is no restart',
    agents: [agent('a', { sealedToken: 'another' })],
    bots: [bot('a')],
    reencrypted: ['a'],
    plan: {},
  },
  {
    what: 'other settings are an update',
    agents: [agent('a', { config: { prefix: '>' } })],
    bots: [bot('a')],
    plan: { update: ['a'] },
  },
  {
    what: 'another name is an update',
    agents: [agent('a', { name: 'b' })],
    bots: [bot('a')],
    plan: { update: ['a'] },
  },
  {
    what: 'other settings with a token that was encrypted anew are an update',
    agents: [agent('a', { sealedToken: 'another', respondToDm: false })],
    bots: [bot('a')],
    reencrypted: ['a'],
    plan: { update: ['a'] },
  },
  {
    what: 'another token and other settings are one restart',
    agents: [agent('a', { sealedToken: 'another', respondToDm: false })],
    bots: [bot('a')],
    plan: { restart: ['a'] },
  },
  {
    what: 'what the pool itself writes into the row changes nothing',
    agents: [
      agent('a', {
        status: { state: 'ready', reason: 'new' },
        identity: { applicationId: '1', userId: '2', username: 'x' },
      }),
    ],
    bots: [bot('a')],
    plan: {},
  },
  {
    what: 'a parked agent that did not change stays parked',
    agents: [agent('a')],
    bots: [parked('a')],
    plan: {},
  },
  {
    what: 'a parked agent whose token was encrypted anew stays parked',
    agents: [agent('a', { sealedToken: 'another' })],
    bots: [parked('a')],
    reencrypted: ['a'],
    plan: {},
  },
  {
    what: 'a parked agent with another token tries again',
    agents: [agent('a', { sealedToken: 'another' })],
    bots: [parked('a')],
    plan: { restart: ['a'] },
  },
  {
    what: 'a parked agent with other settings tries again',
    agents: [agent('a', { respondToDm: false })],
    bots: [parked('a')],
    plan: { restart: ['a'] },
  },
  {
    what: 'a parked agent that was disabled stops',
    agents: [agent('a', { enabled: false })],
    bots: [parked('a')],
    plan: { stop: ['a'], idle: ['a'] },
  },
  {
    what: 'a full pool leaves the youngest out',
    agents: [agent('a'), agent('b'), agent('c')],
    places: 2,
    plan: { start: ['a', 'b'], leftOut: ['c'] },
  },
  {
    what: 'who runs keeps its place though an older one waits',
    agents: [agent('a'), agent('b')],
    bots: [bot('b')],
    places: 1,
    plan: { leftOut: ['a'] },
  },
  {
    what: 'a place that becomes free goes to the oldest that waits',
    agents: [agent('b'), agent('c')],
    bots: [bot('a')],
    places: 1,
    plan: { stop: ['a'], start: ['b'], leftOut: ['c'] },
  },
  {
    what: 'a restart keeps its place',
    agents: [agent('a'), agent('b', { sealedToken: 'another' })],
    bots: [bot('b')],
    places: 1,
    plan: { restart: ['b'], leftOut: ['a'] },
  },
  {
    what: 'a parked agent takes no place',
    agents: [agent('a'), agent('b')],
    bots: [parked('a')],
    places: 1,
    plan: { start: ['b'] },
  },
  {
    what: 'a parked agent that changed finds the pool full',
    agents: [agent('a', { respondToDm: false }), agent('b')],
    bots: [parked('a'), bot('b')],
    places: 1,
    plan: { stop: ['a'], leftOut: ['a'] },
  },
  {
    what: 'disabled agents and those without a token take no place',
    agents: [agent('a', { enabled: false }), agent('b', { sealedToken: undefined }), agent('c')],
    places: 1,
    plan: { start: ['c'], idle: ['a', 'b'] },
  },
  {
    what: 'a lowered bound stops nobody who runs',
    agents: [agent('a'), agent('b'), agent('c')],
    bots: [bot('a'), bot('b')],
    places: 1,
    plan: { leftOut: ['c'] },
  },
  {
    what: 'a parked agent that looks again by itself keeps its place',
    agents: [agent('a'), agent('b')],
    bots: [looking('a')],
    places: 1,
    plan: { leftOut: ['b'] },
  },
  {
    what: 'a parked agent that looks again by itself tries at once when its settings change',
    agents: [agent('a', { respondToDm: false }), agent('b')],
    bots: [looking('a'), bot('b')],
    places: 2,
    plan: { restart: ['a'] },
  },
  {
    what: 'one agent added leaves all others alone',
    agents: [agent('a'), agent('b'), agent('c')],
    bots: [bot('a'), bot('b')],
    plan: { start: ['c'] },
  },
];

const EMPTY = { start: [], stop: [], restart: [], update: [], leftOut: [], idle: [] };

describe('planSync', () => {
  it.each(rows)('$what', ({ agents, bots = [], places = 50, reencrypted = [], plan }) => {
    const made = planSync(agents, new Map(bots.map((one) => [one.agentId, one])), places, ({ id }) =>
      reencrypted.includes(id),
    );
    const ids = (list: readonly AgentRecord[]) => list.map(({ id }) => id);
    expect({
      start: ids(made.start),
      stop: made.stop,
      restart: ids(made.restart),
      update: ids(made.update),
      leftOut: ids(made.leftOut),
      idle: ids(made.idle),
    }).toEqual({ ...EMPTY, ...plan });
  });

  it('hands over the present row of whatever it starts, restarts or updates', () => {
    const changed = agent('a', { config: { prefix: '!' } });
    const plan = planSync([changed, agent('b')], new Map([['a', bot('a')]]), 50, () => true);
    expect(plan.update[0]).toBe(changed);
  });

  it('asks for a token only where its stored form differs: opening one costs time', () => {
    const asked: string[] = [];
    planSync(
      [agent('a'), agent('b', { sealedToken: 'another' }), agent('c')],
      new Map(['a', 'b'].map((id) => [id, bot(id)])),
      50,
      ({ id }) => {
        asked.push(id);
        return true;
      },
    );
    expect(asked).toEqual(['b']);
  });

  it('gives each agent one fate, and no more places than there are', () => {
    const row = fc.record({
      there: fc.constantFrom('row', 'bot', 'both'),
      enabled: fc.boolean(),
      parked: fc.boolean(),
      token: fc.constantFrom('same', 'another', undefined),
      respondToDm: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 12 }), fc.integer({ min: 1, max: 6 }), (drawn, places) => {
        const agents = drawn.flatMap(({ there, enabled, token, respondToDm }, index) =>
          there === 'bot' ? [] : [agent(String(index), { enabled, respondToDm, sealedToken: token })],
        );
        const bots = new Map(
          drawn.flatMap(({ there, parked: isParked }, index) =>
            there === 'row'
              ? []
              : [
                  [
                    String(index),
                    bot(String(index), { sealedToken: 'same' }, { parked: isParked, holdsPlace: !isParked }),
                  ] as const,
                ],
          ),
        );
        const plan = planSync(agents, bots, places, () => false);
        const fates = [plan.start, plan.restart, plan.update, plan.leftOut, plan.idle]
          .flat()
          .map(({ id }) => id);
        expect(new Set(fates).size).toBe(fates.length);
        const running = [...bots.values()].filter(
          (one) => !one.parked && !plan.stop.includes(one.agentId),
        ).length;
        const added = [...plan.start, ...plan.restart].filter(
          ({ id }) => bots.get(id)?.parked ?? true,
        ).length;
        if (added > 0) expect(running + added).toBeLessThanOrEqual(places);
        if (plan.leftOut.length > 0) expect(running + added).toBeGreaterThanOrEqual(places);
        for (const { id } of plan.start) expect(bots.has(id)).toBe(false);
        for (const { id } of [...plan.restart, ...plan.update]) expect(bots.has(id)).toBe(true);
      }),
    );
  });
});

describe('sameDefinition', () => {
  const base = agentRecord({ id: 'a', config: { prefix: '>', deep: { x: 1, y: [1, 2] } } });

  it('does not mind the order of keys, nor what is no setting', () => {
    const other = agentRecord({
      id: 'a',
      config: { deep: { y: [1, 2], x: 1 }, prefix: '>' },
      createdAt: new Date(9),
    });
    expect(sameDefinition(base, other)).toBe(true);
  });

  it.each<Partial<AgentRecord>>([
    { name: 'b' },
    { enabled: false },
    { type: 'llm' },
    { respondToDm: false },
    { respondToEveryone: true },
    { respondWithoutMention: true },
    { guildWhitelist: ['1'] },
    { channelWhitelist: ['1'] },
    { config: { prefix: '>' } },
    { config: { prefix: '>', deep: { x: 1, y: [2, 1] } } },
  ])('sees a difference in %o', (change) => {
    expect(sameDefinition(base, { ...base, ...change })).toBe(false);
  });
});

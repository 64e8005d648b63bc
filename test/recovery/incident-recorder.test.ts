import { describe, expect, it } from 'vitest';
import type { Incident, IncidentStore } from '../../src/recovery/incident.ts';
import { IncidentRecorder } from '../../src/recovery/incident-recorder.ts';
import { policyOf } from '../../src/recovery/policy.ts';

const ignore = { broke: () => undefined, mended: () => undefined };

/** Keeps what was written last of each incident, unless it is away. */
class Store implements IncidentStore {
  readonly rows = new Map<string, Incident>();
  writes = 0;
  isAway = false;

  save(incidents: readonly Incident[]): Promise<void> {
    if (this.isAway) return Promise.reject(new Error('away'));
    this.writes += 1;
    for (const incident of incidents) this.rows.set(incident.id, incident);
    return Promise.resolve();
  }

  endAbandoned(): Promise<void> {
    return Promise.resolve();
  }
}

function setUp() {
  let now = Date.parse('2026-11-30T10:00:00Z');
  const changes: string[] = [];
  const store = new Store();
  const recorder = new IncidentRecorder({
    now: () => new Date(now),
    redact: (text) => text.replaceAll('s3cret', '***'),
    onIncident: ({ component, reason }, change) => changes.push(`${component} ${reason} ${change}`),
    interval: 1,
  });
  const pass = (ms: number): void => {
    now += ms;
  };
  const start = (): void => {
    recorder.start(store, 'host-1', ignore);
  };
  const stop = async (): Promise<Incident[]> => {
    await recorder.stop();
    return [...store.rows.values()];
  };
  return { recorder, store, changes, pass, start, stop };
}

describe('an incident', () => {
  it('is one row for as long as the failure lasts, counts how often it came, and says that it helped', async () => {
    const { recorder, pass, start, stop, changes } = setUp();
    start();
    for (let n = 0; n < 5; n++) {
      recorder.report('database', 'unavailable', { error: new Error('it is away') });
      pass(1_000);
    }
    recorder.recovered('database');
    const rows = await stop();
    expect(rows).toMatchObject([
      {
        attempts: 5,
        helped: true,
        hostId: 'host-1',
        component: 'database',
        action: 'retry',
        message: 'it is away',
      },
    ]);
    expect(rows[0]?.lastAt.getTime()).toBe((rows[0]?.startedAt.getTime() ?? 0) + 4_000);
    expect(rows[0]?.endedAt?.getTime()).toBe((rows[0]?.startedAt.getTime() ?? 0) + 5_000);
    expect(changes).toEqual([
      'database unavailable begun',
      ...Array.from({ length: 4 }, () => 'database unavailable repeated'),
      'database unavailable ended',
    ]);
  });

  it('is its own for each part, reason and agent', async () => {
    const { recorder, start, stop } = setUp();
    start();
    recorder.report('provider', 'overloaded', { of: 'openai', agentId: 'a' });
    recorder.report('provider', 'overloaded', { of: 'openai', agentId: 'b' });
    recorder.report('provider', 'overloaded', { of: 'xai', agentId: 'a' });
    recorder.report('provider', 'idle', { of: 'openai', agentId: 'a' });
    recorder.recovered('provider', { of: 'openai', agentId: 'a', reasons: ['overloaded'] });
    expect(recorder.size).toBe(3);
    recorder.recovered('provider', { of: 'openai', agentId: 'a' });
    expect(recorder.size).toBe(2);
    expect((await stop()).filter(({ helped }) => helped === true)).toHaveLength(2);
  });

  it('that came again after it had ended is another one', async () => {
    const { recorder, start, stop } = setUp();
    start();
    recorder.report('scheduler', 'unreadable');
    recorder.recovered('scheduler');
    recorder.report('scheduler', 'unreadable');
    expect((await stop()).map(({ helped }) => helped)).toEqual([true, undefined]);
  });

  it('says what was done last, and whether that helped', async () => {
    const { recorder, start, stop } = setUp();
    start();
    recorder.report('provider', 'overloaded', { of: 'openai' });
    recorder.report('provider', 'overloaded', { of: 'openai', action: 'fall-back', helped: true });
    expect(await stop()).toMatchObject([{ action: 'fall-back', helped: true, attempts: 2 }]);
  });

  it('of a single message ends when it did not come again for a while; nobody knows whether it helped', async () => {
    const { recorder, pass, store, start, stop } = setUp();
    recorder.report('delivery', 'missing-permissions', { agentId: 'a' });
    recorder.report('scheduler', 'unreadable');
    pass(policyOf('delivery', 'missing-permissions').quiet ?? 0);
    start();
    await expect.poll(() => store.rows.size).toBe(2);
    expect([...store.rows.values()].map(({ reason, endedAt }) => [reason, endedAt !== undefined])).toEqual([
      ['unreadable', false],
      ['missing-permissions', true],
    ]);
    await stop();
  });

  it('holds no secret', async () => {
    const { recorder, start, stop } = setUp();
    start();
    recorder.report('process', 'uncaught', { error: new Error('token', { cause: new Error('s3cret') }) });
    expect(await stop()).toMatchObject([{ message: 'token: ***' }]);
  });

  it('of an agent that runs elsewhere by now ends', () => {
    const { recorder } = setUp();
    recorder.report('gateway', 'bad-token', { agentId: 'a' });
    recorder.report('gateway', 'bad-token', { agentId: 'b' });
    recorder.forget('a');
    expect(recorder.size).toBe(1);
  });
});

describe('the recorder', () => {
  it('writes what came before the database was open, and before the host knew its id', async () => {
    const { recorder, store, start, stop } = setUp();
    recorder.report('http', 'not-listening');
    start();
    await expect.poll(() => [...store.rows.values()].map(({ hostId }) => hostId)).toEqual(['host-1']);
    await stop();
  });

  it('keeps what it cannot write, and writes it later', async () => {
    const { recorder, store, start, stop } = setUp();
    store.isAway = true;
    start();
    recorder.report('database', 'unavailable');
    recorder.report('scheduler', 'unreadable');
    recorder.recovered('scheduler');
    store.isAway = false;
    expect(await stop()).toMatchObject([{ reason: 'unreadable', helped: true }, { reason: 'unavailable' }]);
  });

  it('holds a bounded number of incidents, the latest, however many come while the database is away', async () => {
    const { recorder, store, start, stop } = setUp();
    store.isAway = true;
    start();
    for (let n = 0; n < 5_000; n++) recorder.report('gateway', 'silent', { agentId: `agent-${String(n)}` });
    expect(recorder.size).toBeLessThanOrEqual(500);
    store.isAway = false;
    const rows = await stop();
    expect(rows.length).toBeLessThanOrEqual(1_000);
    expect(rows.at(-1)?.agentId).toBe('agent-4999');
  });

  it('does not write while nothing changes', async () => {
    const { recorder, store, start, stop } = setUp();
    start();
    recorder.report('scheduler', 'unreadable');
    await expect.poll(() => store.writes).toBe(1);
    recorder.recovered('settings');
    await stop();
    // The end of the host ends it.
    expect(store.writes).toBe(2);
  });

  it('says that the host has to end, why and what to do, when a promise cannot be kept', async () => {
    const { recorder } = setUp();
    recorder.report('database', 'schema-gone', { error: new Error('no such table: exchanges') });
    const error = await recorder.failed;
    expect(error.message).toBe('database: no such table: exchanges');
    expect(error.remedy).toContain('restore');
    expect(error.exitCode).toBe(78);
  });
});

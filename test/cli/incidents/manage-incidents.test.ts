import { expect, it } from 'vitest';
import { manageIncidents } from '../../../src/cli/incidents/manage-incidents.ts';
import { openIncidentLog } from '../../../src/cli/incidents/open-incidents.ts';
import { anIncident } from '../../support/an-incident.ts';
import { setStage } from '../../support/run-host.ts';

async function setUp() {
  const stage = await setStage();
  await stage.addAgent({ name: 'Helper' });
  const { id: agentId } = await stage.agent('Helper');
  const [own, hosts] = [
    anIncident({ agentId, component: 'provider:openai', reason: 'idle', attempts: 3 }),
    anIncident({ endedAt: new Date('2026-11-30T10:05:00Z'), helped: true }),
  ];
  await stage.database.incidents.save([own, hosts]);
  const run = async (...argv: string[]) => {
    let [out, err] = ['', ''];
    const io = {
      stdout: { write: (text: string) => (out += text) },
      stderr: { write: (text: string) => (err += text) },
    };
    const code = await manageIncidents(argv, io, { openIncidentLog: () => openIncidentLog(stage.env) });
    return { code, out, err };
  };
  return { run, own, hosts };
}

it('lists what failed, what was done and whether it helped, newest first', async () => {
  const { run } = await setUp();
  const { code, out } = await run('list');
  const [heads, newest, oldest] = out.split('\n');
  expect(code).toBe(0);
  expect(heads).toMatch(/BEGAN +ENDED +PART +REASON +AGENT/);
  expect(newest).toMatch(/10:05Z +database +unavailable +– +transient +retry × 1 +yes +cannot reach it/);
  expect(oldest).toMatch(/lasts +provider:openai +idle +Helper +transient +retry × 3 +unknown/);
});

it('prints all that is known of those that last, for programs', async () => {
  const { run, own } = await setUp();
  const { out } = await run('list', '--open', '--json');
  expect(JSON.parse(out)).toEqual([
    {
      id: own.id,
      agent: 'Helper',
      agent_id: own.agentId,
      host_id: 'host-1',
      component: 'provider:openai',
      severity: 'transient',
      reason: 'idle',
      message: 'cannot reach it',
      action: 'retry',
      attempts: 3,
      started_at: '2026-11-30T10:00:00.123Z',
      last_at: '2026-11-30T10:00:00.123Z',
      ended_at: null,
      helped: null,
    },
  ]);
});

it('lists those of one agent, by its name, and says when there is no such agent', async () => {
  const { run, own } = await setUp();
  const { out } = await run('list', '--agent', 'helper', '--json');
  expect((JSON.parse(out) as { id: string }[]).map(({ id }) => id)).toEqual([own.id]);
  const wrong = await run('list', '--agent', 'Helpre');
  expect(wrong).toMatchObject({ code: 1, out: '' });
  expect(wrong.err).toContain('did you mean "Helper"?');
});

it('refuses words that it does not take', async () => {
  const { run } = await setUp();
  expect((await run('list', '--limit', '0')).code).toBe(2);
  expect((await run('lsit')).code).toBe(2);
});

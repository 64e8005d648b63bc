import { expect, it } from 'vitest';
import { anIncident } from '../../support/an-incident.ts';
import { setStage } from '../../support/run-host.ts';
import { diagnose } from './see-doctor.ts';

it('warns of incidents that last, and says how to see them', async () => {
  const stage = await setStage();
  await stage.database.incidents.save([
    anIncident({ endedAt: new Date() }),
    anIncident({ component: 'provider:openai', reason: 'bad-key' }),
  ]);
  const { code, check } = await diagnose(stage.env, { argv: ['--offline'] });
  expect(check('incidents')).toEqual({
    group: 'Database',
    name: 'incidents',
    status: 'warning',
    message: '1 failure lasts: provider:openai, bad-key',
    remedy: 'See `npm run incidents -- list --open`.',
  });
  expect(code).toBe(0);
});

it('has no line where nothing lasts', async () => {
  const stage = await setStage();
  await stage.database.incidents.save([anIncident({ endedAt: new Date() })]);
  const { checks } = await diagnose(stage.env, { argv: ['--offline'] });
  expect(checks.filter(({ name }) => name === 'incidents')).toEqual([]);
});

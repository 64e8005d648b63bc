import { expect, it } from 'vitest';
import { setStage } from '../../support/run-host.ts';
import { uuidV7 } from '../../../src/util/uuid-v7.ts';
import { diagnose, type Diagnosis } from './see-doctor.ts';

/** What the doctor says of a database with so many exchanges in each state. */
async function examine(counts: Record<string, number>): Promise<Diagnosis> {
  const stage = await setStage();
  await stage.addAgent({ name: 'Helper' });
  const { id: agentId } = await stage.agent('Helper');
  let messageId = 1;
  for (const [state, count] of Object.entries(counts)) {
    for (let n = 0; n < count; n++) {
      const row = [uuidV7(Date.now()), agentId, messageId++, '7', '5', state, 'mention', 'hello', '{}'];
      stage.exec(
        'INSERT INTO exchanges (id, agent_id, message_id, channel_id, user_id, state, reason, question, message, ' +
          `admitted_at) VALUES (${row.map((text) => `'${text}'`).join(', ')}, ${Date.now()})`,
      );
    }
  }
  return diagnose(stage.env, { argv: ['--offline'] });
}

it.each([
  [1, '1 message was set aside since processes died of it'],
  [2, '2 messages were set aside since processes died of them'],
])('warns of %i dead letters, and says how to see them', async (count, message) => {
  const { code, check } = await examine({ 'dead-letter': count, admitted: 3 });
  expect(check('dead letters')).toEqual({
    group: 'Database',
    name: 'dead letters',
    status: 'warning',
    message,
    remedy: 'See `npm run exchanges -- list --state dead-letter`.',
  });
  expect(code).toBe(0);
});

it('has no line where there is no dead letter', async () => {
  const { checks } = await examine({ admitted: 1, replay: 1 });
  expect(checks.filter(({ name }) => name === 'dead letters')).toEqual([]);
});

import { expect, it } from 'vitest';
import { SessionSaver } from '../../src/bots/session-saver.ts';
import { IncidentRecorder } from '../../src/recovery/incident-recorder.ts';
import { watchPart } from '../../src/recovery/watch-part.ts';
import { collectingLogger } from '../support/collecting-logger.ts';

it('saves again after an unexpected error, which is logged and an incident until then', async () => {
  const changes: string[] = [];
  const incidents = new IncidentRecorder({
    now: () => new Date(),
    redact: (text) => text,
    onIncident: ({ component, reason, action, helped }, change) =>
      changes.push(`${component} ${reason} ${action} ${change} ${String(helped)}`),
  });
  const logger = collectingLogger();
  let looks = 0;
  const saver = new SessionSaver({
    sessions: () => {
      looks += 1;
      if (looks === 1) throw new TypeError('a defect');
      return new Map();
    },
    store: {
      load: () => Promise.resolve([]),
      save: () => Promise.resolve(),
      advance: () => Promise.resolve(),
    },
    logger,
    interval: 1,
    watch: watchPart('sessions', 'not-saved', { incidents, logger }),
  });
  saver.start();
  await expect
    .poll(() => changes, { timeout: 20_000 })
    .toEqual(['sessions defect restart begun undefined', 'sessions defect restart ended true']);
  await saver.stop();
  expect(logger.lines[0]).toMatchObject({ level: 'error', part: 'sessions' });
});

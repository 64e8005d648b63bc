import { expect, it } from 'vitest';
import { createFirstRunCode } from '../../src/access/first-run-code.ts';
import { announceFirstRun } from '../../src/http/announce-first-run.ts';
import { collectingLogger } from '../support/collecting-logger.ts';
import { testDatabase } from '../support/test-database.ts';

/** What is shown at the start of a host that listens there: codes, and warnings. */
async function announce(host: string, hasAdmin = false) {
  const database = await (await testDatabase()).open();
  if (hasAdmin) await database.adminUsers.create({ name: 'ada', role: 'admin', passwordHash: 'x' });
  const codes: string[] = [];
  const logger = collectingLogger();
  await announceFirstRun({
    adminUsers: database.adminUsers,
    firstRun: createFirstRunCode({ now: Date.now, show: (code) => codes.push(code) }),
    http: { host, port: 0, allowedHosts: [], allowedOrigins: [], trustedProxies: [] },
    url: 'http://there',
    logger,
  });
  return { codes: codes.length, warnings: logger.lines.map(({ level, text }) => `${level}: ${text}`) };
}

it.each(['127.0.0.1', '::1', 'localhost'])('on %s a code is shown, and nothing to warn of', async (host) => {
  expect(await announce(host)).toEqual({ codes: 1, warnings: [] });
});

it.each(['0.0.0.0', '::', '192.168.1.7', 'troupe.example'])(
  'on %s it says besides that others can reach it, and what is served until there is an admin',
  async (host) => {
    const { codes, warnings } = await announce(host);
    expect(codes).toBe(1);
    expect(warnings).toEqual([
      'warn: others can reach this host and there is no admin yet: only probes, metrics and the page to make one are served',
    ]);
  },
);

it.each(['127.0.0.1', '0.0.0.0'])('with an admin nothing is shown on %s', async (host) => {
  expect(await announce(host, true)).toEqual({ codes: 0, warnings: [] });
});

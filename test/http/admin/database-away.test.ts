import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/database/open-database.ts';
import { loadConfig } from '../../../src/config/config.ts';
import { silentLogger } from '../../../src/observability/logger.ts';
import { startAdmin } from '../../support/admin-app.ts';
import { openProxy } from '../../support/cut-off-proxy.ts';
import { TESTED_DATABASES } from '../../support/each-database.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const postgresql = TESTED_DATABASES.find(({ provider }) => provider === 'postgresql');

describe.skipIf(postgresql?.isThere !== true)('while the database is away, on PostgreSQL', () => {
  it('requests are answered with 503, in words without the driver’s own, and with 200 again once it is back', async () => {
    const place = new URL(String((await postgresql?.make())?.url));
    const proxy = await openProxy({ host: place.hostname, port: Number(place.port) });
    place.port = String(proxy.port);
    place.hostname = '127.0.0.1';
    const directory = await temporaryDirectory();
    const env = { DATABASE_URL: place.href, SECRET_KEY_FILE: `${directory}/secret.key` };
    const database = await openDatabase({ ...loadConfig(env), logger: silentLogger });
    const { ask, login } = await startAdmin({ database });
    const headers = await login('ada', 'admin');
    expect((await ask('GET', '/api/agents', { headers })).status).toBe(200);
    await proxy.cut();
    for (const path of ['/api/agents', '/api/exchanges', '/api/settings', '/api/audit']) {
      const { status, json, body } = await ask('GET', path, { headers });
      expect([path, status, json['detail']]).toEqual([
        path,
        503,
        'the database does not answer. Try again in a while.',
      ]);
      expect(body).not.toContain(String(proxy.port));
    }
    const failed = await ask('POST', '/api/session', { json: { name: 'ada', password: 'wrong' } });
    expect(failed.status).toBe(503);
    await proxy.mend();
    await expect.poll(async () => (await ask('GET', '/api/agents', { headers })).status).toBe(200);
    await database.close();
  });
});

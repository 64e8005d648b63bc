import path from 'node:path';
import { expect, it } from 'vitest';
import { describeOnEachDatabase } from '../../support/each-database.ts';
import { diagnose } from './see-doctor.ts';

const OFFLINE = { argv: ['--offline'] };

describeOnEachDatabase('the doctor', (make, _, makeNew) => {
  it('finds a database in order, and says how large it is and of which version', async () => {
    const database = await make();
    await database.open();
    const { check, ok } = await diagnose(
      { DATABASE_URL: database.url, SECRET_KEY_FILE: path.join(database.directory, 'secret.key') },
      OFFLINE,
    );
    expect(check('database')).toMatchObject({ status: 'ok' });
    expect(check('database').message).toMatch(/[kM]?B \((SQLite|PostgreSQL|MySQL) \d+\.\d+/);
    expect(check('schema')).toMatchObject({ status: 'ok', message: 'up to date' });
    expect(ok).toBe(true);
  });

  it('finds nothing wrong with a database that the first start makes, and makes none', async () => {
    const database = await makeNew();
    const env = { DATABASE_URL: database.url, SECRET_KEY_FILE: path.join(database.directory, 'secret.key') };
    for (let time = 0; time < 2; time++) {
      const { check } = await diagnose(env, OFFLINE);
      expect(check('database')).toMatchObject({ status: 'ok' });
      expect(check('database').message).toContain('the first start makes it');
    }
  });

  it('tells which migrations are pending, and applies none', async () => {
    const database = await makeNew();
    await (await database.open()).close();
    const count = async (): Promise<number> => {
      const [row] = await database.query('SELECT count(*) AS total FROM _prisma_migrations');
      return Number(row?.['total']);
    };
    const all = await count();
    await database.query("DELETE FROM _prisma_migrations WHERE migration_name LIKE '%leases'");
    const env = { DATABASE_URL: database.url, SECRET_KEY_FILE: path.join(database.directory, 'secret.key') };
    const { check } = await diagnose(env, OFFLINE);
    expect(check('schema')).toMatchObject({ status: 'warning' });
    expect(check('schema').message).toContain('leases');
    expect(await count()).toBe(all - 1);
  });
});

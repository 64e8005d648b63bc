import type { TestDatabase } from './test-database.ts';

/** Lets the database refuse every exchange with this value from now on; call what comes back to end that. */
export async function refuseRows(
  database: TestDatabase,
  column: string,
  value: string,
): Promise<() => Promise<void>> {
  if (database.provider !== 'sqlite') {
    await database.query(`ALTER TABLE exchanges ADD CONSTRAINT broken CHECK (${column} <> '${value}')`);
    return async () => {
      await database.query('ALTER TABLE exchanges DROP CONSTRAINT broken');
    };
  }
  for (const event of ['INSERT', 'UPDATE']) {
    database.raw(
      `CREATE TRIGGER broken_${event} BEFORE ${event} ON exchanges WHEN new.${column} = '${value}' BEGIN SELECT RAISE(FAIL, 'refused'); END`,
    );
  }
  return () => {
    database.raw('DROP TRIGGER broken_INSERT; DROP TRIGGER broken_UPDATE');
    return Promise.resolve();
  };
}

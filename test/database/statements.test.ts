import { describe, expect, it } from 'vitest';
import {
  isConflict,
  isOrphan,
  isTaken,
  isUnavailable,
  type Statements,
} from '../../src/database/statements.ts';
import { describeOnEachDatabase } from '../support/each-database.ts';

const AT = new Date('2026-11-21T12:34:56.789Z');

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => {
      throw new Error('it succeeded');
    },
    (error: unknown) => error,
  );

describeOnEachDatabase('statements', (make, provider) => {
  async function setUp() {
    const database = await make();
    await database.open();
    return { database, ...(await database.connect()) };
  }

  const INSERT = 'INSERT INTO identifies (id, application_id, at) VALUES (?, ?, ?)';
  const count = async (connection: Statements) =>
    Number((await connection.rows('SELECT count(*) AS total FROM identifies', []))[0]?.['total']);

  it('give back rows that are the same on every database', async () => {
    const { connection } = await setUp();
    await connection.run(
      'INSERT INTO model_calls (id, agent_id, user_id, purpose, provider, model, input_tokens, cached_tokens, output_tokens, counted, nano_usd, latency_ms, outcome, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      ['c', 'a', null, 'answer', 'p', "it's ?", 2_147_483_647, 0, -1, true, 2n ** 62n, 1, 'complete', AT],
    );
    expect(
      await connection.rows(
        `SELECT id, user_id, model, input_tokens, output_tokens, counted, nano_usd, at,
           SUM(input_tokens) AS sum, COUNT(*) AS calls, CASE WHEN model = 'what?' THEN 1 ELSE 0 END AS odd
         FROM model_calls WHERE counted = ? AND nano_usd = ? AND at = ? AND model = ?
         GROUP BY id, user_id, model, input_tokens, output_tokens, counted, nano_usd, at`,
        [true, 2n ** 62n, AT, "it's ?"],
      ),
    ).toEqual([
      {
        id: 'c',
        user_id: null,
        model: "it's ?",
        input_tokens: '2147483647',
        output_tokens: '-1',
        counted: '1',
        nano_usd: String(2n ** 62n),
        at: AT.toISOString(),
        sum: '2147483647',
        calls: '1',
        odd: '0',
      },
    ]);
  });

  it.each([0, 1, 999, 1_750_000_000_123, Date.UTC(2100, 0, 1)])(
    'keep the time %d to the millisecond',
    async (ms) => {
      const { connection } = await setUp();
      await connection.run(INSERT, ['1', '2', new Date(ms)]);
      expect(await connection.rows('SELECT at FROM identifies WHERE at = ?', [new Date(ms)])).toEqual([
        { at: new Date(ms).toISOString() },
      ]);
    },
  );

  it('compare text by its bytes, and tell upper from lower case', async () => {
    const { connection } = await setUp();
    for (const id of ['b', 'A', 'a', 'ä', 'B', 'a-', 'a1']) await connection.run(INSERT, [id, 'x', AT]);
    const rows = await connection.rows('SELECT id FROM identifies ORDER BY id', []);
    expect(rows.map(({ id }) => id)).toEqual(['A', 'B', 'a', 'a-', 'a1', 'b', 'ä']);
    expect(await connection.rows("SELECT id FROM identifies WHERE id = 'A'", [])).toHaveLength(1);
  });

  it('count the rows that they changed, also those that were like that before', async () => {
    const { connection } = await setUp();
    await connection.run(INSERT, ['1', '7', AT]);
    await connection.run(INSERT, ['2', '8', AT]);
    expect(await connection.run('UPDATE identifies SET application_id = ?', ['7'])).toBe(2);
    expect(await connection.run('UPDATE identifies SET application_id = ? WHERE id = ?', ['7', '3'])).toBe(0);
  });

  it('leave out what is there already, where they are told to', async () => {
    const { connection } = await setUp();
    const insert = `${INSERT} ${connection.dialect.onConflictDoNothing('id')}`;
    await connection.run(insert, ['1', 'first', AT]);
    await connection.run(insert, ['1', 'second', AT]);
    expect(await connection.rows('SELECT application_id AS a FROM identifies', [])).toEqual([{ a: 'first' }]);
  });

  it('know the time of the database, and times before and after it', async () => {
    const { connection } = await setUp();
    const { now, fromNow } = connection.dialect;
    const times = [now, fromNow(90_000), fromNow(-90_000)];
    for (const [index, time] of times.entries()) {
      await connection.run(
        `INSERT INTO identifies (id, application_id, at) VALUES ('${index}', '2', ${time})`,
        [],
      );
    }
    const rows = await connection.rows('SELECT at FROM identifies ORDER BY id', []);
    const [present = 0, later = 0, sooner = 0] = rows.map(({ at }) => Date.parse(at ?? ''));
    // The servers of the tests run on this machine; the statements run one after the other.
    for (const [one, other] of [
      [present, Date.now()],
      [later - 90_000, present],
      [sooner + 90_000, present],
    ] as const) {
      expect(Math.abs(one - other)).toBeLessThan(30_000);
    }
    const count = await connection.rows(`SELECT id FROM identifies WHERE at > ${now}`, []);
    expect(count).toEqual([{ id: '1' }]);
  });

  it('tell the day of a time in UTC', async () => {
    const { connection } = await setUp();
    await connection.run(INSERT, ['1', '2', new Date('2026-11-21T23:59:59.999Z')]);
    const [row] = await connection.rows(`SELECT ${connection.dialect.day('at')} AS day FROM identifies`, []);
    expect(row).toEqual({ day: '2026-11-21' });
  });

  it('tell a key that is taken and a row that is missing from any other failure', async () => {
    const { connection, client } = await setUp();
    await connection.run(INSERT, ['1', '2', AT]);
    const session = [
      'INSERT INTO memories (id, agent_id, user_id, scope, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)',
      ['m', 'nobody', 'u', '', AT, AT],
    ] as const;
    const judged = (error: unknown) => [isTaken, isOrphan, isConflict, isUnavailable].map((is) => is(error));
    expect(judged(await failureOf(connection.run(INSERT, ['1', '2', AT])))).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(judged(await failureOf(connection.run(...session)))).toEqual([false, true, false, false]);
    expect(judged(await failureOf(connection.run('SELECT nonsense', [])))).toEqual([
      false,
      false,
      false,
      false,
    ]);
    const again = client.identify.create({ data: { id: '1', applicationId: '2', at: AT } });
    expect(judged(await failureOf(again))).toEqual([true, false, false, false]);
  });

  describe('in a transaction', () => {
    it('all happen or none', async () => {
      const { connection } = await setUp();
      await connection.transaction(async (transaction) => {
        await transaction.run(INSERT, ['1', '2', AT]);
        await transaction.run(INSERT, ['2', '2', AT]);
      });
      const failing = connection.transaction(async (transaction) => {
        await transaction.run(INSERT, ['3', '2', AT]);
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      expect(await count(connection)).toBe(2);
    });

    it('leave the connection in order when they fail, also at the commit', async () => {
      const { connection } = await setUp();
      await connection.run(INSERT, ['1', '2', AT]);
      for (let time = 0; time < 20; time++) {
        await failureOf(connection.transaction((transaction) => transaction.run(INSERT, ['1', '2', AT])));
      }
      await connection.run(INSERT, ['2', '2', AT]);
      expect(await count(connection)).toBe(2);
    });

    it.runIf(provider === 'postgresql')(
      'that had a failure are not committed in part without a word',
      async () => {
        const { connection } = await setUp();
        await connection.run(INSERT, ['1', '2', AT]);
        const careless = connection.transaction(async (transaction) => {
          await transaction.run(INSERT, ['2', '2', AT]);
          await transaction.run(INSERT, ['1', '2', AT]).catch(() => undefined);
        });
        await expect(careless).rejects.toThrow(/undone/);
        expect(await count(connection)).toBe(1);
      },
    );

    it.skipIf(provider === 'sqlite')('see what others committed since they began', async () => {
      const { connection } = await setUp();
      await connection.transaction(async (transaction) => {
        expect(await transaction.rows('SELECT id FROM identifies', [])).toEqual([]);
        await connection.run(INSERT, ['1', '2', AT]);
        expect(await transaction.rows('SELECT id FROM identifies', [])).toHaveLength(1);
      });
    });

    it.skipIf(provider === 'sqlite')(
      'are tried again when they and others were in each other’s way',
      async () => {
        const { connection } = await setUp();
        await connection.run(INSERT, ['1', '0', AT]);
        await connection.run(INSERT, ['2', '0', AT]);
        const both = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
        let tries = 0;
        const change = (first: string, second: string, index: number) =>
          connection.transaction(async (transaction) => {
            tries += 1;
            await transaction.run('UPDATE identifies SET application_id = ? WHERE id = ?', [
              String(index),
              first,
            ]);
            both[index]?.resolve(undefined);
            await Promise.all(both.map(({ promise }) => promise));
            await transaction.run('UPDATE identifies SET application_id = ? WHERE id = ?', [
              String(index),
              second,
            ]);
          });
        await Promise.all([change('1', '2', 0), change('2', '1', 1)]);
        expect(tries).toBeGreaterThan(2);
        const rows = await connection.rows('SELECT application_id AS a FROM identifies', []);
        expect(new Set(rows.map(({ a }) => a)).size).toBe(1);
      },
    );

    it('come through in the end, a hundred at once', async () => {
      const { connection } = await setUp();
      const day = ['host', '2026-11-21'];
      await connection.run(
        'INSERT INTO budget_counters (scope, day, nano_usd, tokens) VALUES (?, ?, 0, 0)',
        day,
      );
      await Promise.all(
        Array.from({ length: 100 }, () =>
          connection.transaction((transaction) =>
            transaction.run(
              'UPDATE budget_counters SET tokens = tokens + 1 WHERE scope = ? AND day = ?',
              day,
            ),
          ),
        ),
      );
      expect(await connection.rows('SELECT tokens FROM budget_counters', [])).toEqual([{ tokens: '100' }]);
    });
  });
});

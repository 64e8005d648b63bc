import { expect, it, onTestFinished } from 'vitest';
import { openClient } from '../../src/database/open-client.ts';
import type { StatementKind } from '../../src/observability/observers/statement-observer.ts';
import { describeOnEachDatabase } from '../support/each-database.ts';

describeOnEachDatabase('observed statements', (make) => {
  async function setUp() {
    const database = await make();
    await database.open();
    const told: StatementKind[] = [];
    const times: number[] = [];
    const opened = await openClient(database.config, {
      onStatement: (kind, ms) => {
        told.push(kind);
        times.push(ms);
      },
    });
    onTestFinished(() => opened.close());
    return { ...opened, told, times };
  }

  it('are told once each, by their kind, with the time that they took', async () => {
    const { statements, told, times } = await setUp();
    await statements.rows('SELECT COUNT(*) AS n FROM agents', []);
    await statements.run('DELETE FROM agents WHERE id = ?', ['x']);
    await statements.transaction(async (transaction) => {
      await transaction.run('UPDATE agents SET name = ? WHERE id = ?', ['a', 'x']);
    });
    expect(told).toEqual(['select', 'delete', 'begin', 'update', 'commit']);
    for (const ms of times) expect(ms).toBeGreaterThan(0);
  });

  it("are also those of Prisma's client", async () => {
    const { client, told } = await setUp();
    await client.agent.count();
    expect(told).toEqual(['select']);
  });

  it('are told when they fail, and do so as if nobody listened', async () => {
    const { statements, told } = await setUp();
    const defect = new Error('a defect');
    await expect(statements.rows('SELECT nothing FROM nowhere', [])).rejects.toThrow();
    await expect(statements.transaction(() => Promise.reject(defect))).rejects.toBe(defect);
    expect(told).toEqual(['select', 'begin', 'rollback']);
  });
});

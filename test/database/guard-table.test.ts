import { describe, expect, it } from 'vitest';
import type { GuardFinding } from '../../src/agents/guard/guard-log.ts';
import { GuardTable } from '../../src/database/guard-table.ts';
import { collectingLogger } from '../support/collecting-logger.ts';
import { describeOnEachDatabase } from '../support/each-database.ts';

describeOnEachDatabase('the guard table', (make) => {
  const AT = new Date('2026-11-21T12:34:56.789Z');

  const finding = (parts: Partial<GuardFinding> = {}): GuardFinding => ({
    agentId: 'agent-1',
    exchangeId: 'exchange-1',
    userId: '18446744073709551615',
    rule: 'ignore-instructions',
    action: 'warned',
    source: 'text',
    at: AT,
    ...parts,
  });

  async function setUp() {
    const database = await make();
    const host = await database.open();
    const { connection, statements } = await database.connect();
    const logger = collectingLogger();
    const log = new GuardTable(connection, logger);
    return { database, host, log, logger, statements };
  }

  describe('what a guard found', () => {
    it('is kept with all that is known of it', async () => {
      const { database, log } = await setUp();
      log.record([finding(), finding({ action: 'blocked', source: 'attachment' })]);
      await log.flush();
      const row = {
        id: expect.any(String) as string,
        agent_id: 'agent-1',
        exchange_id: 'exchange-1',
        user_id: '18446744073709551615',
        rule: 'ignore-instructions',
        at: AT.toISOString(),
      };
      expect(await database.query('SELECT * FROM guard_findings ORDER BY id')).toEqual([
        { ...row, action: 'warned', source: 'text' },
        { ...row, action: 'blocked', source: 'attachment' },
      ]);
    });

    it('fits its columns on every database', async () => {
      const { database, log } = await setUp();
      log.record([finding({ rule: `r\0${'r'.repeat(100)}`, source: '😀'.repeat(200) })]);
      await log.flush();
      expect(await database.query('SELECT rule, source FROM guard_findings')).toEqual([
        { rule: 'r'.repeat(80), source: '😀'.repeat(95) },
      ]);
    });

    it('is written together with all else that was found in the same turn', async () => {
      const { database, log, statements } = await setUp();
      for (let index = 0; index < 50; index++) log.record([finding(), finding()]);
      await log.flush();
      expect(statements.filter((sql) => sql.startsWith('INSERT'))).toHaveLength(1);
      expect(await database.query('SELECT count(*) AS total FROM guard_findings')).toEqual([
        { total: '100' },
      ]);
    });

    it('is logged when it cannot be written, and nobody waits for it', async () => {
      const { database, log, logger } = await setUp();
      await database.query('ALTER TABLE guard_findings RENAME TO gone');
      log.record([finding(), finding(), finding({ exchangeId: 'exchange-2' })]);
      await log.flush();
      expect(logger.lines).toMatchObject([
        { level: 'error', exchange: 'exchange-1' },
        { level: 'error', exchange: 'exchange-2' },
      ]);
      await database.query('ALTER TABLE gone RENAME TO guard_findings');
      log.record([finding()]);
      await log.flush();
      expect(await database.query('SELECT count(*) AS total FROM guard_findings')).toEqual([{ total: '1' }]);
    });

    it('is written when the database is closed', async () => {
      const { database, host } = await setUp();
      host.guardLog.record([finding()]);
      await host.close();
      expect(await database.query('SELECT count(*) AS total FROM guard_findings')).toEqual([{ total: '1' }]);
    });
  });
});

import { expect, it } from 'vitest';
import { describeOnEachDatabase } from '../support/each-database.ts';

describeOnEachDatabase('the settings table', (make) => {
  it('keeps runtime settings, the last value of each, and says when it was set', async () => {
    const database = await make();
    const at = new Date('2026-11-22T01:02:03.004Z');
    const { settings } = await database.open({ now: () => at });
    expect([...settings.values]).toEqual([]);
    await settings.set('LOG_LEVEL', 'debug');
    await settings.set('LOG_LEVEL', 'warn');
    await settings.set('BUDGET_USD_PER_DAY', '');
    expect([...settings.values]).toEqual([
      ['BUDGET_USD_PER_DAY', ''],
      ['LOG_LEVEL', 'warn'],
    ]);
    expect(await database.query("SELECT * FROM settings WHERE name = 'LOG_LEVEL'")).toEqual([
      { name: 'LOG_LEVEL', value: 'warn', updated_at: at.toISOString() },
    ]);
  });

  it('knows them as soon as it is opened, and what another process set once they are read again', async () => {
    const database = await make();
    const one = await database.open();
    await one.settings.set('LOG_LEVEL', 'debug');
    const other = await database.open();
    expect([...other.settings.values]).toEqual([['LOG_LEVEL', 'debug']]);
    await one.settings.set('LOG_LEVEL', 'error');
    expect(other.settings.values.get('LOG_LEVEL')).toBe('debug');
    expect([...(await other.settings.read())]).toEqual([['LOG_LEVEL', 'error']]);
    expect(other.settings.values.get('LOG_LEVEL')).toBe('error');
  });

  it('takes one away, and says whether it was there', async () => {
    const { settings } = await (await make()).open();
    await settings.set('LOG_LEVEL', 'debug');
    expect(await settings.unset('LOG_LEVEL')).toBe(true);
    expect(settings.values.has('LOG_LEVEL')).toBe(false);
    expect(await settings.unset('LOG_LEVEL')).toBe(false);
  });
});

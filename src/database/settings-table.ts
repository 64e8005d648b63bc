import type { SettingsStore } from '../config/settings-store.ts';
import type { Auditor } from './auditor.ts';
import type { Statements, TransactionStatements } from './statements.ts';
import { storable } from './storable.ts';

/** Longest value: none of the settings that can stand here is long. */
const MAX_VALUE = 190;

const INSERT = 'INSERT INTO settings (name, value, updated_at) VALUES (?, ?, ?)';

const NONE: ReadonlyMap<string, string> = new Map();

/** The settings table. */
export class SettingsTable implements SettingsStore {
  readonly #statements: Statements;
  readonly #now: () => Date;
  readonly #auditor: Auditor;
  /** As they were last read; the same for every actor. */
  readonly #read: { values: ReadonlyMap<string, string> };

  constructor(statements: Statements, now: () => Date, auditor: Auditor, read = { values: NONE }) {
    this.#statements = statements;
    this.#now = now;
    this.#auditor = auditor;
    this.#read = read;
  }

  /** The same table, with changes on record in another's name. */
  withAuditor(auditor: Auditor): SettingsTable {
    return new SettingsTable(this.#statements, this.#now, auditor, this.#read);
  }

  get values(): ReadonlyMap<string, string> {
    return this.#read.values;
  }

  async read(): Promise<ReadonlyMap<string, string>> {
    const rows = await this.#statements.rows('SELECT name, value FROM settings ORDER BY name', []);
    this.#read.values = new Map(rows.map(({ name, value }) => [name ?? '', value ?? '']));
    return this.#read.values;
  }

  async set(name: string, text: string): Promise<void> {
    const value = storable(text, MAX_VALUE);
    await this.#statements.transaction(async (transaction) => {
      await this.#auditor.lock(transaction);
      const before = await valueIn(transaction, name);
      const changed = await transaction.run('UPDATE settings SET value = ?, updated_at = ? WHERE name = ?', [
        value,
        this.#now(),
        name,
      ]);
      if (changed === 0) await transaction.run(INSERT, [name, value, this.#now()]);
      if (value !== before) await this.#record(transaction, 'setting.set', name, { before, after: value });
    });
    await this.read();
  }

  async unset(name: string): Promise<boolean> {
    const wasThere = await this.#statements.transaction(async (transaction) => {
      await this.#auditor.lock(transaction);
      const before = await valueIn(transaction, name);
      if (before === undefined) return false;
      await transaction.run('DELETE FROM settings WHERE name = ?', [name]);
      await this.#record(transaction, 'setting.unset', name, { before });
      return true;
    });
    await this.read();
    return wasThere;
  }

  #record(
    transaction: TransactionStatements,
    action: string,
    name: string,
    states: { readonly before?: string | undefined; readonly after?: string },
  ): Promise<void> {
    return this.#auditor.within(transaction, [{ action, subject: { kind: 'setting', id: name }, ...states }]);
  }
}

async function valueIn(transaction: TransactionStatements, name: string): Promise<string | undefined> {
  const [row] = await transaction.rows('SELECT value FROM settings WHERE name = ?', [name]);
  return row?.['value'] ?? undefined;
}

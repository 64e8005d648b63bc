import type { SettingsStore } from '../config/settings-store.ts';
import type { PrismaClient } from './generated/sqlite/client.ts';
import type { Statements } from './statements.ts';
import { storable } from './storable.ts';

/** Longest value: none of the settings that can stand here is long. */
const MAX_VALUE = 190;

/** The settings table. */
export class SettingsTable implements SettingsStore {
  readonly #client: PrismaClient;
  readonly #statements: Statements;
  readonly #now: () => Date;
  #values: ReadonlyMap<string, string> = new Map();

  constructor(client: PrismaClient, statements: Statements, now: () => Date) {
    this.#client = client;
    this.#statements = statements;
    this.#now = now;
  }

  get values(): ReadonlyMap<string, string> {
    return this.#values;
  }

  async read(): Promise<ReadonlyMap<string, string>> {
    const rows = await this.#statements.rows('SELECT name, value FROM settings ORDER BY name', []);
    this.#values = new Map(rows.map(({ name, value }) => [name ?? '', value ?? '']));
    return this.#values;
  }

  async set(name: string, text: string): Promise<void> {
    const value = storable(text, MAX_VALUE);
    const updatedAt = this.#now();
    await this.#client.setting.upsert({
      where: { name },
      create: { name, value, updatedAt },
      update: { value, updatedAt },
    });
    await this.read();
  }

  async unset(name: string): Promise<boolean> {
    const { count } = await this.#client.setting.deleteMany({ where: { name } });
    await this.read();
    return count > 0;
  }
}

import type { DumpTable } from './dump-tables.ts';

/** A row by column, as JSON has it: times as ISO text, integers of 64 bits as decimal text. */
export type DumpRow = Readonly<Record<string, unknown>>;

/** What a dump holds of one table. */
export interface DumpedTable {
  readonly name: string;
  /** The columns that it had; an older database has fewer. */
  readonly columns: readonly string[];
  readonly rows: number;
}

/** What there is to know of a dump before its rows. */
export interface DumpHeader {
  /** The moment that it shows. */
  readonly created: Date;
  readonly provider: 'sqlite' | 'postgresql' | 'mysql';
  /** Which database it is of, as a hash of its place; older backups do not tell. */
  readonly database?: string | undefined;
  /** The newest migration that the database had. */
  readonly migration: string;
  readonly tables: readonly DumpedTable[];
}

/** Some rows of one table. */
export interface DumpBatch {
  readonly table: DumpTable;
  readonly rows: readonly DumpRow[];
}

/** All that is worth keeping of a database, at one moment. */
export interface Dump {
  readonly header: DumpHeader;
  /**
   * Its rows, in batches of a few megabytes; tables come in the order of {@link DUMP_TABLES}.
   *
   * @throws {TroupeError} when what is read does not hold together; what was made of earlier batches is void then
   */
  batches(): AsyncIterable<DumpBatch>;
}

/** Is told how far it has come, in rows. */
export type DumpProgress = (done: number, total: number) => void;

/** All rows of a dump. */
export function rowsIn({ tables }: DumpHeader): number {
  return tables.reduce((sum, { rows }) => sum + rows, 0);
}

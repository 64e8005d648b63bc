import type { DriverAdapter } from './sqlite-adapter.ts';

/** What a statement can be given. */
export type Value = string | number | Date | null;

/**
 * Runs single writes on Prisma's own connection, past its client and query compiler: those take four times as long
 * as the write itself, which counts where every message waits for it. Everything else goes through the client.
 */
export class Statements {
  readonly #adapter: DriverAdapter;

  constructor(adapter: DriverAdapter) {
    this.#adapter = adapter;
  }

  /**
   * Runs a statement with a `?` for each value; several rows in one statement are one transaction.
   *
   * @returns how many rows it changed
   */
  run(sql: string, values: readonly Value[]): Promise<number> {
    return this.#adapter.executeRaw({ sql, args: [...values], argTypes: values.map(typeOf) });
  }
}

/** Whether a statement failed because a unique key was taken. */
export function isTaken(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as { kind?: string } | undefined) : undefined;
  return cause?.kind === 'UniqueConstraintViolation';
}

/** `(?, ?, …)` */
export function placeholders(count: number): string {
  return `(${Array.from({ length: count }, () => '?').join(', ')})`;
}

const STRING = { scalarType: 'string', arity: 'scalar' } as const;
const INT = { scalarType: 'int', arity: 'scalar' } as const;
const DATETIME = { scalarType: 'datetime', arity: 'scalar' } as const;

function typeOf(value: Value): typeof STRING | typeof INT | typeof DATETIME {
  if (value instanceof Date) return DATETIME;
  return typeof value === 'number' ? INT : STRING;
}

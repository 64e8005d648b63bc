import type { Admission, Journal, Outcome } from '../messages/journal.ts';
import type { Logger } from '../observability/logger.ts';
import { createBatcher } from '../util/batcher.ts';
import { Prisma, type PrismaClient } from './generated/sqlite/client.ts';
import { storable } from './storable.ts';

/** Rows in one statement: well below the 32,766 parameters that SQLite takes. */
const MAX_BATCH = 200;

/** Prisma's code for a unique constraint that failed. */
const UNIQUE_VIOLATION = 'P2002';

type Write =
  | {
      kind: 'admit';
      row: Prisma.ExchangeCreateManyInput;
      done: (admitted: boolean) => void;
      fail: (error: unknown) => void;
    }
  | { kind: 'ignore'; row: Prisma.ExchangeCreateManyInput }
  | { kind: 'finish'; id: string; outcome: Outcome };

/** The journal in the exchanges table. */
export class ExchangeTable implements Journal {
  readonly #client: PrismaClient;
  readonly #now: () => Date;
  readonly #logger: Logger;
  readonly #batcher = createBatcher<Write>((batch) => this.#write(batch), MAX_BATCH);

  constructor(client: PrismaClient, now: () => Date, logger: Logger) {
    this.#client = client;
    this.#now = now;
    this.#logger = logger;
  }

  admit(admission: Admission): Promise<boolean> {
    return new Promise((done, fail) => {
      this.#batcher.add({ kind: 'admit', row: this.#row(admission, 'admitted'), done, fail });
    });
  }

  ignore(admission: Admission): void {
    this.#batcher.add({ kind: 'ignore', row: this.#row(admission, 'ignored') });
  }

  finish(id: string, outcome: Outcome): void {
    this.#batcher.add({ kind: 'finish', id, outcome });
  }

  flush(): Promise<void> {
    return this.#batcher.flush();
  }

  #row(admission: Admission, state: 'admitted' | 'ignored'): Prisma.ExchangeCreateManyInput {
    const at = this.#now();
    return {
      ...admission,
      guildId: admission.guildId ?? null,
      question: storable(admission.question),
      state,
      admittedAt: at,
      finishedAt: state === 'ignored' ? at : null,
    };
  }

  async #write(batch: Write[]): Promise<void> {
    const inserts = batch.filter((write) => write.kind !== 'finish');
    const finishes = batch.filter((write) => write.kind === 'finish');
    if (inserts.length > 0) await this.#insert(inserts);
    for (const [key, group] of Map.groupBy(
      finishes,
      ({ outcome }) => `${outcome.state} ${outcome.reason ?? ''}`,
    )) {
      await this.#finish(group).catch((error: unknown) => {
        this.#logger.error('could not record how exchanges ended', {
          error,
          outcome: key,
          exchanges: group.length,
        });
      });
    }
  }

  /** All in one statement; when one of them was there already, each by itself. */
  async #insert(inserts: Exclude<Write, { kind: 'finish' }>[]): Promise<void> {
    const settle = (write: (typeof inserts)[number], admitted: boolean): void => {
      if (write.kind === 'admit') write.done(admitted);
    };
    const fail = (write: (typeof inserts)[number], error: unknown): void => {
      if (write.kind === 'admit') write.fail(error);
      else this.#logger.error('could not record an ignored message', { error, message: write.row.messageId });
    };
    const [first] = inserts;
    if (inserts.length > 1 || first === undefined) {
      try {
        await this.#client.exchange.createMany({ data: inserts.map(({ row }) => row) });
        for (const write of inserts) settle(write, true);
        return;
      } catch (error) {
        if (!isUniqueViolation(error)) {
          for (const write of inserts) fail(write, error);
          return;
        }
      }
    }
    for (const write of inserts) {
      try {
        await this.#client.exchange.create({ data: write.row, select: { id: true } });
        settle(write, true);
      } catch (error) {
        if (isUniqueViolation(error)) settle(write, false);
        else fail(write, error);
      }
    }
  }

  async #finish(group: Extract<Write, { kind: 'finish' }>[]): Promise<void> {
    const outcome = group[0]?.outcome;
    if (outcome === undefined) return;
    await this.#client.exchange.updateMany({
      where: { id: { in: group.map(({ id }) => id) } },
      data: {
        state: outcome.state,
        finishedAt: this.#now(),
        ...(outcome.reason && { reason: outcome.reason }),
      },
    });
  }
}

/** Whether the database refused a row because its unique key was taken. */
export function isUniqueViolation(error: unknown): error is Prisma.PrismaClientKnownRequestError {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === UNIQUE_VIOLATION;
}

import type { Admission, Journal, Outcome } from '../messages/journal.ts';
import type { Logger } from '../observability/logger.ts';
import { createBatcher } from '../util/batcher.ts';
import { isTaken, placeholders, type Statements, type Value } from './statements.ts';
import { storable } from './storable.ts';

/** Rows in one statement: well below the 32,766 values that SQLite takes. */
const MAX_BATCH = 200;

/** When outcomes that could not be written are tried again, in milliseconds. */
const FINISH_RETRY = 1_000;

/** How long outcomes are gathered, in milliseconds: nobody waits for them, and together they touch few pages. */
const FINISH_DELAY = 100;

const COLUMNS = [
  'id',
  'agent_id',
  'message_id',
  'channel_id',
  'guild_id',
  'user_id',
  'state',
  'reason',
  'question',
  'admitted_at',
  'finished_at',
] as const;

const INSERT = `INSERT INTO exchanges (${COLUMNS.join(', ')}) VALUES `;
const ROW = placeholders(COLUMNS.length);

type Row = readonly Value[];

interface Insert {
  readonly row: Row;
  readonly done: (admitted: boolean) => void;
  readonly fail: (error: unknown) => void;
}

interface Finish {
  readonly id: string;
  readonly outcome: Outcome;
}

/** The journal in the exchanges table. */
export class ExchangeTable implements Journal {
  readonly #statements: Statements;
  readonly #now: () => Date;
  readonly #logger: Logger;
  readonly #inserts = createBatcher<Insert>((batch) => this.#insert(batch), MAX_BATCH);
  #finished: Finish[] = [];
  #finishing: NodeJS.Timeout | undefined;
  #written = Promise.resolve();
  #closing = false;

  constructor(statements: Statements, now: () => Date, logger: Logger) {
    this.#statements = statements;
    this.#now = now;
    this.#logger = logger;
  }

  admit(admission: Admission): Promise<boolean> {
    return new Promise((done, fail) => {
      this.#inserts.add({ row: this.#row(admission, 'admitted'), done, fail });
    });
  }

  ignore(admission: Admission): Promise<boolean> {
    return new Promise((done) => {
      const fail = (error: unknown): void => {
        this.#logger.error('could not record an ignored message', { error, message: admission.messageId });
        done(false);
      };
      this.#inserts.add({ row: this.#row(admission, 'ignored'), done, fail });
    });
  }

  finish(id: string, outcome: Outcome): void {
    this.#finished.push({ id, outcome });
    this.#finishing ??= setTimeout(() => void this.#writeFinished(), FINISH_DELAY);
  }

  async flush(): Promise<void> {
    await this.#inserts.flush();
    await this.#writeFinished();
  }

  /** Writes what is still waiting; what cannot be written now is given up. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.flush();
    clearTimeout(this.#finishing);
  }

  /** In the order of {@link COLUMNS}. */
  #row(admission: Admission, state: 'admitted' | 'ignored'): Row {
    const { id, agentId, messageId, channelId, guildId, userId, reason, question } = admission;
    const at = this.#now();
    const finishedAt = state === 'ignored' ? at : null;
    const ids = [id, agentId, messageId, channelId, guildId ?? null, userId];
    return [...ids, state, reason, storable(question), at, finishedAt];
  }

  /** All in one statement; when one of them was there already, each by itself. */
  async #insert(inserts: readonly Insert[]): Promise<void> {
    try {
      await this.#statements.run(
        INSERT + inserts.map(() => ROW).join(', '),
        inserts.flatMap(({ row }) => row),
      );
      for (const { done } of inserts) done(true);
    } catch (error) {
      if (!isTaken(error)) for (const { fail } of inserts) fail(error);
      else if (inserts.length === 1) inserts[0]?.done(false);
      else for (const insert of inserts) await this.#insert([insert]);
    }
  }

  /** One round after the other; resolves once what ended so far is committed. Never rejects. */
  #writeFinished(): Promise<void> {
    clearTimeout(this.#finishing);
    this.#finishing = undefined;
    this.#written = this.#written.then(() => this.#writeRound());
    return this.#written;
  }

  /** One statement for all that ended alike. */
  async #writeRound(): Promise<void> {
    const finished = this.#finished;
    this.#finished = [];
    for (const group of Map.groupBy(
      finished,
      ({ outcome }) => `${outcome.state} ${outcome.reason ?? ''}`,
    ).values()) {
      for (let from = 0; from < group.length; from += MAX_BATCH)
        await this.#finish(group.slice(from, from + MAX_BATCH));
    }
  }

  async #finish(group: readonly Finish[]): Promise<void> {
    const { state, reason } = group[0]?.outcome ?? { state: 'failed' };
    const ids = group.map(({ id }) => id);
    try {
      await this.#statements.run(
        `UPDATE exchanges SET state = ?, finished_at = ?, reason = COALESCE(?, reason) WHERE id IN ${placeholders(ids.length)}`,
        [state, this.#now(), reason === undefined ? null : storable(reason), ...ids],
      );
    } catch (error) {
      this.#logger.error('could not record how exchanges ended; trying again', {
        error,
        state,
        exchanges: ids.length,
      });
      this.#finished.push(...group);
      if (!this.#closing) this.#finishing ??= setTimeout(() => void this.#writeFinished(), FINISH_RETRY);
    }
  }
}

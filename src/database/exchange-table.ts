import type { Lease } from '../leases/lease.ts';
import type { IncomingMessage } from '../messages/incoming-message.ts';
import {
  type Admission,
  type Journal,
  type JournalOutage,
  NotRecordedError,
  type OpenExchange,
  type Outcome,
  type Reply,
} from '../messages/journal.ts';
import type { Logger } from '../observability/logger.ts';
import type { Incidents } from '../recovery/incidents.ts';
import type { ExchangeWrite } from './exchange-statements.ts';
import { ExchangeWriter } from './exchange-writer.ts';
import { placeholders, type Row, type Statements, type Value } from './statements.ts';
import { storable } from './storable.ts';

const OPEN =
  'SELECT id, agent_id, state, attempts, question, message, answer, posted, admitted_at, answered_at FROM exchanges WHERE finished_at IS NULL AND message IS NOT NULL';

/** The journal in the exchanges table. */
export class ExchangeTable implements Journal {
  readonly #statements: Statements;
  readonly #now: () => Date;
  readonly #logger: Logger;
  readonly #writer: ExchangeWriter;

  constructor(statements: Statements, now: () => Date, logger: Logger, incidents?: Incidents) {
    this.#statements = statements;
    this.#now = now;
    this.#logger = logger;
    this.#writer = new ExchangeWriter(statements, now, logger, incidents);
  }

  get outage(): JournalOutage | undefined {
    return this.#writer.outage;
  }

  get waiting(): number {
    return this.#writer.waiting;
  }

  admit(admission: Admission, lease: Lease): Promise<boolean> {
    // What a chat in the terminal leaves open nobody finishes: it keeps nothing for that.
    const kept = lease.fence === undefined ? null : withoutText(admission.message);
    return this.#writer.write(this.#insertOf(admission, 'admitted', kept), lease);
  }

  async ignore(admission: Admission, lease: Lease): Promise<boolean> {
    try {
      // What nobody is going to answer need not wait for the database.
      if (this.outage !== undefined) return false;
      return await this.#writer.write(this.#insertOf(admission, 'ignored', null), lease);
    } catch (error) {
      const { id: exchange, message } = admission;
      this.#logger.error('could not record an ignored message', { error, exchange, message: message.id });
      return false;
    }
  }

  async begin(id: string, lease: Lease): Promise<void> {
    await this.#writeOpen({ kind: 'begin', id }, lease);
  }

  async stream(id: string, lease: Lease): Promise<void> {
    await this.#writeOpen({ kind: 'stream', id }, lease);
  }

  async reply(id: string, reply: Reply, lease: Lease): Promise<void> {
    await this.#writeOpen({ kind: 'reply', id, answer: storable(JSON.stringify(reply)) }, lease);
  }

  posted(id: string, messageIds: readonly string[], lease: Lease): void {
    this.#writer.writeBehind({ kind: 'posted', id, messageIds: messageIds.join(' ') }, lease);
  }

  finish(id: string, outcome: Outcome | { state: 'dead-letter'; reason: string }, lease: Lease): void {
    const { state, reason } = outcome;
    this.#writer.writeBehind({ kind: 'finish', id, state, reason }, lease);
  }

  putBack(id: string, lease: Lease): void {
    this.#writer.writeBehind({ kind: 'put-back', id }, lease);
  }

  async open(agentId: string): Promise<OpenExchange[]> {
    const rows = await this.#statements.rows(
      `${OPEN} AND agent_id = ? AND state NOT IN ('dead-letter', 'replay') ORDER BY id`,
      [agentId],
    );
    return rows.map(toOpenExchange);
  }

  async replays(agentIds: readonly string[]): Promise<OpenExchange[]> {
    if (agentIds.length === 0) return [];
    const rows = await this.#statements.rows(
      `${OPEN} AND agent_id IN ${placeholders(agentIds.length)} AND state = 'replay' ORDER BY id`,
      agentIds,
    );
    return rows.map(toOpenExchange);
  }

  flush(): Promise<void> {
    return this.#writer.flush();
  }

  /** Writes what is still waiting; what cannot be written now is given up. */
  close(): Promise<void> {
    return this.#writer.close();
  }

  /** @throws {NotRecordedError} when the exchange is over */
  async #writeOpen(write: ExchangeWrite, lease: Lease): Promise<void> {
    if (!(await this.#writer.write(write, lease))) throw new NotRecordedError('the exchange is over');
  }

  #insertOf(
    { id, agentId, reason, message, begun }: Admission,
    state: 'admitted' | 'ignored',
    kept: string | null,
  ): ExchangeWrite {
    const at = this.#now();
    const isOpen = state === 'admitted';
    const ids = [id, agentId, message.id, message.channelId, message.guildId ?? null, message.author.id];
    const work: Value[] = [isOpen && begun ? 1 : 0, kept, at, isOpen ? null : at];
    return { kind: 'insert', id, row: [...ids, state, reason, storable(message.text), ...work] };
  }
}

/** The text of a message is in a column of its own. */
function withoutText(message: IncomingMessage): string {
  return JSON.stringify({ ...message, text: undefined });
}

function toOpenExchange(row: Row): OpenExchange {
  const message = {
    ...(JSON.parse(row['message'] ?? '{}') as Omit<IncomingMessage, 'text'>),
    text: row['question'] ?? '',
  } as IncomingMessage;
  const { answer = null, answered_at: answeredAt = null } = row;
  return {
    id: row['id'] ?? '',
    agentId: row['agent_id'] ?? '',
    message,
    state: row['state'] as OpenExchange['state'],
    attempts: Number(row['attempts']),
    reply: answer === null ? undefined : (JSON.parse(answer) as Reply),
    posted: (row['posted'] ?? '').split(' ').filter((id) => id !== ''),
    admittedAt: new Date(row['admitted_at'] ?? 0),
    answeredAt: answeredAt === null ? undefined : new Date(answeredAt),
  };
}

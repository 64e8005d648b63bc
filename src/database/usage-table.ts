import type { Logger } from '../observability/logger.ts';
import {
  BudgetError,
  type BudgetLimit,
  type PlannedCall,
  type SettledCall,
  type UsageLedger,
} from '../usage/usage-ledger.ts';
import { createOrderedTasks } from '../util/ordered-tasks.ts';
import { sleep } from '../util/sleep.ts';
import { uuidV7 } from '../util/uuid-v7.ts';
import { addWithin, correct, countersOf } from './budget-counters.ts';
import { erasedAmong } from './erased-exchanges.ts';
import { placeholders, type Statements, type TransactionStatements, type Value } from './statements.ts';
import { storable } from './storable.ts';

/** Before each further try to settle, in milliseconds: an answer waits for it. */
const SETTLE_WAITS = [50, 250, 1_000] as const;

/** The outcome of a call that is not settled. */
const RESERVED = 'reserved';

const COLUMNS = [
  'id',
  'agent_id',
  'user_id',
  'guild_id',
  'exchange_id',
  'purpose',
  'provider',
  'model',
  'input_tokens',
  'cached_tokens',
  'output_tokens',
  'counted',
  'nano_usd',
  'latency_ms',
  'outcome',
  'at',
] as const;

const INSERT = `INSERT INTO model_calls (${COLUMNS.join(', ')}) VALUES ${placeholders(COLUMNS.length)}`;

const FIND =
  'SELECT agent_id, user_id, guild_id, input_tokens, nano_usd, at FROM model_calls WHERE id = ? AND outcome = ?';

const SETTLE =
  'UPDATE model_calls SET input_tokens = ?, cached_tokens = ?, output_tokens = ?, counted = ?, nano_usd = ?, ' +
  'latency_ms = ?, outcome = ? WHERE id = ?';

/** What {@link FIND} finds. */
interface Booked {
  readonly agent_id: string;
  readonly user_id: string | null;
  readonly guild_id: string | null;
  readonly input_tokens: string;
  readonly nano_usd: string | null;
  readonly at: string;
}

/**
 * The model_calls and budget_counters tables. Every call is counted for its user, guild, agent and the host, also where
 * there is no limit: one that is set later in the day knows what was spent.
 */
export class UsageTable implements UsageLedger {
  readonly #statements: Statements;
  readonly #now: () => Date;
  readonly #logger: Logger;
  /** One at a time: they all count for the host, and would each hold a connection while they wait for that row. */
  readonly #bookings = createOrderedTasks();
  readonly #settling = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(statements: Statements, now: () => Date, logger: Logger) {
    this.#statements = statements;
    this.#now = now;
    this.#logger = logger;
  }

  async reserve(call: PlannedCall, limits: readonly BudgetLimit[]): Promise<string> {
    const at = this.#now();
    const id = uuidV7(at.getTime());
    const spending = { nanoUsd: BigInt(call.most.nanoUsd ?? 0), tokens: BigInt(call.most.tokens) };
    await this.#book(async (statements) => {
      const { exchangeId } = call.subject;
      const erased = await erasedAmong(statements, exchangeId === undefined ? [] : [exchangeId]);
      const subject = erased.size === 0 ? call.subject : { ...call.subject, userId: undefined };
      for (const { kind, scope } of countersOf(subject)) {
        const own = limits.filter((limit) => limit.kind === kind);
        const reached = await addWithin(statements, scope, dayOf(at), spending, own);
        if (reached !== undefined) {
          throw new BudgetError(kind, reached, nextMidnight(at), isTooLarge(call.most, own));
        }
      }
      await statements.run(INSERT, toRow(id, { ...call, subject }, at));
    });
    return id;
  }

  /** Tries a few times when it cannot be written. Never rejects: what is given up stays reserved, and is logged. */
  async settle(bookingId: string, call: SettledCall): Promise<void> {
    const settling = this.#settle(bookingId, call);
    this.#settling.add(settling);
    await settling;
    this.#settling.delete(settling);
  }

  /** Resolves once nothing is being settled any more; what cannot be written now is given up. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#settling);
  }

  #book(work: (statements: TransactionStatements) => Promise<void>): Promise<void> {
    return this.#bookings.run('', () => this.#statements.transaction(work));
  }

  async #settle(bookingId: string, call: SettledCall): Promise<void> {
    for (let failures = 0; ;) {
      try {
        await this.#book((statements) => settleIn(statements, bookingId, call));
        return;
      } catch (error) {
        const wait = SETTLE_WAITS[failures++];
        if (wait === undefined) {
          const { outcome, inputTokens, outputTokens, nanoUsd } = call;
          const lost = { booking: bookingId, outcome, inputTokens, outputTokens, nanoUsd };
          this.#logger.error('could not book what a call to a model cost; it stays at the most', {
            error,
            ...(call.exchangeId !== undefined && { exchange: call.exchangeId }),
            ...lost,
          });
          return;
        }
        await sleep(wait, this.#closing.signal);
      }
    }
  }
}

/** Once: a booking that is settled already stays as it is. */
async function settleIn(
  statements: TransactionStatements,
  bookingId: string,
  call: SettledCall,
): Promise<void> {
  const [booked] = (await statements.rows(FIND, [bookingId, RESERVED])) as unknown as Booked[];
  if (booked === undefined) return;
  const inputTokens = Math.round(call.inputTokens);
  const cachedTokens = Math.round(call.cachedTokens);
  const outputTokens = Math.round(call.outputTokens);
  const nanoUsd = call.nanoUsd === undefined ? null : BigInt(Math.ceil(call.nanoUsd));
  await statements.run(SETTLE, [
    inputTokens,
    cachedTokens,
    outputTokens,
    call.counted,
    nanoUsd,
    Math.round(call.latencyMs),
    call.outcome,
    bookingId,
  ]);
  const subject = {
    agentId: booked.agent_id,
    userId: booked.user_id ?? undefined,
    guildId: booked.guild_id ?? undefined,
  };
  const difference = {
    nanoUsd: (nanoUsd ?? 0n) - BigInt(booked.nano_usd ?? 0),
    tokens: BigInt(inputTokens + outputTokens) - BigInt(booked.input_tokens),
  };
  // The day of the reservation, also when it is another by now.
  const day = dayOf(new Date(booked.at));
  await correct(
    statements,
    countersOf(subject).map(({ scope }) => scope),
    day,
    difference,
  );
}

/** In the order of {@link COLUMNS}. */
function toRow(id: string, { subject, provider, model, most }: PlannedCall, at: Date): Value[] {
  const { agentId, userId, guildId, exchangeId, purpose } = subject;
  const nanoUsd = most.nanoUsd === undefined ? null : BigInt(most.nanoUsd);
  return [
    ...[id, agentId, userId ?? null, guildId ?? null, exchangeId ?? null, purpose],
    ...[storable(provider, 64), storable(model, 190)],
    ...[most.tokens, 0, 0, false, nanoUsd, 0, RESERVED, at],
  ];
}

/** Whether it is more than one of the limits by itself. */
function isTooLarge({ nanoUsd = 0, tokens }: PlannedCall['most'], limits: readonly BudgetLimit[]): boolean {
  return limits.some((limit) => nanoUsd > (limit.nanoUsd ?? Infinity) || tokens > (limit.tokens ?? Infinity));
}

/** UTC, as 2026-11-21. */
function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

function nextMidnight(at: Date): Date {
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate() + 1));
}

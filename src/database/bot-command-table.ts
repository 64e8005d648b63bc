import type { SayProgress } from '../agents/said.ts';
import type { BotCommand, BotCommandDesk, BotCommandFilter, NewBotCommand } from '../bots/bot-command.ts';
import type {
  BotCommandOutcome,
  BotCommandQueue,
  BotCommandWatch,
  OpenBotCommand,
} from '../bots/bot-command-queue.ts';
import { checkOrder } from '../bots/check-order.ts';
import { InputError } from '../errors.ts';
import { uuidV7 } from '../util/uuid-v7.ts';
import type { Auditor } from './auditor.ts';
import { COMMAND_CHANNEL, type CommandListener } from './command-listener.ts';
import { commandColumns, OPEN_COLUMNS, readCommand, readOpenCommand, writePayload } from './command-rows.ts';
import { changeAgent } from './order-in-force.ts';
import { agentsUnderFence } from './present-fences.ts';
import { placeholders, type Statements, type TransactionStatements, type Value } from './statements.ts';
import { storable } from './storable.ts';

/** The lengths of columns, in characters; that of a result counts bytes on MySQL. */
const MAX_REQUESTED_BY = 190;
const MAX_RESULT = 16_000;

/**
 * Commands of one bot and kind that are looked at together: those that are left come the next time. Bots have their own, so
 * that many commands of one, or many of one kind that have to wait, leave no others out.
 */
const MAX_OPEN = 50;

const FIRST_OF_EACH = `SELECT id FROM (SELECT id, ROW_NUMBER() OVER (PARTITION BY agent_id, kind ORDER BY id) AS place
  FROM bot_commands WHERE state = 'pending') AS pending WHERE place <= ${MAX_OPEN}`;

/** Hears of commands at a server that tells of them; undefined where none does. */
export type ListenForCommands = ((onCommand: () => void) => CommandListener) | undefined;

/** The bot_commands table. */
export class BotCommandTable implements BotCommandDesk, BotCommandQueue {
  readonly #statements: Statements;
  readonly #now: () => Date;
  readonly #listen: ListenForCommands;
  readonly #auditor: Auditor;
  /** Those in this process who wait for commands. */
  readonly #watching = new Set<() => void>();

  constructor(statements: Statements, now: () => Date, listen: ListenForCommands, auditor: Auditor) {
    this.#statements = statements;
    this.#now = now;
    this.#listen = listen;
    this.#auditor = auditor;
  }

  /** The same desk, with what is sent on record in another's name. */
  withAuditor(auditor: Auditor): BotCommandDesk {
    return {
      send: (command) => this.#send(command, auditor),
      list: (filter) => this.list(filter),
      get: (id) => this.get(id),
    };
  }

  send(command: NewBotCommand): Promise<BotCommand> {
    return this.#send(command, this.#auditor);
  }

  async #send(command: NewBotCommand, auditor: Auditor): Promise<BotCommand> {
    checkOrder(command);
    const now = this.#now();
    const kept: BotCommand = {
      id: uuidV7(now.getTime()),
      agentId: command.agentId,
      order: command.order,
      requestedBy: storable(command.requestedBy, MAX_REQUESTED_BY),
      requestedAt: now,
      expiresAt: command.expiresAt,
      state: 'pending',
      result: '',
      finishedAt: undefined,
    };
    await this.#statements.transaction(async (transaction) => {
      await keep(transaction, kept);
      const subject = { kind: 'agent', id: kept.agentId };
      await auditor.within(transaction, [
        { action: `bot.${kept.order.kind}`, subject, after: { command_id: kept.id, ...kept.order } },
      ]);
    });
    for (const wake of this.#watching) wake();
    return kept;
  }

  async list({ agentId, state, before, limit }: BotCommandFilter): Promise<BotCommand[]> {
    const conditions: [string, Value | undefined][] = [
      ['agent_id = ?', agentId],
      ['state = ?', state],
      ['id < ?', before],
    ];
    const given = conditions.filter(([, value]) => value !== undefined);
    const where = given.length === 0 ? '' : `WHERE ${given.map(([sql]) => sql).join(' AND ')}`;
    const rows = await this.#statements.rows(
      `SELECT ${commandColumns()} FROM bot_commands ${where} ORDER BY id DESC LIMIT ?`,
      [...given.map(([, value]) => value ?? null), limit],
    );
    return rows.map(readCommand);
  }

  async get(id: string): Promise<BotCommand | undefined> {
    const [row] = await this.#statements.rows(`SELECT ${commandColumns()} FROM bot_commands WHERE id = ?`, [
      id,
    ]);
    return row && readCommand(row);
  }

  async open(agentIds: readonly string[]): Promise<OpenBotCommand[]> {
    const { dialect } = this.#statements;
    const ours = agentIds.length === 0 ? '' : `bot_commands.agent_id IN ${placeholders(agentIds.length)} OR `;
    const rows = await this.#statements.rows(
      `SELECT ${OPEN_COLUMNS(dialect.now)} FROM bot_commands LEFT JOIN agents ON agents.id = bot_commands.agent_id
       WHERE bot_commands.state = 'pending' AND (${ours}agents.id IS NULL OR agents.enabled = ?
       OR agents.discord_token IS NULL OR bot_commands.expires_at <= ${dialect.now})
       AND bot_commands.id IN (${FIRST_OF_EACH}) ORDER BY bot_commands.id`,
      [...agentIds, false],
    );
    return rows.map(readOpenCommand);
  }

  take(command: OpenBotCommand, fence: bigint | undefined): Promise<boolean> {
    // A say of which something may have been posted is brought to its end.
    const { now } = this.#statements.dialect;
    const isInTime =
      command.progress === undefined ? `(expires_at IS NULL OR expires_at > ${now})` : undefined;
    return this.#change(command, fence, 'taken_at = ?, attempts = attempts + 1', [this.#now()], isInTime);
  }

  putBack(command: OpenBotCommand, why: string, fence: bigint | undefined): Promise<boolean> {
    return this.#change(command, fence, 'attempts = ?, result = ?', [
      command.attempts,
      storable(why, MAX_RESULT),
    ]);
  }

  advance(command: OpenBotCommand, progress: SayProgress, fence: bigint | undefined): Promise<boolean> {
    return this.#change(command, fence, 'payload = ?', [writePayload(command.order, progress)]);
  }

  finish(
    command: OpenBotCommand,
    { state, result }: BotCommandOutcome,
    fence: bigint | undefined,
  ): Promise<boolean> {
    return this.#change(command, fence, 'state = ?, result = ?, finished_at = ?', [
      state,
      storable(result, MAX_RESULT),
      this.#now(),
    ]);
  }

  watch(onCommand: () => void): BotCommandWatch {
    this.#watching.add(onCommand);
    const listener = this.#listen?.(onCommand);
    return {
      get isReliable() {
        return listener?.isListening ?? false;
      },
      stop: async () => {
        this.#watching.delete(onCommand);
        await listener?.stop();
      },
    };
  }

  /** Changes a command that is not over, under the fence of its bot's lease. */
  #change(
    { id, agentId }: OpenBotCommand,
    fence: bigint | undefined,
    set: string,
    values: readonly Value[],
    condition = '1 = 1',
  ): Promise<boolean> {
    return this.#statements.transaction(async (transaction) => {
      const ours = await agentsUnderFence(transaction, new Map([[agentId, fence]]));
      if (!ours.has(agentId)) return false;
      const sql = `UPDATE bot_commands SET ${set} WHERE id = ? AND state = 'pending' AND ${condition}`;
      return (await transaction.run(sql, [...values, id])) > 0;
    });
  }
}

/** @throws {InputError} when there is no such agent */
async function keep(transaction: TransactionStatements, command: BotCommand): Promise<void> {
  const { id, agentId, order, requestedBy, requestedAt, expiresAt } = command;
  const [agent] = await transaction.rows(
    `SELECT paused_at FROM agents WHERE id = ? ${transaction.dialect.forUpdate}`,
    [agentId],
  );
  if (agent === undefined) {
    throw new InputError(`there is no agent ${agentId}`, {
      remedy: 'npm run agents -- list shows them all.',
    });
  }
  await changeAgent(transaction, command, agent['paused_at'] !== null);
  await transaction.run(
    `INSERT INTO bot_commands (id, agent_id, kind, payload, requested_by, requested_at, expires_at, attempts, state, result)
     VALUES (?, ?, ?, ?, ?, ?, ?, 0, 'pending', '')`,
    [id, agentId, order.kind, writePayload(order), requestedBy, requestedAt, expiresAt ?? null],
  );
  // Told to whoever listens once this is committed.
  if (transaction.dialect.provider === 'postgresql') {
    await transaction.rows(`SELECT pg_notify('${COMMAND_CHANNEL}', ?)::text AS notified`, [agentId]);
  }
}

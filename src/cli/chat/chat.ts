import type { AgentDefinition } from '../../agents/agent-definition.ts';
import type { AgentRecord } from '../../agents/agent-record.ts';
import { createAgent } from '../../agents/agent-types.ts';
import type { AgentTools } from '../../agents/agent-type.ts';
import type { Agent, Attachment } from '../../agents/agent.ts';
import { quote } from '../../agents-file/show-value.ts';
import { InputError, messageOf } from '../../errors.ts';
import { type Lease, withoutLease } from '../../leases/lease.ts';
import type { IncomingMessage } from '../../messages/incoming-message.ts';
import { MessageHandler } from '../../messages/message-handler.ts';
import type { Recipient } from '../../messages/recipient.ts';
import { CancellableAgent } from './cancellable-agent.ts';
import type { ChatHouse } from './chat-house.ts';
import { type ChatUser, LOCAL_USER } from './chat-user.ts';
import { checkAgent } from './check-agent.ts';
import { createMessageIds } from './message-ids.ts';
import { type ChannelListener, TerminalChannel } from './terminal-channel.ts';
import { type ExchangeEnd, watchJournal } from './watch-journal.ts';
import { type AnswerUsage, type WatchedUsage, watchUsage } from './watch-usage.ts';

/** What became of a question. */
export interface ChatAnswer {
  readonly state: ExchangeEnd['state'];
  /** As the exchanges table has it: `direct-message`, `rate-limited`, `model-bad-key`, `cancelled`, … */
  readonly reason: string;
  /** What the agent wrote, a message each: also why it does not answer, where it says so. */
  readonly texts: readonly string[];
  /** What went wrong, for whoever runs the agent; without secrets. */
  readonly error: string | undefined;
  /** Undefined when no model was asked. */
  readonly usage: AnswerUsage | undefined;
}

/** Who the bot is where it never was on Discord. */
const NOBODY = '0';

/** How often an answer that grows is shown anew, in milliseconds. */
const EDIT_INTERVAL = 50;

/** A conversation with one agent in direct messages, by the same way as on Discord. */
export class Chat {
  readonly user: ChatUser;
  readonly #house: ChatHouse;
  readonly #tools: AgentTools;
  readonly #usage: WatchedUsage;
  readonly #channel: TerminalChannel;
  readonly #handler: MessageHandler;
  readonly #lease: Lease;
  #record: AgentRecord;
  #agent: Agent;
  #cancellable: CancellableAgent;
  #ended: ((messageId: string, end: ExchangeEnd) => void) | undefined;

  /** @throws {TroupeError} when the agent's settings do not fit, or need something that is missing here */
  constructor(record: AgentRecord, user: ChatUser, house: ChatHouse) {
    const { database, config, logger, tools } = house;
    this.user = user;
    this.#house = house;
    this.#usage = watchUsage(tools.usage);
    this.#tools = { ...tools, usage: this.#usage.ledger };
    this.#record = record;
    // A host may run the same agent meanwhile: this is no bot on Discord.
    this.#lease = withoutLease(record.id);
    this.#agent = this.#createAgent(record);
    this.#cancellable = new CancellableAgent(this.#agent);
    this.#channel = new TerminalChannel(record.name, createMessageIds(Date.now, Math.random));
    this.#handler = new MessageHandler({
      journal: watchJournal(database.journal, (messageId, end) => this.#ended?.(messageId, end)),
      logger: logger.child({ area: 'messages' }),
      now: Date.now,
      maxMessageLength: config.discord.maxMessageLength,
      redact: tools.redact,
      editInterval: EDIT_INTERVAL,
    });
  }

  /** The agent's row, as it was at the last question. */
  get record(): AgentRecord {
    return this.#record;
  }

  get botUserId(): string {
    return this.#record.identity?.userId ?? NOBODY;
  }

  /** See {@link checkAgent}. */
  check(signal: AbortSignal): Promise<string | undefined> {
    return checkAgent(this.#agent, signal);
  }

  /**
   * Says something to the agent, under its present settings; resolves once it is answered, or will not be. One
   * question at a time.
   *
   * @throws {TroupeError} when it cannot be recorded, or the agent is gone or cannot be used any more
   */
  async ask(
    text: string,
    attachments: readonly Attachment[] = [],
    listener: ChannelListener = {},
  ): Promise<ChatAnswer> {
    await this.#refresh();
    this.#cancellable.begin();
    const id = this.#channel.say(this.user.name, text, listener);
    const { promise, resolve } = Promise.withResolvers<ExchangeEnd>();
    this.#ended = (messageId, end) => {
      if (messageId === id) resolve(end);
    };
    await this.#handler.receive(this.#recipient(), this.#message(id, text, attachments));
    const pass = this.#handler.passes.find(({ messageId }) => messageId === id);
    if (pass !== undefined) resolve({ exchangeId: undefined, state: 'ignored', reason: pass.reason });
    const { exchangeId, state, reason } = await promise;
    // Why a message is refused is said right after it is recorded.
    await new Promise((resolve) => setImmediate(resolve));
    const { failure } = this.#cancellable;
    return {
      state,
      reason,
      texts: this.#channel.texts,
      error: failure === undefined ? undefined : this.#tools.redact(messageOf(failure)),
      usage: exchangeId === undefined ? undefined : this.#usage.take(exchangeId),
    };
  }

  /** Cancels the answer that is being made; its question ends as failed. */
  cancel(): void {
    this.#cancellable.cancel();
  }

  /** Takes over what was changed in the agents table and of the runtime settings, as a running host does. */
  async #refresh(): Promise<void> {
    const { agents, settings } = this.#house.database;
    await settings.read();
    const now = (await agents.list()).find(({ id }) => id === this.#record.id);
    if (now === undefined) throw new InputError(`the agent ${quote(this.#record.name)} was deleted`);
    if (!isSameAgent(now, this.#record)) {
      this.#agent = this.#createAgent(now);
      this.#cancellable = new CancellableAgent(this.#agent);
    }
    this.#record = now;
  }

  #createAgent(record: AgentRecord): Agent {
    const config = this.#house.database.agents.openConfig(record);
    return createAgent(record.type, config, record, this.#tools);
  }

  #recipient(): Recipient {
    return {
      agentId: this.#record.id,
      definition: definitionFor(this.user, this.#record),
      agent: this.#cancellable,
      lease: this.#lease,
      botUserId: this.botUserId,
      outbox: this.#channel,
      reader: this.#channel,
    };
  }

  #message(id: string, text: string, attachments: readonly Attachment[]): IncomingMessage {
    return {
      id,
      channelId: this.#channel.id,
      parentChannelId: undefined,
      guildId: undefined,
      guildName: undefined,
      channelName: undefined,
      author: { ...this.user, isBot: false, roleIds: [] },
      isWebhook: false,
      isText: true,
      mentionsBot: false,
      mentionsEveryone: false,
      repliesToBot: false,
      text,
      isTextHidden: false,
      repliedTo: undefined,
      attachments,
    };
  }
}

/** Who on Discord may ask, and where, says nothing about the local user, who is not there. */
function definitionFor({ id }: ChatUser, record: AgentRecord): AgentDefinition {
  if (id !== LOCAL_USER.id) return record;
  return { ...record, respondToDm: true, allowedUsers: [], allowedRoles: [], blockedUsers: [] };
}

/** Whether two rows describe the same agent, apart from whom it answers. */
function isSameAgent(a: AgentRecord, b: AgentRecord): boolean {
  return a.name === b.name && a.type === b.type && JSON.stringify(a.config) === JSON.stringify(b.config);
}

import type { Attachment, QuotedMessage } from '../../agents/agent.ts';
import type {
  ChannelMessage,
  Edit,
  MessageReader,
  Outbox,
  Piece,
  PostedMessage,
} from '../../messages/outbox.ts';
import { readAttached } from './attached-file.ts';

/** Messages that are kept: what an agent may want to read of the channel. */
const MAX_KEPT = 200;

/** Told of what an agent does in the channel. */
export interface ChannelListener {
  /** It types. */
  onTyping?(): void;
  /** What it answers reads like this now; a message each. */
  onTexts?(texts: readonly string[]): void;
}

interface KeptMessage extends QuotedMessage {
  readonly id: string;
  text: string;
}

/** The terminal as a channel for direct messages: a bot's way out, and to what was said before. */
export class TerminalChannel implements Outbox, MessageReader {
  /** The channel's id; no channel on Discord has it. */
  readonly id = '0';
  readonly #agentName: string;
  readonly #nextId: () => string;
  #messages: KeptMessage[] = [];
  /** What the agent wrote since the last question. */
  #answer: KeptMessage[] = [];
  #listener: ChannelListener = {};

  /** @param nextId - makes the ids of messages, each above the one before */
  constructor(agentName: string, nextId: () => string) {
    this.#agentName = agentName;
    this.#nextId = nextId;
  }

  /** What the agent wrote since the last question. */
  get texts(): readonly string[] {
    return this.#answer.map(({ text }) => text);
  }

  /** Takes in what the user says. @returns the message's id */
  say(author: string, text: string, listener: ChannelListener): string {
    this.#answer = [];
    this.#listener = listener;
    return this.#keep({ id: this.#nextId(), author, isOwn: false, text }).id;
  }

  post({ text }: Piece): Promise<PostedMessage> {
    const message = this.#keep({ id: this.#nextId(), author: this.#agentName, isOwn: true, text });
    this.#answer.push(message);
    this.#listener.onTexts?.(this.texts);
    return Promise.resolve({ id: message.id, text });
  }

  edit({ messageId, text }: Edit): Promise<void> {
    const message = this.#answer.find(({ id }) => id === messageId);
    if (message !== undefined) message.text = text;
    this.#listener.onTexts?.(this.texts);
    return Promise.resolve();
  }

  remove(_channelId: string, messageId: string): Promise<void> {
    this.#messages = this.#messages.filter(({ id }) => id !== messageId);
    this.#answer = this.#answer.filter(({ id }) => id !== messageId);
    this.#listener.onTexts?.(this.texts);
    return Promise.resolve();
  }

  showTyping(): Promise<void> {
    this.#listener.onTyping?.();
    return Promise.resolve();
  }

  download(attachment: Attachment, maxBytes: number): Promise<Uint8Array> {
    return readAttached(attachment, maxBytes);
  }

  messagesBefore(_channelId: string, messageId: string, limit: number): Promise<readonly QuotedMessage[]> {
    const before = this.#messages.filter(({ id, text }) => BigInt(id) < BigInt(messageId) && text !== '');
    return Promise.resolve(before.slice(-limit).map(({ author, isOwn, text }) => ({ author, isOwn, text })));
  }

  /** Nothing: what a chat leaves open nobody finishes. */
  messagesFrom(): Promise<readonly ChannelMessage[]> {
    return Promise.resolve([]);
  }

  lastMessage(): Promise<string | undefined> {
    return Promise.resolve(this.#messages.at(-1)?.id);
  }

  #keep(message: KeptMessage): KeptMessage {
    this.#messages = [...this.#messages.slice(1 - MAX_KEPT), message];
    return message;
  }
}

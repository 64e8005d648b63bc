import type { Message } from '../../test/support/discord/message.ts';
import type { StandInEvent } from '../../test/support/discord/observers.ts';
import type { Place, Stage } from '../stage.ts';
import { answerTo, askFor, endOf, type Wish } from './wish.ts';

/** An answer that is all there. */
export interface Answered {
  readonly line: number;
  /** From the question's dispatch until the answer's last text could be seen, in milliseconds. */
  readonly elapsed: number;
}

interface Open {
  readonly key: string;
  readonly line: number;
  readonly askedAt: number;
  readonly expected: string;
  /** The messages that the answer is made of so far. */
  readonly messages: Message[];
  readonly resolve: (answered: Answered) => void;
  readonly reject: (error: Error) => void;
}

/** Asks the bots of a stage, and knows an answer that is complete, however it grew. */
export class Talk {
  readonly #unobserve: () => void;
  /** By bot and question. */
  readonly #open = new Map<string, Open>();
  /** By bot and channel: whose answer the bot wrote there last. */
  readonly #last = new Map<string, Open>();
  readonly #shown = new WeakMap<Message, Open>();
  #lines = 0;

  constructor({ discord }: Stage) {
    this.#unobserve = discord.observe((event) => {
      this.#see(event);
    });
  }

  /**
   * Asks, and resolves once the whole answer is there. Of answers that take more than one message, only one may be
   * under way in a bot's channel.
   *
   * @throws Error when the answer is another one
   */
  ask({ bot, user, channel }: Place, { tokens, apart }: Omit<Wish, 'line'>): Promise<Answered> {
    const line = this.#lines++;
    const { promise, resolve, reject } = Promise.withResolvers<Answered>();
    // Whoever asks may look at it later.
    promise.catch(() => undefined);
    const askedAt = performance.now();
    const { id } = user.say(channel, `${bot.mention} ${askFor({ line, tokens, apart })}`);
    const expected = answerTo({ line, tokens });
    const key = `${bot.id} ${id}`;
    this.#open.set(key, { key, line, askedAt, expected, messages: [], resolve, reject });
    return promise;
  }

  /** All of these answers. @throws Error when they are not there in time (milliseconds), or one is wrong */
  async all(answers: readonly Promise<Answered>[], timeout: number): Promise<Answered[]> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const shown = [...this.#open.values()].map(({ messages }) => messages.at(-1)?.content).find(Boolean);
      reject(
        new Error(`${this.#open.size} answers were not complete; one of them says: ${shown ?? 'nothing'}`),
      );
    }, timeout);
    try {
      return await Promise.race([Promise.all(answers), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Looks at the stage no more. */
  end(): void {
    this.#unobserve();
  }

  #see(event: StandInEvent): void {
    if (event.type === 'edit') this.#look(this.#shown.get(event.message));
    if (event.type !== 'message' || event.message.author.kind !== 'bot') return;
    const { message } = event;
    const { author, channel, reference } = message;
    const place = `${author.id} ${channel.id}`;
    const open =
      reference === undefined ? this.#last.get(place) : this.#open.get(`${author.id} ${reference.id}`);
    if (open === undefined) return;
    open.messages.push(message);
    this.#last.set(place, open);
    this.#shown.set(message, open);
    this.#look(open);
  }

  #look(open: Open | undefined): void {
    if (open?.messages.at(-1)?.content.endsWith(endOf(open.line)) !== true) return;
    const text = open.messages.map(({ content }) => content).join(' ');
    this.#open.delete(open.key);
    if (text === open.expected) {
      open.resolve({ line: open.line, elapsed: performance.now() - open.askedAt });
    } else {
      open.reject(new Error(`line ${open.line} was answered otherwise than the model said: "${text}"`));
    }
  }
}

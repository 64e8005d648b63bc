import type { StandInEvent } from '../test/support/discord/observers.ts';
import { quantile } from './statistics.ts';
import type { Stage } from './stage.ts';

/** How a program fared at one rate. */
export interface RateResult {
  /** Messages a second, as wanted. */
  readonly rate: number;
  /** From the message's dispatch until its reply was in, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Too many answers were open, so sending was held back: the latencies flatter. */
  readonly behind: boolean;
}

/** Open messages at which sending is held back, so that a program that cannot keep up does not drown. */
const MOST_OPEN = 500;

/** Messages that are open at any time while throughput is measured. */
const IN_FLIGHT = 64;

/** How long answers may take after the last message, in milliseconds. */
const DRAIN = 20_000;

interface Open {
  readonly sentAt: number;
  readonly text: string;
}

/** Writes messages to the bots of a stage, and takes the time until each is answered. */
export class Load {
  readonly #stage: Stage;
  readonly #open = new Map<string, Open>();
  readonly #unobserve: () => void;
  #sent = 0;
  #latencies: number[] = [];
  #wrong: string | undefined;
  #onAnswer: () => void = () => undefined;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#unobserve = stage.discord.observe((event) => {
      this.#take(event);
    });
  }

  /** Messages that were answered so far. */
  get answered(): number {
    return this.#sent - this.#open.size;
  }

  /** Sends at a fixed rate, whatever comes back. @throws Error when an answer is wrong or missing */
  async atRate(rate: number, seconds: number): Promise<RateResult> {
    this.#latencies = [];
    const total = rate * seconds;
    const begun = performance.now();
    let behind = false;
    for (let sent = 0; sent < total;) {
      const due = Math.min(total, Math.floor(((performance.now() - begun) / 1_000) * rate) + 1);
      for (; sent < due && this.#open.size < MOST_OPEN; sent++) this.#send();
      behind ||= sent < due;
      const wait = behind ? 5 : begun + (sent / rate) * 1_000 - performance.now();
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, wait)));
      if (performance.now() - begun > seconds * 2_000 + 1_000) break;
    }
    await this.#drained();
    const latencies = this.#latencies;
    return { rate, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99), behind };
  }

  /** Keeps a bounded number of messages open for so long. @returns answers a second */
  async throughput(seconds: number): Promise<number> {
    this.#latencies = [];
    const begun = performance.now();
    const end = begun + seconds * 1_000;
    let answers = 0;
    const send = (): void => {
      this.#send();
    };
    this.#onAnswer = (): void => {
      answers += 1;
      // Not before the answer's own request has been answered.
      if (performance.now() < end) setImmediate(send);
    };
    for (let n = 0; n < IN_FLIGHT; n++) send();
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    const rate = (answers / (performance.now() - begun)) * 1_000;
    this.#onAnswer = (): void => undefined;
    await this.#drained();
    return rate;
  }

  /** Looks at the stage no more. */
  end(): void {
    this.#unobserve();
  }

  #send(): void {
    const { bot, user, channel } = this.#stage.place(this.#sent);
    const text = `line ${this.#sent}: what a piece of work`;
    this.#sent += 1;
    const sentAt = performance.now();
    const message = user.say(channel, `${bot.mention} ${text}`);
    this.#open.set(`${bot.id} ${message.id}`, { sentAt, text });
  }

  #take(event: StandInEvent): void {
    if (event.type !== 'message' || event.message.author.kind !== 'bot') return;
    const { author, reference, content } = event.message;
    const key = `${author.id} ${reference?.id ?? ''}`;
    const open = this.#open.get(key);
    if (open?.text === content) {
      this.#latencies.push(performance.now() - open.sentAt);
      this.#open.delete(key);
      this.#onAnswer();
    } else {
      this.#wrong ??= `${author.username} wrote "${content}", which nobody asked for`;
    }
  }

  async #drained(): Promise<void> {
    const deadline = performance.now() + DRAIN;
    while (this.#open.size > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    if (this.#wrong !== undefined) throw new Error(this.#wrong);
    if (this.#open.size > 0)
      throw new Error(`${this.#open.size} of ${this.#sent} messages were not answered`);
  }
}

import { errorObject } from './api-error.ts';
import type { Exchange } from './exchange.ts';
import type { Fault, FaultEffect } from './faults.ts';
import type { Frame } from './frame.ts';
import type { Latency } from './reply.ts';

/** What is known of how an answer travels. */
export interface Delivery {
  exchange: Exchange;
  latency: Latency;
  fault: Fault | undefined;
}

type Break = FaultEffect & { type: 'break' };

/** Events are sent together up to so many characters, unless time passes between them. */
const BATCH = 8_192;

/** Waits as long as headers take, and breaks where nothing is sent yet. @returns whether it goes on */
export async function beforeHeaders({ exchange, latency, fault }: Delivery): Promise<boolean> {
  await exchange.pause(latency.headersMs ?? 0);
  const broken = breakOf(fault);
  if (fault && broken?.after === 'nothing') {
    if (broken.how === 'hang') await hang(exchange, fault);
    else exchange.drop();
  }
  return !exchange.over;
}

/** Sends a body that is whole. */
export async function deliverWhole(delivery: Delivery, body: object): Promise<void> {
  const { exchange, latency, fault } = delivery;
  const broken = breakOf(fault);
  const text = JSON.stringify(body);
  const half = Math.floor(text.length / 2);
  const halved = broken?.how === 'end' || broken?.how === 'garble';
  const length = String(Buffer.byteLength(text));
  exchange.open(200, {
    'content-type': 'application/json',
    // Without a length a body may end anywhere and still be taken for complete.
    ...(!halved && { 'content-length': length }),
  });
  await exchange.pause(latency.firstTokenMs ?? 0);
  if (broken && fault && broken.after !== 'nothing') {
    if (broken.after !== 'headers') await exchange.write(text.slice(0, half));
    if (broken.how === 'drop') exchange.drop();
    if (broken.how === 'hang') await hang(exchange, fault);
    if (!halved) await exchange.write(broken.after === 'headers' ? text : text.slice(half));
  } else await exchange.write(text);
  exchange.end();
}

/** Sends the events of a stream, each in its time. */
export async function deliverStream(delivery: Delivery, frames: Iterable<Frame>): Promise<void> {
  const { exchange, latency, fault } = delivery;
  const batch = new Batch(exchange);
  const pace = new Pace(latency);
  let broken = breakOf(fault);
  exchange.open(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  });
  if (fault && broken?.after === 'headers') {
    if (!(await suffer(exchange, fault, broken))) return;
    broken = undefined;
  }
  for (const frame of frames) {
    if (exchange.over) return;
    if (frame.tokens > 0 || frame.last) {
      if (fault && broken && (frame.last || batch.tokens >= Number(broken.after))) {
        await batch.flush();
        if (!(await suffer(exchange, fault, broken))) return;
        broken = undefined;
      }
      const wait = pace.wait(frame.tokens);
      if (wait > 0) {
        await batch.flush();
        await exchange.pause(wait);
      }
    }
    await batch.add(frame);
  }
  await batch.flush();
  exchange.end();
}

/** @returns whether the stream goes on */
async function suffer(exchange: Exchange, fault: Fault, broken: Break): Promise<boolean> {
  const { api } = exchange.record;
  if (broken.how === 'hang') await hang(exchange, fault);
  if (broken.how === 'drop') exchange.drop();
  if (broken.how === 'end') exchange.end();
  if (broken.how === 'garble') await exchange.write(GARBLED[api]);
  if (broken.how === 'error') {
    const error = errorObject(api, broken.status, broken.error);
    const data = api === 'openai' ? { error } : { type: 'error', error, request_id: exchange.requestId };
    const name = api === 'openai' ? '' : 'event: error\n';
    await exchange.write(`${name}data: ${JSON.stringify(data)}\n\n`);
    exchange.end();
  }
  return !exchange.over;
}

async function hang(exchange: Exchange, fault: Fault): Promise<void> {
  if (!fault.lifted) await exchange.pause(Infinity, fault.held);
}

function breakOf(fault: Fault | undefined): Break | undefined {
  return fault?.what.type === 'break' ? fault.what : undefined;
}

const GARBLED = {
  openai: 'data: {"id":"chatcmpl-garbled","choices":[{"index":0,"delta":{"cont\n\n',
  anthropic: 'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"del\n\n',
} as const;

/** Events that are sent together. The first token goes at once, as it does for real. */
class Batch {
  /** How many tokens it was given in all. */
  tokens = 0;
  readonly #exchange: Exchange;
  #text = '';
  #unsent = 0;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  async add(frame: Frame): Promise<void> {
    this.#text += frame.text;
    this.#unsent += frame.tokens;
    this.tokens += frame.tokens;
    if (this.#text.length > BATCH || (frame.tokens > 0 && this.tokens === 1)) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#text === '') return;
    const [text, unsent] = [this.#text, this.#unsent];
    this.#text = '';
    this.#unsent = 0;
    await this.#exchange.write(text, unsent);
  }
}

/** When each token is due, counted from the first, so that delays do not add up. */
class Pace {
  readonly #first: number;
  readonly #between: number;
  #due: number | undefined;

  constructor(latency: Latency) {
    this.#first = latency.firstTokenMs ?? 0;
    this.#between = latency.betweenTokensMs ?? 0;
  }

  /** Milliseconds until the next token may be sent; 0 or less when it is due. */
  wait(tokens: number): number {
    if (this.#first === 0 && this.#between === 0) return 0;
    const now = performance.now();
    this.#due = this.#due === undefined ? now + this.#first : this.#due + this.#between * tokens;
    return this.#due - now;
  }
}

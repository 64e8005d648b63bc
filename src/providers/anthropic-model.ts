import { Readable } from 'node:stream';
import type { Anthropic } from '@anthropic-ai/sdk';
import type { Message, RawMessageStreamEvent, StopReason } from '@anthropic-ai/sdk/resources';

import type { ChatEnd, ChatRequest, ChatUsage } from '../agents/chat-model.ts';
import { anthropicRequest } from './anthropic-body.ts';
import { brokenOff, classifyError } from './classify-error.ts';
import type { ModelOf, SdkEvent, SdkModelOptions } from './sdk-model.ts';
import { createSeam } from './seam.ts';

/** A model that speaks Anthropic's messages, through Anthropic's SDK, which is loaded at the first request. */
export class AnthropicModel implements ModelOf<SdkEvent> {
  readonly provider: string;
  readonly model: string;
  readonly seesImages: boolean;
  readonly #options: SdkModelOptions;
  #client: Promise<Anthropic> | undefined;

  constructor(options: SdkModelOptions) {
    this.provider = options.target.provider;
    this.model = options.target.model;
    this.seesImages = options.traits.of(options.target).images;
    this.#options = options;
  }

  async *stream(request: ChatRequest, signal: AbortSignal): AsyncGenerator<SdkEvent> {
    const { target, now, traits } = this.#options;
    const answer = new Answer();
    let hasBegun = false;
    try {
      const { events, join } = await this.#send(request, signal);
      for await (const event of events) {
        hasBegun = true;
        const text = join(answer.take(event));
        yield text === '' ? { kind: 'sign', usage: answer.usage } : { kind: 'text', text };
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!answer.complete && hasBegun) traits.tellStream(target, false);
      if (!answer.complete) throw classifyError(error, { target, request, now });
    }
    // The SDK ends a stream that was aborted as if it were complete.
    signal.throwIfAborted();
    if (hasBegun) traits.tellStream(target, answer.complete);
    if (!answer.complete) throw brokenOff(target);
    const by = { provider: this.provider, model: this.model };
    yield { kind: 'end', end: answer.end, usage: answer.usage, by, servedAs: answer.servedAs };
  }

  async #send(request: ChatRequest, signal: AbortSignal): Promise<Sent> {
    signal.throwIfAborted();
    const { target, traits } = this.#options;
    this.#client ??= connect(this.#options);
    const { messages } = await this.#client;
    return traits.negotiate(target, request.about, async (known) => {
      if (request.temperature !== undefined && !known.temperature) {
        traits.tellWithoutTemperature(target, request.about);
      }
      const { body, headers, cutOff } = anthropicRequest(this.model, request, known);
      const join = createSeam(cutOff);
      if (known.streams) return { events: await messages.create(body, { signal, headers }), join };
      return {
        events: asStream(await messages.create({ ...body, stream: false }, { signal, headers })),
        join,
      };
    });
  }
}

interface Sent {
  readonly events: AsyncIterable<RawMessageStreamEvent>;
  readonly join: (piece: string) => string;
}

/** A whole answer, as if it had come in a few pieces. */
function asStream(message: Message): AsyncIterable<RawMessageStreamEvent> {
  const texts = message.content.flatMap((block, index) =>
    block.type === 'text'
      ? [{ type: 'content_block_delta', index, delta: { type: 'text_delta', text: block.text } }]
      : [],
  );
  const { stop_reason: stopped, usage } = message;
  const end = { type: 'message_delta', delta: { stop_reason: stopped }, usage };
  return Readable.from([
    { type: 'message_start', message },
    ...texts,
    end,
    { type: 'message_stop' },
  ]) as AsyncIterable<RawMessageStreamEvent>;
}

async function connect({ target, fetch }: SdkModelOptions): Promise<Anthropic> {
  const sdk = await import('@anthropic-ai/sdk');
  return new sdk.Anthropic({
    baseURL: target.baseUrl,
    apiKey: target.apiKey,
    webhookKey: null,
    maxRetries: 0,
    logLevel: 'off',
    ...(fetch !== undefined && { fetch }),
  });
}

/** Ends that are not `complete`. */
const ENDS: Partial<Record<StopReason, ChatEnd>> = {
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  refusal: 'refusal',
};

/** What has come of an answer. */
class Answer {
  complete = false;
  servedAs: string | undefined;
  #stopped: StopReason | null = null;
  #input = 0;
  #cached = 0;
  #output = 0;

  get end(): ChatEnd {
    return (this.#stopped === null ? undefined : ENDS[this.#stopped]) ?? 'complete';
  }

  /** The cached parts of the prompt are counted beside `input_tokens`, not in it. */
  get usage(): ChatUsage {
    return { input: this.#input, cached: this.#cached, output: this.#output };
  }

  /** @returns the text that an event brings */
  take(event: RawMessageStreamEvent): string {
    if (event.type === 'message_start') {
      const { usage } = event.message;
      this.servedAs = (event.message as { readonly model?: string }).model;
      this.#cached = usage.cache_read_input_tokens ?? 0;
      this.#input = usage.input_tokens + this.#cached + (usage.cache_creation_input_tokens ?? 0);
      this.#output = usage.output_tokens;
    }
    if (event.type === 'message_delta') {
      this.#stopped = event.delta.stop_reason;
      this.#output = event.usage.output_tokens;
    }
    if (event.type === 'message_stop') this.complete = true;
    return event.type === 'content_block_delta' && event.delta.type === 'text_delta' ? event.delta.text : '';
  }
}

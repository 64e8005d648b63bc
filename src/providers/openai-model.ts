import { Readable } from 'node:stream';
import type { OpenAI } from 'openai';
import type { ChatCompletion, ChatCompletionChunk } from 'openai/resources/chat';

import type { ChatEnd, ChatRequest, ChatUsage } from '../agents/chat-model.ts';
import { NOTHING_USED } from './call-usage.ts';
import { brokenOff, classifyError } from './classify-error.ts';
import { openAiBody } from './openai-body.ts';
import type { ModelOf, SdkEvent, SdkModelOptions } from './sdk-model.ts';
import { unwrapErrors } from './unwrap-errors.ts';

/**
 * A model that speaks OpenAI's chat completions, through OpenAI's SDK, which is loaded at the first request.
 *
 * A server that does not count tokens, or refuses to while streaming, has its answers end with a usage of nothing.
 * What the model says when it declines comes as text, and the end is `refusal`.
 */
export class OpenAiModel implements ModelOf<SdkEvent> {
  readonly provider: string;
  readonly model: string;
  readonly seesImages: boolean;
  readonly #options: SdkModelOptions;
  #client: Promise<OpenAI> | undefined;

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
      for await (const chunk of await this.#send(request, signal)) {
        hasBegun = true;
        const text = answer.take(chunk);
        yield text === '' ? { kind: 'sign', usage: answer.usage } : { kind: 'text', text };
      }
    } catch (error) {
      if (!answer.ended) signal.throwIfAborted();
      if (!answer.ended && hasBegun) traits.tellStream(target, false);
      // All of the answer is here when only what comes after its end is lost.
      if (!answer.ended) throw classifyError(error, { target, request, now });
    }
    // The SDK ends a stream that was aborted as if it were complete.
    if (!answer.ended) signal.throwIfAborted();
    if (hasBegun) traits.tellStream(target, answer.ended);
    if (answer.failed || !answer.ended) throw brokenOff(target);
    const by = { provider: this.provider, model: this.model };
    yield { kind: 'end', end: answer.end, usage: answer.usage, by, servedAs: answer.servedAs };
  }

  async #send(request: ChatRequest, signal: AbortSignal): Promise<AsyncIterable<ChatCompletionChunk>> {
    signal.throwIfAborted();
    const { target, traits } = this.#options;
    this.#client ??= connect(this.#options);
    const { completions } = (await this.#client).chat;
    return traits.negotiate(target, request.about, async (known) => {
      if (request.temperature !== undefined && !known.temperature) {
        traits.tellWithoutTemperature(target, request.about);
      }
      const body = openAiBody(this.model, request, known);
      if (known.streams) return completions.create(body, { signal });
      const whole = { ...body, stream: false, stream_options: null } as const;
      return asStream(await completions.create(whole, { signal }));
    });
  }
}

/** A whole answer, as if it had come in one piece. */
function asStream({ choices, usage, ...rest }: ChatCompletion): AsyncIterable<ChatCompletionChunk> {
  const chunk = {
    ...rest,
    object: 'chat.completion.chunk',
    choices: choices.map(({ index, message: { content, refusal }, finish_reason }) => ({
      index,
      delta: { content, refusal },
      finish_reason,
    })),
    ...(usage !== undefined && { usage }),
  } as ChatCompletionChunk;
  return Readable.from([chunk]);
}

async function connect({ target, fetch }: SdkModelOptions): Promise<OpenAI> {
  const sdk = await import('openai');
  return new sdk.OpenAI({
    baseURL: target.baseUrl,
    // The SDK insists on one; a server that wants none does not look at it.
    apiKey: target.apiKey === '' ? 'none' : target.apiKey,
    // Left out, these are read from the environment and sent to whichever server this is.
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    maxRetries: 0,
    logLevel: 'off',
    fetch: unwrapErrors(fetch ?? globalThis.fetch),
  });
}

/** What has come of an answer. */
class Answer {
  usage = NOTHING_USED;
  servedAs: string | undefined;
  #refused = false;
  #finish: string | undefined;

  get ended(): boolean {
    return this.#finish !== undefined;
  }

  /** Whether the server says itself that the answer is none, as OpenRouter does. */
  get failed(): boolean {
    return this.#finish === 'error';
  }

  get end(): ChatEnd {
    if (this.#refused) return 'refusal';
    if (this.#finish === 'length') return 'length';
    return this.#finish === 'content_filter' ? 'content-filter' : 'complete';
  }

  /** @returns the text that a chunk brings */
  take(chunk: ChatCompletionChunk): string {
    this.servedAs ??= (chunk as Partial<ChatCompletionChunk>).model;
    if (chunk.usage) this.usage = usageOf(chunk.usage);
    // Not every server sends what the types promise.
    const choice = (chunk.choices as Partial<ChatCompletionChunk['choices']> | undefined)?.[0];
    if (choice === undefined) return '';
    const { delta, finish_reason: finish } = choice as Partial<typeof choice>;
    if (finish) this.#finish = finish;
    if (delta?.refusal) this.#refused = true;
    return (delta?.content ?? '') + (delta?.refusal ?? '');
  }
}

/** What is not counted is 0. */
function usageOf(usage: Partial<NonNullable<ChatCompletionChunk['usage']>>): ChatUsage {
  const { prompt_tokens: input = 0, completion_tokens: output = 0, total_tokens: total = 0 } = usage;
  return {
    input,
    cached: usage.prompt_tokens_details?.cached_tokens ?? 0,
    // xAI and Gemini count thoughts, which are paid for, in the total alone.
    output: Math.max(output, total - input),
  };
}

import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import type { ApiName } from './recorded-request.ts';
import type { StandInLlm } from './stand-in-llm.ts';

/** A client of the real openai SDK that calls a stand-in, without retries unless told otherwise. */
export function openAiClient(
  llm: StandInLlm,
  options: { maxRetries?: number; timeout?: number; apiKey?: string } = {},
): OpenAI {
  return new OpenAI({ baseURL: llm.openaiUrl, apiKey: 'sk-any', maxRetries: 0, logLevel: 'off', ...options });
}

/** A client of the real Anthropic SDK that calls a stand-in, without retries unless told otherwise. */
export function anthropicClient(
  llm: StandInLlm,
  options: { maxRetries?: number; timeout?: number; apiKey?: string } = {},
): Anthropic {
  return new Anthropic({
    baseURL: llm.anthropicUrl,
    apiKey: 'sk-ant-any',
    authToken: null,
    maxRetries: 0,
    logLevel: 'off',
    ...options,
  });
}

/** A turn of a conversation. */
export interface Turn {
  role: 'user' | 'assistant';
  content: string;
}

/** A question for either API. */
export interface Question {
  turns: readonly Turn[];
  stream: boolean;
  model?: string;
  maxTokens?: number;
  maxRetries?: number;
  timeout?: number;
  apiKey?: string;
  signal?: AbortSignal;
  /** Told the text of each piece of a stream. */
  onText?: (text: string) => void;
}

/** What the SDK made of the answer. */
export interface SdkAnswer {
  text: string;
  /** `null` when a stream ended without one. */
  finish: string | null;
  input: number | undefined;
  output: number | undefined;
}

/** Asks by the real SDK of an API. @throws what the SDK throws */
export async function ask(llm: StandInLlm, api: ApiName, question: Question): Promise<SdkAnswer> {
  return api === 'openai' ? askOpenAi(llm, question) : askAnthropic(llm, question);
}

async function askOpenAi(llm: StandInLlm, question: Question): Promise<SdkAnswer> {
  const { turns, model = 'gpt-4o', maxTokens, signal } = question;
  const completions = openAiClient(llm, clientOptions(question)).chat.completions;
  const params = { model, messages: [...turns], ...(maxTokens !== undefined && { max_tokens: maxTokens }) };
  const options = signal ? { signal } : {};
  if (!question.stream) {
    const { choices, usage } = await completions.create(params, options);
    return {
      text: choices[0]?.message.content ?? '',
      finish: choices[0]?.finish_reason ?? null,
      input: usage?.prompt_tokens,
      output: usage?.completion_tokens,
    };
  }
  const stream = await completions.create(
    { ...params, stream: true, stream_options: { include_usage: true } },
    options,
  );
  const answer: SdkAnswer = { text: '', finish: null, input: undefined, output: undefined };
  for await (const chunk of stream) {
    const piece = chunk.choices[0]?.delta.content ?? '';
    answer.text += piece;
    if (piece !== '') question.onText?.(piece);
    answer.finish = chunk.choices[0]?.finish_reason ?? answer.finish;
    answer.input = chunk.usage?.prompt_tokens ?? answer.input;
    answer.output = chunk.usage?.completion_tokens ?? answer.output;
  }
  return answer;
}

async function askAnthropic(llm: StandInLlm, question: Question): Promise<SdkAnswer> {
  const { turns, model = 'claude-opus-4-5', maxTokens = 1_024, signal } = question;
  const { messages } = anthropicClient(llm, clientOptions(question));
  const params = { model, messages: [...turns], max_tokens: maxTokens };
  const options = signal ? { signal } : {};
  if (!question.stream) {
    const { content, stop_reason: finish, usage } = await messages.create(params, options);
    const text = content.map((block) => (block.type === 'text' ? block.text : '')).join('');
    return { text, finish, input: usage.input_tokens, output: usage.output_tokens };
  }
  const answer: SdkAnswer = { text: '', finish: null, input: undefined, output: undefined };
  for await (const event of await messages.create({ ...params, stream: true }, options)) {
    if (event.type === 'message_start') answer.input = event.message.usage.input_tokens;
    if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') {
      answer.text += event.delta.text;
      question.onText?.(event.delta.text);
    }
    if (event.type === 'message_delta') {
      answer.finish = event.delta.stop_reason;
      answer.output = event.usage.output_tokens;
    }
  }
  return answer;
}

function clientOptions({ maxRetries, timeout, apiKey }: Question): {
  maxRetries?: number;
  timeout?: number;
  apiKey?: string;
} {
  return {
    ...(maxRetries !== undefined && { maxRetries }),
    ...(timeout !== undefined && { timeout }),
    ...(apiKey !== undefined && { apiKey }),
  };
}

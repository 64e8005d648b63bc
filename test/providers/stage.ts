import { onTestFinished } from 'vitest';
import type { ChatEnd, ChatModel, ChatRequest, ChatUsage } from '../../src/agents/chat-model.ts';
import { ChatModelError } from '../../src/agents/chat-model.ts';
import type { ChatModels, ModelSelection } from '../../src/agents/chat-models.ts';
import type { CircuitOptions } from '../../src/providers/circuit-breaker.ts';
import { CircuitBreakers } from '../../src/providers/circuit-breakers.ts';
import { type ChatModelsOptions, createChatModels } from '../../src/providers/open-chat-model.ts';
import { collectingLogger, type CollectingLogger } from '../support/collecting-logger.ts';
import { type StandInLlm, startStandInLlm } from '../support/llm/stand-in-llm.ts';
import type { ApiName } from '../support/llm/recorded-request.ts';

/** A key that must show up nowhere. */
export const KEY = 'sk-test-0123456789abcdef0123456789abcdef';

/** A user's words that must show up nowhere. */
export const SECRET_WORDS = 'my diary says that I love Ludmilla from accounting';

/** Both protocols, each with a model of the kind that takes everything. */
export const PROVIDERS = [
  { provider: 'openai', model: 'gpt-4o' },
  { provider: 'anthropic', model: 'claude-haiku-4-5' },
] as const satisfies { provider: ApiName; model: string }[];

/** What a test has around it. */
export interface Stage {
  readonly llm: StandInLlm;
  readonly models: ChatModels;
  readonly breakers: CircuitBreakers;
  readonly logger: CollectingLogger;
  /** Milliseconds that were to be waited between tries; nobody really waits. */
  readonly waits: number[];
  /** Opens a model and asks it. */
  readonly ask: (selection: ModelSelection, question?: Question) => Promise<Said>;
}

/** What is asked, with what a test does not care about left out. */
export interface Question extends Partial<ChatRequest> {
  readonly signal?: AbortSignal;
  /** Told each piece of the answer's text. */
  readonly onText?: (text: string) => void;
}

/** What a model said, or how it failed. */
export interface Said {
  text: string;
  pieces: number;
  end: ChatEnd | undefined;
  usage: ChatUsage | undefined;
  /** `PROVIDER MODEL` of whoever answered. */
  by: string | undefined;
  error: unknown;
}

/** Settings of a stage that a test cares about. */
export interface StageOptions extends Partial<Omit<ChatModelsOptions, 'breakers'>> {
  readonly circuit?: Partial<CircuitOptions>;
}

/** Starts a stand-in LLM and opens the way to it. Retries do not wait, and random numbers are 1. */
export async function setStage({ circuit, ...options }: StageOptions = {}): Promise<Stage> {
  const llm = await startStandInLlm();
  onTestFinished(() => llm.stop());
  const logger = collectingLogger();
  const waits: number[] = [];
  const breakers = new CircuitBreakers(logger, {
    failures: 100,
    openFor: 60_000,
    longest: 300_000,
    ...circuit,
  });
  const models = createChatModels({
    settings: {
      openai: { apiKey: KEY, baseUrl: llm.openaiUrl },
      anthropic: { apiKey: KEY, baseUrl: llm.anthropicUrl },
      perplexity: { apiKey: KEY, baseUrl: llm.openaiUrl },
      gemini: { apiKey: KEY, baseUrl: llm.openaiUrl },
    },
    logger,
    breakers,
    random: () => 1,
    sleep: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
    ...options,
  });
  const asking = (selection: ModelSelection, question?: Question) => ask(models.open(selection), question);
  return { llm, models, breakers, logger, waits, ask: asking };
}

/** Asks a model, and gathers what it says. */
export async function ask(model: ChatModel, question: Question = {}): Promise<Said> {
  const { signal = new AbortController().signal, onText, ...rest } = question;
  const request: ChatRequest = {
    system: '',
    messages: [user(SECRET_WORDS)],
    maxTokens: 1_000,
    temperature: undefined,
    ...rest,
  };
  const said: Said = {
    text: '',
    pieces: 0,
    end: undefined,
    usage: undefined,
    by: undefined,
    error: undefined,
  };
  try {
    for await (const event of model.stream(request, signal)) {
      if (event.kind === 'end') {
        const { end, usage, by } = event;
        Object.assign(said, { end, usage, by: `${by.provider} ${by.model}` });
      } else {
        said.text += event.text;
        said.pieces += 1;
        onText?.(event.text);
      }
    }
  } catch (error) {
    said.error = error;
  }
  return said;
}

/** A user's turn. */
export function user(text: string): ChatRequest['messages'][number] {
  return { role: 'user', parts: [{ kind: 'text', text }] };
}

/** The assistant's turn. */
export function assistant(text: string): ChatRequest['messages'][number] {
  return { role: 'assistant', parts: [{ kind: 'text', text }] };
}

/** Everything that an error says to anybody, causes included. */
export function everythingIn(error: unknown): string {
  const parts: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) {
    parts.push(at.message, at.stack ?? '', JSON.stringify(Object.entries(at)));
    if (at instanceof ChatModelError) parts.push(at.remedy);
  }
  return parts.join('\n');
}

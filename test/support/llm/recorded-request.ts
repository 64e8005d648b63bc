import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject } from './json.ts';

/** Whose protocol a request speaks: OpenAI's chat completions (also of other makers) or Anthropic's messages. */
export type ApiName = 'openai' | 'anthropic';

/** A call of a tool, as the model made it. */
export interface RecordedToolCall {
  id: string;
  name: string;
  /** JSON, as it was written. */
  arguments: string;
}

/** One message of a conversation, the same for both APIs. */
export interface RecordedMessage {
  role: 'system' | 'user' | 'assistant' | 'tool';
  /** Its texts, one after the other. */
  text: string;
  /** Addresses: `https:`, or `data:` with the picture itself. */
  images: readonly string[];
  toolCalls: readonly RecordedToolCall[];
  /** Which call a `tool` message answers. */
  toolCallId?: string;
}

/** What is asked of a model, the same for both APIs. */
export interface Conversation {
  model: string;
  /** The system prompt: Anthropic's parameter, or OpenAI's messages before the first other one. */
  system: string;
  /** What comes after it. */
  messages: readonly RecordedMessage[];
  /** Under whichever name it came. */
  maxTokens: number | undefined;
  temperature: number | undefined;
  stream: boolean;
  /** OpenAI: whether a stream ends with its usage; Anthropic's always does. */
  includeUsage: boolean;
  stop: readonly string[];
  /** Names of the tools that the model may use. */
  tools: readonly string[];
}

/** Tokens that an answer is charged for. */
export interface Usage {
  /** The whole prompt, cached parts included. */
  input: number;
  /** Of the prompt: read from the cache. */
  cacheRead: number;
  /** Of the prompt: written to the cache. */
  cacheWrite: number;
  /** The whole answer, reasoning included. */
  output: number;
  /** Of the answer: thought, not said. */
  reasoning: number;
}

/** A request as it came, and what became of it. */
export interface RecordedRequest extends Conversation {
  /** 0 for the first one. */
  readonly index: number;
  readonly api: ApiName;
  readonly method: string;
  readonly path: string;
  /** The API key, whichever header it came in; empty when there was none. */
  readonly key: string;
  readonly headers: IncomingHttpHeaders;
  /** The body as it came; empty for a request without one. */
  readonly body: JsonObject;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The prompt's length by the stand-in's own rule. */
  promptTokens: number;
  /** The status it was answered with; 0 before that, or when it never was. */
  status: number;
  /** What a refusal said. */
  error: string | undefined;
  /** How many tokens of the answer were sent so far. */
  tokensSent: number;
  /** What the answer is charged for, from its beginning on. */
  usage: Usage | undefined;
  /** Whether the client went away before the end. */
  aborted: boolean;
  /** Whether nothing more is sent: answered, refused, cut off or given up. */
  ended: boolean;
}

/** The conversation of a request that has none. */
export const NO_CONVERSATION: Conversation = {
  model: '',
  system: '',
  messages: [],
  maxTokens: undefined,
  temperature: undefined,
  stream: false,
  includeUsage: false,
  stop: [],
  tools: [],
};

import type {
  ContentBlockParam,
  MessageCreateParamsStreaming,
  MessageParam,
} from '@anthropic-ai/sdk/resources';

import type { ChatMessage, ChatPart, ChatRequest } from '../agents/chat-model.ts';
import { askedToGoOn, base64Of, takingTurns, textOf } from './conversation.ts';
import type { ModelTraits } from './model-traits.ts';

/** The last version of the API that has a temperature; the SDK sends a later one. */
const WITH_TEMPERATURE = '2023-06-01';

/** A request as Anthropic's messages take it. */
export interface AnthropicRequest {
  readonly body: MessageCreateParamsStreaming;
  readonly headers: Readonly<Record<string, string>>;
  /** White space at the end of the answer's beginning, which the API does not take there. */
  readonly cutOff: string;
}

/**
 * A request as Anthropic's messages take it. A conversation that ends with the assistant's words is sent as it is
 * to a model that goes on from there, and with a user's request to go on to any other.
 *
 * From version 2026-10-21 on, which the SDK sends, the API refuses a temperature for every model. Where one is set
 * and the model has it, the request says the version before that; all that is used here is the same in both.
 */
export function anthropicRequest(model: string, request: ChatRequest, traits: ModelTraits): AnthropicRequest {
  const { system, maxTokens, temperature } = request;
  const warm = temperature !== undefined && traits.temperature;
  const turns = takingTurns(request.messages, traits);
  const { messages, cutOff } = traits.prefill ? begun(turns) : { messages: askedToGoOn(turns), cutOff: '' };
  return {
    body: {
      model,
      max_tokens: maxTokens,
      ...(system !== '' && { system }),
      messages: messages.map(messageOf),
      // The API's goes to 1.
      ...(warm && { temperature: Math.min(temperature, 1) }),
      stream: true,
    },
    headers: warm ? { 'anthropic-version': WITH_TEMPERATURE } : {},
    cutOff,
  };
}

/** Takes the white space off the answer's beginning. */
function begun(turns: readonly ChatMessage[]): { messages: readonly ChatMessage[]; cutOff: string } {
  const last = turns.at(-1);
  if (last?.role !== 'assistant') return { messages: turns, cutOff: '' };
  const text = textOf(last.parts) ?? '';
  const kept = text.trimEnd();
  const beginning: ChatMessage[] =
    kept === '' ? [] : [{ role: 'assistant', parts: [{ kind: 'text', text: kept }] }];
  return { messages: [...turns.slice(0, -1), ...beginning], cutOff: text.slice(kept.length) };
}

function messageOf({ role, parts }: ChatMessage): MessageParam {
  const text = textOf(parts);
  if (text !== undefined) return { role, content: text };
  return { role: 'user', content: parts.map(blockOf) };
}

function blockOf(part: ChatPart) {
  if (part.kind === 'text') return { type: 'text', text: part.text } as const;
  // Whether the API takes this kind of image is for the API to say.
  const mediaType = part.mediaType as 'image/png';
  const source = { type: 'base64', media_type: mediaType, data: base64Of(part.data) } as const;
  return { type: 'image', source } as const satisfies ContentBlockParam;
}

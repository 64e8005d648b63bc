import type { ChatCompletionCreateParamsStreaming, ChatCompletionMessageParam } from 'openai/resources/chat';

import type { ChatMessage, ChatPart, ChatRequest } from '../agents/chat-model.ts';
import { askedToGoOn, base64Of, takingTurns, textOf } from './conversation.ts';
import type { ModelTraits } from './model-traits.ts';

/**
 * A request as OpenAI's chat completions take it. A conversation that ends with the assistant's words gets a user's
 * request to go on: these models begin a new answer otherwise.
 */
export function openAiBody(
  model: string,
  request: ChatRequest,
  traits: ModelTraits,
): ChatCompletionCreateParamsStreaming {
  const { system, messages, maxTokens, temperature } = request;
  return {
    model,
    messages: [
      ...(system === '' ? [] : [{ role: 'system', content: system } as const]),
      ...askedToGoOn(takingTurns(messages, traits)).map(messageOf),
    ],
    [traits.limitName]: maxTokens,
    ...(temperature !== undefined && traits.temperature && { temperature }),
    stream: true,
    ...(traits.streamUsage && { stream_options: { include_usage: true } }),
  };
}

function messageOf({ role, parts }: ChatMessage): ChatCompletionMessageParam {
  const text = textOf(parts);
  // Many servers take nothing but a plain text where there is no image.
  if (text !== undefined) return { role, content: text };
  return { role: 'user', content: parts.map(partOf) };
}

function partOf(part: ChatPart) {
  if (part.kind === 'text') return { type: 'text', text: part.text } as const;
  const url = `data:${part.mediaType};base64,${base64Of(part.data)}`;
  return { type: 'image_url', image_url: { url } } as const;
}

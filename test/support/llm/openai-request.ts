import { isObject, numberOf, objectsOf, textOf, textsOf } from './json.ts';
import type { JsonObject } from './json.ts';
import type { Conversation, RecordedMessage, RecordedToolCall } from './recorded-request.ts';

/** Reads a body of OpenAI's chat completions; what it cannot make out it leaves empty. */
export function readOpenAiRequest(body: JsonObject): Conversation {
  const all = objectsOf(body['messages']).map(readMessage);
  const found = all.findIndex((message) => message.role !== 'system');
  const start = found < 0 ? all.length : found;
  const options = body['stream_options'];
  return {
    model: textOf(body['model']),
    system: joined(all.slice(0, start)),
    messages: all.slice(start),
    maxTokens: numberOf(body['max_completion_tokens']) ?? numberOf(body['max_tokens']),
    temperature: numberOf(body['temperature']),
    stream: body['stream'] === true,
    includeUsage: isObject(options) && options['include_usage'] === true,
    stop: textsOf(body['stop']),
    tools: objectsOf(body['tools']).map((tool) =>
      textOf(isObject(tool['function']) && tool['function']['name']),
    ),
  };
}

function joined(messages: readonly RecordedMessage[]): string {
  return messages.map((message) => message.text).join('\n\n');
}

function readMessage(message: JsonObject): RecordedMessage {
  const { role, content, refusal, tool_call_id: toolCallId } = message;
  const parts = objectsOf(content);
  return {
    role: roleOf(role),
    text: textOf(content) || parts.map((part) => textOf(part['text'])).join('') || textOf(refusal),
    images: parts.flatMap((part) => (isObject(part['image_url']) ? [textOf(part['image_url']['url'])] : [])),
    toolCalls: objectsOf(message['tool_calls']).map(readToolCall),
    ...(typeof toolCallId === 'string' && { toolCallId }),
  };
}

function roleOf(role: unknown): RecordedMessage['role'] {
  if (role === 'system' || role === 'developer') return 'system';
  return role === 'assistant' || role === 'tool' ? role : 'user';
}

function readToolCall(call: JsonObject): RecordedToolCall {
  const called = isObject(call['function']) ? call['function'] : {};
  return { id: textOf(call['id']), name: textOf(called['name']), arguments: textOf(called['arguments']) };
}

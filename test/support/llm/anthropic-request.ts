import { isObject, numberOf, objectsOf, textOf, textsOf } from './json.ts';
import type { JsonObject } from './json.ts';
import type { Conversation, RecordedMessage } from './recorded-request.ts';

/** Reads a body of Anthropic's messages; what it cannot make out it leaves empty. */
export function readAnthropicRequest(body: JsonObject): Conversation {
  return {
    model: textOf(body['model']),
    system: textIn(body['system']),
    messages: objectsOf(body['messages']).flatMap(readMessage),
    maxTokens: numberOf(body['max_tokens']),
    temperature: numberOf(body['temperature']),
    stream: body['stream'] === true,
    includeUsage: true,
    stop: textsOf(body['stop_sequences']),
    tools: objectsOf(body['tools']).map((tool) => textOf(tool['name'])),
  };
}

/** A message; what a user's one says of tools comes before it, as messages of their own. */
function readMessage(message: JsonObject): RecordedMessage[] {
  const { role, content } = message;
  const blocks = objectsOf(content);
  const results = blocks
    .filter((block) => block['type'] === 'tool_result')
    .map((block): RecordedMessage => ({
      role: 'tool',
      text: textIn(block['content']),
      images: imagesIn(objectsOf(block['content'])),
      toolCalls: [],
      toolCallId: textOf(block['tool_use_id']),
    }));
  const rest = blocks.filter((block) => block['type'] !== 'tool_result');
  if (results.length > 0 && rest.length === 0) return results;
  const own: RecordedMessage = {
    role: role === 'assistant' || role === 'system' ? role : 'user',
    text: textIn(content),
    images: imagesIn(rest),
    toolCalls: rest
      .filter((block) => block['type'] === 'tool_use')
      .map(({ id, name, input }) => ({
        id: textOf(id),
        name: textOf(name),
        arguments: JSON.stringify(input ?? {}),
      })),
  };
  return [...results, own];
}

function textIn(content: unknown): string {
  return (
    textOf(content) ||
    objectsOf(content)
      .map((block) => textOf(block['text']))
      .join('')
  );
}

function imagesIn(blocks: readonly JsonObject[]): string[] {
  return blocks.flatMap(({ source }) => {
    if (!isObject(source)) return [];
    if (source['type'] === 'url') return [textOf(source['url'])];
    return [`data:${textOf(source['media_type'])};base64,${textOf(source['data'])}`];
  });
}

import type { JsonObject } from './json.ts';
import type { Conversation } from './recorded-request.ts';
import { TOKENS_PER_IMAGE, TOKENS_PER_MESSAGE, countTokens } from './tokens.ts';

/** How many tokens a prompt has: its texts, calls, images and tools, and a few for each message. */
export function countPrompt(conversation: Conversation & { body: JsonObject }): number {
  const { system, messages, body } = conversation;
  let sum = system === '' ? 0 : countTokens(system) + TOKENS_PER_MESSAGE;
  for (const { text, images, toolCalls } of messages) {
    sum += countTokens(text) + images.length * TOKENS_PER_IMAGE + TOKENS_PER_MESSAGE;
    for (const call of toolCalls) sum += countTokens(call.name) + countTokens(call.arguments);
  }
  return body['tools'] === undefined ? sum : sum + countTokens(JSON.stringify(body['tools']));
}

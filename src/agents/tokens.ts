import type { ChatRequest } from './chat-model.ts';

/** What an image costs at most: the largest that OpenAI and Anthropic count for one, generously. */
const IMAGE_TOKENS = 3_000;

/** What a provider adds for each message, and once for the request. */
const MESSAGE_OVERHEAD = 8;
const REQUEST_OVERHEAD = 64;

/** About how many tokens a text has: four letters each in Latin script, one for each character of most others. */
export function estimateTokens(text: string): number {
  let dense = 0;
  // From U+0590 on: Hebrew, Arabic, Indian scripts, CJK, emoji.
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) >= 0x0590) dense += 1;
  return Math.ceil((text.length - dense) / 4 + dense);
}

/** The beginning of a text that has about so many tokens at most; the whole text where it has no more. */
export function cutToTokens(text: string, tokens: number): string {
  const all = estimateTokens(text);
  return all <= tokens ? text : text.slice(0, Math.floor((text.length * tokens) / all)).toWellFormed();
}

/**
 * The most tokens that the prompt of a request can have: a token of every known tokenizer stands for at least one
 * byte of UTF-8.
 */
export function boundTokens({ system, messages }: Pick<ChatRequest, 'system' | 'messages'>): number {
  let bound = REQUEST_OVERHEAD + Buffer.byteLength(system);
  for (const { parts } of messages) {
    bound += MESSAGE_OVERHEAD;
    for (const part of parts) bound += part.kind === 'text' ? Buffer.byteLength(part.text) : IMAGE_TOKENS;
  }
  return bound;
}

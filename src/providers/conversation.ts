import type { ChatMessage, ChatPart } from '../agents/chat-model.ts';
import type { ModelTraits } from './model-traits.ts';

/** What a model is told that must see a user's turn last, to have it go on with what it began. */
export const GO_ON =
  'Your answer was cut off. Go on exactly where it stopped, in the middle of the word if need be. ' +
  'Repeat nothing and say nothing about this request.';

/** What a model that sees no images is told in the place of one. */
export const UNSEEN = '(an image that this model cannot see)';

/**
 * The conversation as every provider takes it: nothing empty, no image for a model that sees none, and user and assistant in turns, as Perplexity and
 * many local models want it. Assistants say nothing but text.
 */
export function takingTurns(messages: readonly ChatMessage[], { images }: ModelTraits): ChatMessage[] {
  const turns: ChatMessage[] = [];
  for (const { role, parts } of messages) {
    const kept = parts.filter((part) => (part.kind === 'text' ? part.text !== '' : role === 'user'));
    if (kept.length === 0) continue;
    const seen = images ? kept : kept.map(inWords);
    const last = turns.at(-1);
    if (last?.role === role) turns[turns.length - 1] = { role, parts: [...last.parts, ...seen] };
    else turns.push({ role, parts: seen });
  }
  return turns;
}

function inWords(part: ChatPart): ChatPart {
  return part.kind === 'text' ? part : { kind: 'text', text: UNSEEN };
}

/** Has a conversation that ends with the assistant's words end with a user's request to go on. */
export function askedToGoOn(turns: readonly ChatMessage[]): readonly ChatMessage[] {
  if (turns.at(-1)?.role !== 'assistant') return turns;
  return [...turns, { role: 'user', parts: [{ kind: 'text', text: GO_ON }] }];
}

/** The parts as one text; undefined when there is more to them than text. */
export function textOf(parts: readonly ChatPart[]): string | undefined {
  const texts = parts.map((part) => (part.kind === 'text' ? part.text : undefined));
  return texts.includes(undefined) ? undefined : texts.join('\n\n');
}

/** An image as both protocols carry it. */
export function base64Of(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
}

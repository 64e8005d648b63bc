import type { Turn } from '../../memory/memory-store.ts';
import type { QuotedMessage } from '../agent.ts';
import type { ChatMessage, ChatPart, ChatRequest } from '../chat-model.ts';
import { fence, FENCE_RULES, plainLine } from './fence.ts';
import type { ReadAttachments } from './read-attachments.ts';
import { cutToTokens } from '../tokens.ts';

/** Everything that a model is to know of a question. */
export interface PromptParts {
  /** What the operator wrote, placeholders filled in. */
  readonly instructions: string;
  /** What was condensed of earlier turns. */
  readonly summary: string | undefined;
  /** Earlier turns, oldest first. */
  readonly turns: readonly Turn[];
  /** The last messages of the channel, oldest first. */
  readonly channel: readonly QuotedMessage[];
  readonly repliedTo: QuotedMessage | undefined;
  readonly attachments: ReadAttachments;
  readonly user: { readonly name: string };
  readonly text: string;
}

/**
 * The prompt for a question. Only the instructions are said as the system; everything that anybody wrote on Discord
 * stands in fences in the user's turns.
 */
export function buildPrompt(parts: PromptParts): Pick<ChatRequest, 'system' | 'messages'> {
  const { user, turns, attachments } = parts;
  const earlier = turns.flatMap(({ question, answer }): ChatMessage[] => [
    { role: 'user', parts: [{ kind: 'text', text: fence('message', { from: user.name }, question) }] },
    { role: 'assistant', parts: [{ kind: 'text', text: answer }] },
  ]);
  const images = attachments.images.map(({ mediaType, data }): ChatPart => ({
    kind: 'image',
    mediaType,
    data,
  }));
  const question: ChatMessage = { role: 'user', parts: [...images, { kind: 'text', text: wordsOf(parts) }] };
  return { system: systemOf(parts), messages: [...earlier, question] };
}

function systemOf({ instructions, summary }: PromptParts): string {
  const notes =
    summary === undefined
      ? []
      : [`Your notes on what was said with this user before:\n${fence('notes', {}, summary)}`];
  return [instructions, FENCE_RULES, ...notes].filter((part) => part !== '').join('\n\n');
}

/** The user's own words last, as what everything else belongs to. */
function wordsOf({ channel, repliedTo, attachments, user, text }: PromptParts): string {
  const lines: string[] = [];
  if (channel.length > 0) {
    const said = channel.map(({ author, isOwn, text: words }) =>
      spokenLine(isOwn ? `${author} (you)` : author, words),
    );
    lines.push(fence('recent_messages', {}, said.join('\n')));
  }
  if (repliedTo !== undefined) {
    const { author, isOwn, text: words } = repliedTo;
    lines.push(fence('replied_to', { from: isOwn ? `${author} (you)` : author }, words));
  }
  for (const { name, text: content, cut } of attachments.texts) {
    lines.push(
      fence('attachment', { name, ...(cut && { note: 'cut off here, the file goes on' }) }, content),
    );
  }
  for (const { name, reason } of attachments.others) {
    lines.push(fence('attachment', { name, note: `you cannot read it: ${reason}` }, ''));
  }
  lines.push(fence('message', { from: user.name }, text));
  return lines.join('\n');
}

/** What somebody said in a list of such; its further lines are indented, so that nobody speaks as somebody else. */
export function spokenLine(name: string, words: string): string {
  return `${plainLine(name, MAX_NAME)}: ${words.replaceAll(/\r\n|[\n\v\f\r\u0085\u2028\u2029]/g, '\n  ')}`;
}

/** Longest name in such a list, in characters. */
const MAX_NAME = 100;

/** Of all attached texts together, about so many tokens are remembered with the question. */
const REMEMBERED = 2_000;

/** What is remembered of a question: what was written, and what of the attachments a memory can hold. */
export function memorableQuestion(text: string, { texts, images, others }: ReadAttachments): string {
  const files = texts.map(
    ({ name, text: content }) => `[attached: ${name}]\n${cutToTokens(content, REMEMBERED / texts.length)}`,
  );
  const names = [...images, ...others].map(({ name }) => `[attached: ${name}]`);
  return [text, ...files, ...names].filter((part) => part !== '').join('\n\n');
}

import type { Answer, AnswerPart, Finish } from './answer.ts';
import type { Frame } from './frame.ts';
import type { Usage } from './recorded-request.ts';

const STOP_REASON = {
  stop: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  window: 'model_context_window_exceeded',
  tools: 'tool_use',
  refusal: 'refusal',
  filtered: 'refusal',
} as const satisfies Record<Finish, string>;

/** An answer as Anthropic's messages give it whole. */
export function anthropicBody(answer: Answer): object {
  return message(answer, answer.parts.map(wholeBlock), ending(answer), usageOf(answer.usage));
}

/** An answer as Anthropic's messages stream it. */
export function* anthropicFrames(answer: Answer): Generator<Frame> {
  const nothingYet = { stop_reason: null, stop_sequence: null, stop_details: null };
  const opening = message(answer, [], nothingYet, { ...usageOf(answer.usage), output_tokens: 1 });
  yield { text: event({ type: 'message_start', message: opening }), tokens: 0 };
  for (const [index, part] of answer.parts.entries()) {
    const open = { type: 'content_block_start', index, content_block: emptyBlock(part) };
    yield { text: event(open), tokens: 0 };
    if (index === 0) yield { text: event({ type: 'ping' }), tokens: 0 };
    const start = `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":`;
    for (const token of part.tokens) {
      yield { text: `${start}${JSON.stringify(delta(part, token))}}\n\n`, tokens: 1 };
    }
    // A block that the token limit cuts is closed all the same.
    yield { text: event({ type: 'content_block_stop', index }), tokens: 0 };
  }
  const end = { type: 'message_delta', delta: { ...ending(answer), container: null } };
  yield { text: event({ ...end, usage: usageOf(answer.usage) }), tokens: 0, last: true };
  yield { text: event({ type: 'message_stop' }), tokens: 0, last: true };
}

/** An event of Anthropic's streams, whose name is its data's type. */
function event(data: { type: string } & Record<string, unknown>): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

function message(answer: Answer, content: object[], end: object, usage: object): object {
  const { id, model } = answer;
  return {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model,
    content,
    container: null,
    ...end,
    usage,
  };
}

function ending(answer: Answer): object {
  const { finish, explanation = null, stopSequence = null } = answer;
  const declines = STOP_REASON[finish] === 'refusal';
  return {
    stop_reason: STOP_REASON[finish],
    stop_sequence: finish === 'stop-sequence' ? stopSequence : null,
    stop_details: declines ? { type: 'refusal', category: null, explanation } : null,
  };
}

function emptyBlock(part: AnswerPart): object {
  if (part.kind !== 'tool') return { type: 'text', text: '', citations: null };
  return { type: 'tool_use', id: part.id, name: part.name, input: {}, caller: { type: 'direct' } };
}

function delta(part: AnswerPart, token: string): object {
  if (part.kind !== 'tool') return { type: 'text_delta', text: token };
  return { type: 'input_json_delta', partial_json: token };
}

function wholeBlock(part: AnswerPart): object {
  const text = part.tokens.join('');
  if (part.kind !== 'tool') return { ...emptyBlock(part), text };
  return { ...emptyBlock(part), input: parsed(text) };
}

/** A call that the token limit cut is no JSON any more; whole answers then carry what could be made of it. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return {};
  }
}

/** Anthropic counts the cached parts of a prompt beside `input_tokens`, not in it. */
function usageOf(usage: Usage): object {
  return {
    input_tokens: usage.input - usage.cacheRead - usage.cacheWrite,
    cache_creation_input_tokens: usage.cacheWrite,
    cache_read_input_tokens: usage.cacheRead,
    cache_creation: null,
    output_tokens: usage.output,
    output_tokens_details: usage.reasoning > 0 ? { thinking_tokens: usage.reasoning } : null,
    server_tool_use: null,
    service_tier: 'standard',
  };
}

import type { Answer, AnswerPart, Finish } from './answer.ts';
import type { Frame } from './frame.ts';
import type { RecordedRequest, Usage } from './recorded-request.ts';

const FINISH = {
  stop: 'stop',
  'stop-sequence': 'stop',
  length: 'length',
  window: 'length',
  tools: 'tool_calls',
  refusal: 'stop',
  filtered: 'content_filter',
} as const satisfies Record<Finish, string>;

/** An answer as OpenAI's chat completions give it whole. */
export function openAiBody(answer: Answer, createdAt: number): object {
  const calls = answer.parts.filter((part) => part.kind === 'tool');
  return {
    id: `chatcmpl-${answer.id}`,
    object: 'chat.completion',
    created: Math.floor(createdAt / 1_000),
    model: answer.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: textOf(answer, 'text'),
          refusal: textOf(answer, 'refusal'),
          annotations: [],
          ...(calls.length > 0 && { tool_calls: calls.map(wholeCall) }),
        },
        logprobs: null,
        finish_reason: FINISH[answer.finish],
      },
    ],
    usage: usageOf(answer.usage),
    service_tier: 'default',
    system_fingerprint: 'fp_stand_in',
  };
}

/** An answer as OpenAI's chat completions stream it. */
export function* openAiFrames(answer: Answer, request: RecordedRequest, createdAt: number): Generator<Frame> {
  const shared = {
    id: `chatcmpl-${answer.id}`,
    object: 'chat.completion.chunk',
    created: Math.floor(createdAt / 1_000),
    model: answer.model,
    service_tier: 'default',
    system_fingerprint: 'fp_stand_in',
  };
  const start = `data: ${JSON.stringify(shared).slice(0, -1)},"choices":[`;
  const end = request.includeUsage ? '],"usage":null}\n\n' : ']}\n\n';
  const chunk = (delta: object, finish: string | null = null): string =>
    `${start}{"index":0,"delta":${JSON.stringify(delta)},"logprobs":null,"finish_reason":${JSON.stringify(finish)}}${end}`;

  yield { text: chunk({ role: 'assistant', content: '', refusal: null }), tokens: 0 };
  let calls = 0;
  for (const part of answer.parts) {
    const index = part.kind === 'tool' ? calls++ : 0;
    if (part.kind === 'tool') yield { text: chunk({ tool_calls: [openedCall(part, index)] }), tokens: 0 };
    for (const token of part.tokens) yield { text: chunk(delta(part, token, index)), tokens: 1 };
  }
  yield { text: chunk({}, FINISH[answer.finish]), tokens: 0, last: true };
  if (request.includeUsage) {
    yield { text: `${start}],"usage":${JSON.stringify(usageOf(answer.usage))}}\n\n`, tokens: 0, last: true };
  }
  yield { text: 'data: [DONE]\n\n', tokens: 0, last: true };
}

function delta(part: AnswerPart, token: string, index: number): object {
  if (part.kind === 'text') return { content: token };
  if (part.kind === 'refusal') return { refusal: token };
  return { tool_calls: [{ index, function: { arguments: token } }] };
}

function openedCall(part: AnswerPart & { kind: 'tool' }, index: number): object {
  return { index, id: part.id, type: 'function', function: { name: part.name, arguments: '' } };
}

function wholeCall(part: AnswerPart & { kind: 'tool' }): object {
  return { id: part.id, type: 'function', function: { name: part.name, arguments: part.tokens.join('') } };
}

/** The answer's words of one kind. Without any, content is null, as in an answer that only calls tools. */
function textOf(answer: Answer, kind: 'text' | 'refusal'): string | null {
  const part = answer.parts.find((candidate) => candidate.kind === kind);
  if (part) return part.tokens.join('');
  return kind === 'text' && answer.parts.length === 0 ? '' : null;
}

function usageOf(usage: Usage): object {
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    prompt_tokens_details: {
      cached_tokens: usage.cacheRead,
      cache_write_tokens: usage.cacheWrite,
      audio_tokens: 0,
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

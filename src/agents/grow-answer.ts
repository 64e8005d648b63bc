import type { ChatEnd, ChatModel, ChatRequest } from './chat-model.ts';
import type { TokenLimits } from './llm-config.ts';

/** What came of an answer. */
export interface GrownAnswer {
  readonly text: string;
  /** `length`: it was still not complete at the highest limit. */
  readonly end: ChatEnd;
}

/**
 * Asks a model with a small token limit first, and has it go on from where it was cut as long as there is room: 256
 * tokens, 512, 768, … What it has said is handed back to it, so nothing is said twice. A call that was cut before it
 * said anything (a model that thinks first) is made again with the higher limit as a whole.
 */
export async function* growAnswer(
  model: ChatModel,
  request: Omit<ChatRequest, 'maxTokens'>,
  { from, until, increment }: TokenLimits,
  signal: AbortSignal,
): AsyncGenerator<string, GrownAnswer> {
  let text = '';
  for (let limit = from, allowance = from; ;) {
    const before = text.length;
    let end: ChatEnd | undefined;
    for await (const event of model.stream(goingOn(request, text, allowance), signal)) {
      if (event.kind === 'end') end = event.end;
      else {
        text += event.text;
        yield event.text;
      }
    }
    // The model's interface promises an end.
    end ??= 'complete';
    if (end !== 'length' || limit >= until) return { text, end };
    const step = Math.min(increment, until - limit);
    limit += step;
    allowance = text.length > before ? step : allowance + step;
  }
}

function goingOn(request: Omit<ChatRequest, 'maxTokens'>, said: string, maxTokens: number): ChatRequest {
  if (said === '') return { ...request, maxTokens };
  const begun = { role: 'assistant', parts: [{ kind: 'text', text: said }] } as const;
  return { ...request, maxTokens, messages: [...request.messages, begun] };
}

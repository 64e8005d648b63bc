import { type ChatEnd, type ChatModel, ChatModelError, type ChatRequest } from '../chat-model.ts';
import type { TokenLimits } from './llm-config.ts';

/** What came of an answer. */
export interface GrownAnswer {
  readonly text: string;
  /** `length`: it was still not complete at the highest limit. `window-full`: the model can read no more. */
  readonly end: ChatEnd | 'window-full';
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
    let end: ChatEnd = 'complete';
    let used = 0;
    try {
      for await (const event of model.stream(goingOn(request, text, allowance), signal)) {
        if (event.kind === 'end') {
          end = event.end;
          used = event.usage.output;
        } else {
          text += event.text;
          yield event.text;
        }
      }
    } catch (error) {
      const full = error instanceof ChatModelError && error.failure === 'context-too-long' && before > 0;
      if (!full || text.length > before) throw error;
      return { text, end: 'window-full' };
    }
    const brought = text.length > before;
    if (end === 'length' && before > 0 && !brought && used < allowance) return { text, end: 'window-full' };
    if (end !== 'length' || limit >= until) return { text, end };
    const step = Math.min(increment, until - limit);
    limit += step;
    allowance = brought ? step : allowance + step;
  }
}

function goingOn(request: Omit<ChatRequest, 'maxTokens'>, said: string, maxTokens: number): ChatRequest {
  if (said === '') return { ...request, maxTokens };
  const begun = { role: 'assistant', parts: [{ kind: 'text', text: said }] } as const;
  return { ...request, maxTokens, messages: [...request.messages, begun] };
}

import type { Model } from './models.ts';
import type { RecordedRequest, Usage } from './recorded-request.ts';
import type { Reply } from './reply.ts';
import { tokenize } from './tokens.ts';

/** Why an answer ends. */
export type Finish = 'stop' | 'stop-sequence' | 'length' | 'window' | 'tools' | 'refusal' | 'filtered';

/** One run of tokens of an answer. */
export type AnswerPart =
  | { kind: 'text' | 'refusal'; tokens: readonly string[] }
  | { kind: 'tool'; id: string; name: string; tokens: readonly string[] };

/** What is really said: a reply within the limits of request and model. */
export interface Answer {
  id: string;
  model: string;
  parts: readonly AnswerPart[];
  finish: Finish;
  /** Which of the request's stop sequences ended it. */
  stopSequence: string | undefined;
  /** What a refusal says of itself. */
  explanation: string | undefined;
  usage: Usage;
}

const DECLINED = "I'm sorry, but I can't help with that.";

/** Cuts a reply to what request and model allow, and counts it. @param id makes the answer's ids unique */
export function composeAnswer(reply: Reply, request: RecordedRequest, model: Model, id: string): Answer {
  const { stopSequence, text } = stopAt(request.stop, withoutWhatIsSaid(reply, request));
  const room = model.contextWindow - request.promptTokens;
  const limit = Math.min(request.maxTokens ?? model.maxOutput, room);
  const reasoning = Math.min(reply.reasoningTokens ?? 0, limit);
  const wanted = partsOf(reply, request, text, id);
  const { parts, spent, cut } = cutParts(wanted, limit - reasoning);
  const complete = finishOf(reply, stopSequence, wanted);
  return {
    id,
    model: request.model,
    parts,
    finish: cut ? (limit === room && request.maxTokens !== room ? 'window' : 'length') : complete,
    stopSequence,
    explanation: typeof reply.refusal === 'string' ? reply.refusal : undefined,
    usage: {
      input: request.promptTokens,
      cacheRead: 0,
      cacheWrite: 0,
      output: spent + reasoning,
      reasoning,
      ...reply.usage,
    },
  };
}

/** The reply's text without the beginning that the conversation already holds. */
function withoutWhatIsSaid(reply: Reply, request: RecordedRequest): string {
  const { text = '', continues } = reply;
  const prefilled = request.messages.at(-1)?.role === 'assistant';
  if (!(continues ?? (request.api === 'anthropic' && prefilled))) return text;
  const said = request.messages.findLast((message) => message.role === 'assistant')?.text ?? '';
  return text.startsWith(said) ? text.slice(said.length) : text;
}

function stopAt(stop: readonly string[], text: string): { text: string; stopSequence: string | undefined } {
  let best: { text: string; stopSequence: string | undefined } = { text, stopSequence: undefined };
  for (const stopSequence of stop) {
    const at = best.text.indexOf(stopSequence);
    if (at >= 0) best = { text: best.text.slice(0, at), stopSequence };
  }
  return best;
}

function partsOf(reply: Reply, request: RecordedRequest, text: string, id: string): AnswerPart[] {
  const declines = request.api === 'openai' && reply.refusal !== undefined && reply.refusal !== false;
  if (declines) {
    const words = typeof reply.refusal === 'string' ? reply.refusal : text || DECLINED;
    return [{ kind: 'refusal', tokens: tokenize(words) }];
  }
  const said: AnswerPart[] = text === '' ? [] : [{ kind: 'text', tokens: tokenize(text) }];
  const calls = (reply.toolCalls ?? []).map((call, at): AnswerPart => {
    const json = typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments);
    const prefix = request.api === 'openai' ? 'call' : 'toolu';
    return { kind: 'tool', id: call.id ?? `${prefix}_${id}_${at}`, name: call.name, tokens: tokenize(json) };
  });
  return [...said, ...calls];
}

function cutParts(
  parts: readonly AnswerPart[],
  limit: number,
): { parts: AnswerPart[]; spent: number; cut: boolean } {
  const kept: AnswerPart[] = [];
  let spent = 0;
  for (const part of parts) {
    const tokens = part.tokens.slice(0, Math.max(0, limit - spent));
    if (tokens.length > 0) kept.push({ ...part, tokens });
    spent += tokens.length;
    if (tokens.length < part.tokens.length) return { parts: kept, spent, cut: true };
  }
  return { parts: kept, spent, cut: false };
}

function finishOf(reply: Reply, stopSequence: string | undefined, parts: readonly AnswerPart[]): Finish {
  if (reply.filtered === true) return 'filtered';
  if (reply.refusal !== undefined && reply.refusal !== false) return 'refusal';
  if (stopSequence !== undefined) return 'stop-sequence';
  return parts.some((part) => part.kind === 'tool') ? 'tools' : 'stop';
}

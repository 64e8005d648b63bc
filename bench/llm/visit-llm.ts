import { type AnswerTime, measureAnswerTime } from './answer-time.ts';
import { withLlmHost } from './llm-host.ts';
import type { Model } from './model.ts';
import { measureRemembering, type Remembering } from './remembering.ts';
import type { LlmScale } from './scale.ts';
import { measureTokenStreams, type TokenStreams } from './token-stream.ts';

/** What a host with LLM agents did, once. */
export interface LlmVisit extends AnswerTime, Remembering, TokenStreams {
  /** Whether answers were shown while they grew. */
  readonly stream: boolean;
  /** How much the database grew for as many users, in megabytes. */
  readonly databaseGrown: number;
}

/** Starts hosts with LLM agents and measures them. @throws Error when one answers wrongly or misbehaves */
export async function visitLlm(model: Model, stream: boolean, scale: LlmScale): Promise<LlmVisit> {
  const talks = await withLlmHost(model, stream, scale, async (host) => ({
    ...(await measureAnswerTime(host)),
    ...(await measureTokenStreams(host)),
  }));
  // A host of its own, whose database holds these conversations and nothing else.
  const { result, grown } = await withLlmHost(model, stream, scale, measureRemembering);
  // Half of them came before anything was measured.
  const databaseGrown = grown / 2 / 1e6;
  return { stream, ...talks.result, ...result, databaseGrown };
}

import { countTokens } from '../../test/support/llm/tokens.ts';
import { processorTime } from '../process-cost.ts';
import { type LlmHost, PATIENCE } from './llm-host.ts';
import { TOKENS_PER_SECOND } from './scale.ts';
import { answerTo } from './wish.ts';

/** How fast long answers go through the host. */
export interface TokenStream {
  /** For each second of processor time of the host. */
  readonly perProcessorSecond: number;
  /** For each second that passed. */
  readonly perSecond: number;
}

/** What is measured of many long answers at once. */
export interface TokenStreams {
  /** The model sends all that the connection takes. */
  readonly fast: TokenStream;
  /** The model sends a token at a time, as real ones do; the answers are edited while they grow. */
  readonly paced: TokenStream;
}

/** Asks for many long answers at once, each in a channel of its own. */
export async function measureTokenStreams(host: LlmHost): Promise<TokenStreams> {
  const { tokens, pacedTokens } = host.scale;
  // Once unmeasured, so that the code is compiled.
  await stream(host, tokens, 0);
  return {
    fast: await stream(host, tokens, 0),
    paced: await stream(host, pacedTokens, 1_000 / TOKENS_PER_SECOND),
  };
}

async function stream(
  { stage, talk, child, scale }: LlmHost,
  tokens: number,
  apart: number,
): Promise<TokenStream> {
  const before = { at: performance.now(), processor: await processorTime(child.pid) };
  const answers = Array.from({ length: scale.streams }, (_, n) =>
    talk.ask(stage.place(n), { tokens, apart }),
  );
  const lines = await talk.all(answers, tokens * apart + PATIENCE);
  const seconds = (performance.now() - before.at) / 1_000;
  const processor = ((await processorTime(child.pid)) - before.processor) / 1_000;
  const total = lines.reduce((sum, { line }) => sum + countTokens(answerTo({ line, tokens })), 0);
  return { perProcessorSecond: total / processor, perSecond: total / seconds };
}

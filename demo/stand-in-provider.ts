import type { Latency } from '../test/support/llm/reply.ts';
import { startStandInLlm, type StandInLlm } from '../test/support/llm/stand-in-llm.ts';
import { dramaturgLines } from './dramaturg-lines.ts';
import type { FoundProvider } from './find-provider.ts';

/** A provider on this machine, and the server that it is. */
export interface StandInProvider extends FoundProvider {
  readonly llm: StandInLlm;
}

/** Starts a stand-in LLM that says the Dramaturg's lines. Whoever starts it stops it. */
export async function startStandInProvider(latency: Latency): Promise<StandInProvider> {
  const llm = await startStandInLlm();
  const model = 'stand-in';
  llm.addModel({ name: model });
  llm.script((request) => {
    const text = dramaturgLines(request);
    // Nobody sees the answer to the host's own question.
    return request.system === '' ? text : { text, latency };
  });
  const env = { OPENAI_API_KEY: 'none-is-needed', OPENAI_BASE_URL: llm.openaiUrl };
  return { provider: 'openai', model, env, llm };
}

import { startModel } from './model.ts';
import type { LlmScale } from './scale.ts';
import { visitLlm, type LlmVisit } from './visit-llm.ts';

/**
 * Measures LLM agents that show their answers while they grow and those that do not, in turn.
 *
 * @param runs - how often everything is measured
 * @param tell - called with what is measured next
 * @throws Error when an agent answers wrongly or somebody misbehaves
 */
export async function runLlmBench(
  runs: number,
  scale: LlmScale,
  tell: (what: string) => void,
): Promise<LlmVisit[]> {
  const model = await startModel();
  const visits: LlmVisit[] = [];
  try {
    for (let run = 1; run <= runs; run++) {
      for (const stream of [true, false]) {
        tell(`${run}/${runs}  LLM agents, stream: ${stream}`);
        visits.push(await visitLlm(model, stream, scale));
      }
    }
  } finally {
    await model.stop();
  }
  return visits;
}

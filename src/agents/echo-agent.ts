import { z } from 'zod';
import type { Agent, Question } from './agent.ts';
import type { AgentType } from './agent-type.ts';

const echoConfigSchema = z.strictObject({
  prefix: z.string().max(500).default(''),
  suffix: z.string().max(500).default(''),
});

/** The settings of an echo agent: what stands before and after the text that it gives back. */
export type EchoConfig = z.infer<typeof echoConfigSchema>;

/** What an echo agent says when it was called without a word, so that the answer is never empty. */
const NOTHING_SAID = '(nothing was said)';

/** Says back what it was told: for trying out a bot without a language model. */
export class EchoAgent implements Agent {
  readonly streams = false;
  readonly #config: EchoConfig;

  constructor(config: EchoConfig) {
    this.#config = config;
  }

  // Not a generator that awaits: the answer is there at once, and the delivery relies on that.
  // eslint-disable-next-line @typescript-eslint/require-await
  async *answer(question: Question): AsyncGenerator<string> {
    yield this.#config.prefix + (question.text === '' ? NOTHING_SAID : question.text) + this.#config.suffix;
  }
}

/** `type: echo`. */
export const echoAgentType: AgentType<EchoConfig> = {
  name: 'echo',
  description: 'says back what it is told; needs no language model',
  configSchema: echoConfigSchema,
  create: (config) => new EchoAgent(config),
};

import { tmpdir } from 'node:os';
import { Child } from '../child.ts';
import type { ModelNews } from '../programs/stand-in-llm.ts';

/** The stand-in LLM, running in a process of its own. */
export interface Model {
  /** For `OPENAI_BASE_URL`. */
  readonly url: string;
  /** Milliseconds that it had for each line, from the request to the answer's last byte. Every host begins with none. */
  readonly took: Map<number, number>;
  readonly child: Child;
  /** @throws Error when it was asked something that no real model would understand */
  stop(): Promise<void>;
}

/** Starts it. */
export async function startModel(): Promise<Model> {
  const took = new Map<number, number>();
  const { promise: listening, resolve } = Promise.withResolvers<string>();
  const child = new Child({
    script: 'bench/programs/stand-in-llm.ts',
    cwd: tmpdir(),
    env: {},
    input: '',
    channel: true,
  });
  child.onMessage = (message) => {
    const news = message as ModelNews;
    if ('url' in news) resolve(news.url);
    else took.set(news.line, news.took);
  };
  return {
    url: await Promise.race([listening, child.crashed]),
    took,
    child,
    async stop() {
      await child.stop();
      if (child.output !== '') throw new Error(`the stand-in LLM printed:\n${child.output}`);
    },
  };
}

import { statSync } from 'node:fs';
import path from 'node:path';
import type { Child } from '../child.ts';
import { makeScratch } from '../scratch.ts';
import { setStage, type Stage } from '../stage.ts';
import { DATABASE_FILE, startTroupe } from '../troupe.ts';
import type { Model } from './model.ts';
import type { LlmScale } from './scale.ts';
import { Talk } from './talk.ts';

/** A host with LLM agents whose bots are ready, and all that it takes to measure it. */
export interface LlmHost {
  /** With twice as many users as the scale says. */
  readonly stage: Stage;
  readonly child: Child;
  readonly model: Model;
  readonly talk: Talk;
  readonly scale: LlmScale;
}

/** What came of a host. */
export interface HostOutcome<Result> {
  readonly result: Result;
  /** How much the host's database grew, in bytes. */
  readonly grown: number;
}

/** How long an answer may take, in milliseconds. */
export const PATIENCE = 30_000;

const READY_TIMEOUT = 60_000;

/**
 * Starts a host with LLM agents on a fresh stage, measures it and stops it.
 *
 * @param stream - whether the agents show their answers while they grow
 * @throws Error when the host answers wrongly or misbehaves
 */
export async function withLlmHost<Result>(
  model: Model,
  stream: boolean,
  scale: LlmScale,
  measure: (host: LlmHost) => Promise<Result>,
): Promise<HostOutcome<Result>> {
  const scratch = makeScratch();
  const stage = await setStage(scale.bots, 'own', 2 * scale.users);
  model.took.clear();
  try {
    const child = await startTroupe({
      stage,
      cwd: scratch.path,
      agent: { type: 'llm', config: { provider: 'openai', model: 'gpt-4o', max_tokens: 4_000, stream } },
      env: { OPENAI_BASE_URL: model.url, OPENAI_API_KEY: 'sk-any' },
      channel: true,
      flags: ['--expose-gc'],
      preload: ['bench/programs/collect-garbage.ts'],
    });
    const size = (): number => statSync(path.join(scratch.path, DATABASE_FILE)).size;
    const before = size();
    const talk = new Talk(stage);
    try {
      const failed = Promise.race([child.crashed, model.child.crashed]);
      await Promise.race([allReady(stage), failed]);
      const result = await Promise.race([measure({ stage, child, model, talk, scale }), failed]);
      // Only then everything is in the file itself.
      await child.stop();
      if (child.output !== '') throw new Error('it warned of something');
      return { result, grown: size() - before };
    } catch (error) {
      throw new Error(`troupe with LLM agents failed. It printed:\n${child.output}`, { cause: error });
    } finally {
      talk.end();
      await child.stop();
    }
  } finally {
    scratch.remove();
    // Throws when there were violations.
    await stage.discord.stop();
  }
}

async function allReady({ discord, bots }: Stage): Promise<void> {
  await discord.until(
    () => bots.every(({ connected }) => connected > 0),
    'every bot to be ready',
    READY_TIMEOUT,
  );
}

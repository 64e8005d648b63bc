import { Child } from './child.ts';
import type { Assignment } from './programs/assignment.ts';
import { makeScratch } from './scratch.ts';
import type { Stage } from './stage.ts';
import { startTroupe } from './troupe.ts';

/** The programs that are compared. */
export const PROGRAMS = ['troupe', 'core', 'raw'] as const;

/** One of the programs that are compared. */
export type ProgramName = (typeof PROGRAMS)[number];

/** A program that was started. */
export interface RunningProgram {
  readonly child: Child;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

/** Starts a program with the bots of a stage. */
export async function startProgram(name: ProgramName, stage: Stage): Promise<RunningProgram> {
  const scratch = makeScratch();
  try {
    const child =
      name === 'troupe'
        ? await startTroupe({ stage, cwd: scratch.path, agent: { type: 'echo' } })
        : startEcho(name, stage, scratch.path);
    return {
      child,
      async stop() {
        await child.stop();
        scratch.remove();
      },
    };
  } catch (error) {
    scratch.remove();
    throw error;
  }
}

function startEcho(name: 'core' | 'raw', { discord, bots }: Stage, cwd: string): Child {
  const assignment: Assignment = { apiUrl: discord.apiUrl, tokens: bots.map(({ token }) => token) };
  return new Child({
    script: `bench/programs/${name}-echo.ts`,
    cwd,
    env: {},
    input: JSON.stringify(assignment),
  });
}

import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';

/** The project's own folder. */
export const ROOT = path.join(import.meta.dirname, '../..');

/** A program of the project, running by itself. */
export interface RunningProcess {
  readonly child: ChildProcess;
  /** What it wrote so far, standard output and error together. */
  readonly output: () => string;
  /** Resolves once it has written this. */
  until(pattern: RegExp, timeoutMs?: number): Promise<void>;
  /** Its exit code, or the signal that ended it; resolves once it has ended. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/**
 * Runs a TypeScript file of the project as npm's scripts do. Killed with the test, if it has not ended.
 *
 * @param imports - modules that are loaded before it
 */
export function runProcess(
  file: string,
  env: Record<string, string>,
  args: readonly string[] = [],
  imports: readonly string[] = [],
): RunningProcess {
  const preloads = ['./scripts/preload.js', ...imports].flatMap((module) => ['--import', module]);
  return follow(
    spawn(process.execPath, [...preloads, file, ...args], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
}

/** Reads what a program writes that was just started, with pipes for its output. Killed with the test. */
export function follow(child: ChildProcessByStdio<null, Readable, Readable>): RunningProcess {
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let output = '';
  const listeners = new Set<() => void>();
  const take = (chunk: Buffer): void => {
    output += chunk.toString();
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => {
      resolve(code ?? signal ?? 0);
      for (const listener of listeners) listener();
    });
  });
  return {
    child,
    output: () => output,
    ended,
    until: (pattern, timeoutMs = 15_000) =>
      new Promise((resolve, reject) => {
        const fail = (why: string): void => {
          listeners.delete(look);
          clearTimeout(timer);
          reject(new Error(`${why} ${String(pattern)}; it wrote:\n${output}`));
        };
        const look = (): void => {
          if (pattern.test(output)) {
            listeners.delete(look);
            clearTimeout(timer);
            resolve();
          } else if (child.exitCode !== null || child.signalCode !== null) fail('it ended without');
        };
        const timer = setTimeout(() => {
          fail('it did not write in time:');
        }, timeoutMs);
        listeners.add(look);
        look();
      }),
  };
}

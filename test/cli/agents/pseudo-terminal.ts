import { type IPty, spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { onTestFinished } from 'vitest';
import { ROOT } from '../../support/run-process.ts';

/** Keys by the bytes that a terminal sends for them. */
export const KEYS = {
  enter: '\r',
  escape: '\u001B',
  ctrlC: '\u0003',
  ctrlD: '\u0004',
  ctrlU: '\u0015',
} as const;

/** A program of the project in a real pseudo-terminal, and what its screen shows. */
export interface PseudoTerminal {
  /** The screen and what has scrolled off it, without empty lines at the end. */
  readonly screen: () => string;
  /** Resolves once the screen shows this after everything that was waited for before. */
  readonly until: (pattern: RegExp, timeoutMs?: number) => Promise<void>;
  /** Types text, or presses keys. */
  readonly type: (...keys: readonly string[]) => void;
  readonly resize: (columns: number, rows: number) => void;
  /** Its exit code; resolves once it has ended. */
  readonly ended: Promise<number>;
}

/** Runs a TypeScript file of the project as npm's scripts do, on a terminal. Killed with the test. */
export function openTerminal(
  file: string,
  env: Record<string, string>,
  args: readonly string[] = [],
): PseudoTerminal {
  const size = { cols: 100, rows: 40 };
  const screen = new xterm.Terminal({ ...size, scrollback: 2_000, allowProposedApi: true });
  const child: IPty = spawn(process.execPath, ['--import', './scripts/preload.js', file, ...args], {
    ...size,
    name: 'xterm-256color',
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', NO_COLOR: '1', ...env },
  });
  const listeners = new Set<() => void>();
  const look = (): void => {
    for (const listener of listeners) listener();
  };
  let hasEnded = false;
  const { promise: ended, resolve } = Promise.withResolvers<number>();
  child.onData((data) => {
    screen.write(data, look);
  });
  child.onExit(({ exitCode }) => {
    hasEnded = true;
    // Behind everything that was written before.
    screen.write('', () => {
      look();
      resolve(exitCode);
    });
  });
  onTestFinished(() => {
    if (!hasEnded) child.kill('SIGKILL');
    screen.dispose();
  });
  const text = (): string => {
    const { buffer } = screen;
    const lines = Array.from(
      { length: buffer.active.length },
      (_, row) => buffer.active.getLine(row)?.translateToString(true) ?? '',
    );
    return lines.join('\n').trimEnd();
  };
  return {
    screen: text,
    type(...keys) {
      for (const key of keys) child.write(key);
    },
    resize(columns, rows) {
      screen.resize(columns, rows);
      child.resize(columns, rows);
    },
    ended,
    until(pattern, timeoutMs = 10_000) {
      const { promise, resolve: found, reject } = Promise.withResolvers<undefined>();
      const stop = (): void => {
        listeners.delete(check);
        clearTimeout(timer);
      };
      const check = (): void => {
        if (pattern.test(text())) {
          stop();
          found(undefined);
        } else if (hasEnded) {
          stop();
          reject(new Error(`it ended before it showed ${String(pattern)}:\n${text()}`));
        }
      };
      const timer = setTimeout(() => {
        stop();
        reject(new Error(`it did not show ${String(pattern)} in time:\n${text()}`));
      }, timeoutMs);
      listeners.add(check);
      check();
      return promise;
    },
  };
}

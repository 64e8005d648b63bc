import path from 'node:path';
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { Happenings } from './happenings.ts';

const ROOT = path.join(import.meta.dirname, '../..');

/** How long a screen may take to show something, in milliseconds. */
const PATIENCE = 10_000;

/** Keys by the bytes that a terminal sends for them. */
export const KEYS = {
  enter: '\r',
  escape: '\u001B',
  ctrlC: '\u0003',
  ctrlD: '\u0004',
  ctrlU: '\u0015',
} as const;

/** A program of the project in a real pseudo-terminal, and what a person would see there. */
export interface PseudoTerminal {
  /** Types text, or presses {@link KEYS}. */
  readonly type: (...keys: readonly string[]) => void;
  readonly resize: (columns: number, rows: number) => void;
  /** The screen itself, for what it shows besides text. */
  readonly screen: Screen;
  /** All lines, also those that scrolled away; without the blank ones at the end. */
  readonly lines: () => string[];
  /** The same in one text. */
  readonly text: () => string;
  /** Resolves once the screen shows this. @throws Error with what it shows when that takes too long, or it ended */
  readonly until: (shown: string | RegExp) => Promise<void>;
  /** Its exit code; resolves once it has ended and all that it wrote is shown. */
  readonly ended: Promise<number>;
  /** Everything that was written, with its control sequences. */
  readonly written: () => string;
  /** Kills it unless it has ended, and lets go of the terminal. */
  readonly close: () => Promise<void>;
}

/** How a program is run in a terminal. */
export interface TerminalOptions {
  /** Default: none. */
  readonly args?: readonly string[];
  /** Its variables; besides it has `PATH` and `TERM` alone. */
  readonly env: Readonly<Record<string, string>>;
  /** Default: the project's own folder. */
  readonly cwd?: string;
  /** Default: 80. */
  readonly columns?: number;
  /** Default: 24. */
  readonly rows?: number;
}

/** Runs a TypeScript file of the project as npm's scripts do, in a terminal with colours. Whoever opens it closes it. */
export function openTerminal(file: string, options: TerminalOptions): PseudoTerminal {
  const { args = [], env, cwd = ROOT, columns = 80, rows = 24 } = options;
  const screen = createScreen(columns, rows);
  const happenings = new Happenings('pseudo-terminal');
  let written = '';
  let hasEnded = false;
  const preload = path.join(ROOT, 'scripts/preload.js');
  const child = spawn(process.execPath, ['--import', preload, path.join(ROOT, file), ...args], {
    cwd,
    cols: columns,
    rows,
    env: { PATH: process.env['PATH'], TERM: 'xterm-256color', ...env },
  });
  child.onData((data) => {
    written += data;
    screen.write(data, () => {
      happenings.nudge();
    });
  });
  const ended = new Promise<number>((resolve) => {
    child.onExit(({ exitCode }) => {
      hasEnded = true;
      // Behind everything that was written before.
      screen.write('', () => {
        happenings.close();
        resolve(exitCode);
      });
    });
  });
  const lines = (): string[] => linesOf(screen);
  const text = (): string => lines().join('\n').trimEnd();
  return {
    type(...keys) {
      for (const key of keys) child.write(key);
    },
    resize(toColumns, toRows) {
      screen.resize(toColumns, toRows);
      child.resize(toColumns, toRows);
    },
    screen,
    lines,
    text,
    async until(shown) {
      const isShown = (): boolean =>
        typeof shown === 'string' ? text().includes(shown) : shown.test(text());
      try {
        await happenings.until(isShown, String(shown), PATIENCE);
      } catch (error) {
        throw new Error(`the screen does not show ${String(shown)}:\n${text()}`, { cause: error });
      }
    },
    ended,
    written: () => written,
    async close() {
      if (!hasEnded) child.kill('SIGKILL');
      await ended;
      screen.dispose();
    },
  };
}

/** A terminal's screen. */
export type Screen = InstanceType<typeof xterm.Terminal>;

/** A screen of 80 columns and 24 rows, or as many. */
export function createScreen(cols = 80, rows = 24): Screen {
  return new xterm.Terminal({ cols, rows, scrollback: 5_000, allowProposedApi: true });
}

/** What a screen shows and what scrolled away, each line whole; without the blank ones at the end. */
export function linesOf({ buffer }: Screen): string[] {
  const { normal } = buffer;
  const lines: string[] = [];
  for (let at = 0; at < normal.length; at++) {
    const row = normal.getLine(at);
    const next = normal.getLine(at + 1);
    const text = row?.translateToString(next?.isWrapped !== true) ?? '';
    if (row?.isWrapped === true && lines.length > 0) lines.push((lines.pop() ?? '') + text);
    else lines.push(text);
  }
  return lines.slice(0, lines.findLastIndex((line) => line.trim() !== '') + 1);
}

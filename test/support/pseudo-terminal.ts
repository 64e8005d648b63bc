import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { onTestFinished } from 'vitest';
import { Happenings } from './happenings.ts';
import { ROOT } from './run-process.ts';

/** How long a screen may take to show something, in milliseconds. */
const PATIENCE = 8_000;

/** A program of the project in a real pseudo-terminal, and what a person would see there. */
export interface PseudoTerminal {
  /** Types, as a keyboard does. */
  type(keys: string): void;
  resize(columns: number, rows: number): void;
  /** All lines, also those that scrolled away; without the blank ones at the end. */
  lines(): string[];
  /** The same in one text. */
  text(): string;
  /** Resolves once the screen shows this. */
  until(shown: string | RegExp): Promise<void>;
  /** Its exit code; resolves once it has ended and all that it wrote is shown. */
  readonly ended: Promise<number>;
  /** Everything that was written, with its control sequences. */
  written(): string;
}

/** Runs a TypeScript file of the project in a terminal of 80 columns and 24 rows, without colours. */
export function runInTerminal(
  file: string,
  args: readonly string[],
  env: Record<string, string>,
): PseudoTerminal {
  const screen = createScreen();
  const happenings = new Happenings('pseudo-terminal');
  let written = '';
  const process_ = spawn(process.execPath, ['--import', './scripts/preload.js', file, ...args], {
    cwd: ROOT,
    cols: 80,
    rows: 24,
    env: { PATH: process.env['PATH'], TERM: 'xterm-256color', NO_COLOR: '1', ...env },
  });
  let hasEnded = false;
  process_.onData((data) => {
    written += data;
    screen.write(data, () => {
      happenings.nudge();
    });
  });
  const ended = new Promise<number>((resolve) => {
    process_.onExit(({ exitCode }) => {
      hasEnded = true;
      screen.write('', () => {
        happenings.nudge();
        resolve(exitCode);
      });
    });
  });
  onTestFinished(async () => {
    if (!hasEnded) process_.kill('SIGKILL');
    await ended;
    happenings.close();
    screen.dispose();
  });
  return {
    type: (keys) => {
      process_.write(keys);
    },
    resize: (columns, rows) => {
      screen.resize(columns, rows);
      process_.resize(columns, rows);
    },
    lines: () => linesOf(screen),
    text: () => linesOf(screen).join('\n'),
    async until(shown) {
      const pattern = typeof shown === 'string' ? undefined : shown;
      const isShown = (): boolean => {
        const text = linesOf(screen).join('\n');
        return pattern === undefined ? text.includes(String(shown)) : pattern.test(text);
      };
      try {
        await happenings.until(isShown, String(shown), PATIENCE);
      } catch (error) {
        throw new Error(`the screen does not show ${String(shown)}:\n${linesOf(screen).join('\n')}`, {
          cause: error,
        });
      }
    },
    ended,
    written: () => written,
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

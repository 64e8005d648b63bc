import { onTestFinished } from 'vitest';
import { openTerminal, type PseudoTerminal, type TerminalOptions } from './pseudo-terminal.ts';

/** Opens a program of the project in a terminal, without colours. Killed with the test, if it has not ended. */
export function runInTerminal(file: string, { env, ...options }: TerminalOptions): PseudoTerminal {
  const terminal = openTerminal(file, { ...options, env: { NO_COLOR: '1', ...env } });
  onTestFinished(() => terminal.close());
  return terminal;
}

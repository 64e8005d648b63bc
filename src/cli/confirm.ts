import { createInterface } from 'node:readline/promises';

/** Asks a yes-or-no question on the terminal; Ctrl-C and Ctrl-D mean no. */
export async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new AbortController();
  terminal.once('close', () => {
    closed.abort();
  });
  try {
    return /^y(es)?$/i.test(await terminal.question(`${question} [y/N] `, { signal: closed.signal }));
  } catch {
    return false;
  } finally {
    terminal.close();
  }
}

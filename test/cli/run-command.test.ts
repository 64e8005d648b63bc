import { Command } from 'commander';
import { expect, it } from 'vitest';
import { exitCodeOf, tame } from '../../src/cli/run-command.ts';
import { InputError } from '../../src/errors.ts';

/** What a command writes to standard error. */
async function errorOf(run: (command: Command) => unknown): Promise<string> {
  let text = '';
  const output = { stdout: { write: () => true }, stderr: { write: (more: string) => (text += more) } };
  const command = tame(new Command('say'), output);
  await exitCodeOf(async () => {
    await run(command);
    return 0;
  }, output);
  return text;
}

it('tells an error line by line, and a terminal obeys nothing in it', async () => {
  const text = await errorOf(() => {
    throw new InputError('one\u001B[2J\ntwo\r', { remedy: 'three\u202E\nfour', cause: new Error('\u0007') });
  });
  expect(text).toBe('one\\u001b[2J\ntwo\\u000d: \\u0007\nthree\\u202e\nfour\n');
});

it('does so with what is typed wrong, too', async () => {
  const text = await errorOf((command) => command.parseAsync(['--\u001B[2J'], { from: 'user' }));
  expect(text).toContain("unknown option '--\\u001b[2J'");
  expect(text).toMatch(/\n$/);
});

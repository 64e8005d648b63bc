import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { checkPassword } from '../../access/password.ts';
import { InputError } from '../../errors.ts';

/** Longest line that is read, in characters. */
const MAX_LINE = 4_096;

/** Asks for a text on the terminal without showing it. */
export type AskHidden = (question: string) => Promise<string>;

/** Where a password comes from. */
export interface PasswordSource {
  readonly stdin: AsyncIterable<Buffer | string> & { readonly isTTY?: boolean };
  readonly stderr: { readonly isTTY?: boolean };
  readonly askHidden: AskHidden;
  /** Whether it is the first line of standard input. */
  readonly fromStdin: boolean;
}

/**
 * A new password: from standard input, or asked for twice on the terminal. Never from the command line, which others can
 * see.
 *
 * @throws {InputError} when there is none, or it cannot be one
 */
export async function readPassword({ stdin, stderr, askHidden, fromStdin }: PasswordSource): Promise<string> {
  if (fromStdin) return checkPassword(await firstLine(stdin));
  if (!stdin.isTTY || !stderr.isTTY) {
    throw new InputError('nobody is there to ask for a password; nothing was changed', {
      remedy: 'Add --password-stdin and write it to standard input.',
    });
  }
  const password = checkPassword(await askHidden('New password: '));
  if ((await askHidden('Once more: ')).normalize('NFKC') === password) return password;
  throw new InputError('the two passwords are not the same; nothing was changed');
}

/** Asks on the terminal; what is typed is not shown. Ctrl-C and Ctrl-D give up. */
export const askHidden: AskHidden = async (question) => {
  process.stderr.write(question);
  // What readline would echo goes nowhere.
  const output = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  const terminal = createInterface({ input: process.stdin, output, terminal: true });
  const closed = new AbortController();
  terminal.once('close', () => {
    closed.abort();
  });
  try {
    return await terminal.question('', { signal: closed.signal });
  } catch {
    throw new InputError('no password was typed; nothing was changed');
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
};

async function firstLine(stdin: AsyncIterable<Buffer | string>): Promise<string> {
  let text = '';
  for await (const chunk of stdin) {
    text += chunk.toString();
    if (text.includes('\n') || text.length > MAX_LINE) break;
  }
  const [line = ''] = text.split(/\r?\n/);
  if (line === '') throw new InputError('standard input holds no password; nothing was changed');
  return line;
}

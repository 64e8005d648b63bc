import { clearScreenDown, createInterface, cursorTo, moveCursor } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import { textWidth } from './text-width.ts';

/** What a {@link Screen} is made of. */
export interface ScreenOptions {
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly complete: (line: string) => [string[], string];
  /** Called with each line that was typed, after it was taken off the screen. */
  readonly onLine: (line: string) => void;
}

/** A terminal in which lines appear above the one that is being typed. */
export interface Screen {
  /** The width of the terminal. */
  readonly columns: number;
  /** The height of the terminal. */
  readonly rows: number;
  /** Writes lines above the prompt; what was typed so far stays. */
  print(lines: readonly string[]): void;
  /** Changes what stands before the line that is typed; it may have several lines itself. */
  setPrompt(prompt: string): void;
  /** Takes the prompt off the screen and reads no more. */
  close(): void;
  /** Resolves when the screen is closed, also by Ctrl-C, Ctrl-D or the end of the terminal. */
  readonly closed: Promise<void>;
}

/** Opens the screen with an empty prompt. */
export function openScreen({ input, output, complete, onLine }: ScreenOptions): Screen {
  const terminal = createInterface({ input, output, completer: complete, terminal: true, tabSize: 4 });
  const { promise: closed, resolve } = Promise.withResolvers<undefined>();
  let open = true;

  /** Clears so many rows above the cursor, and everything from there on. */
  const clearFrom = (rows: number): void => {
    moveCursor(output, 0, -rows);
    cursorTo(output, 0);
    clearScreenDown(output);
  };
  /** Takes prompt and line away for a moment, to draw them again below what is written meanwhile. */
  const drawAround = (write: () => void): void => {
    if (!open) return;
    clearFrom(terminal.getCursorPos().rows);
    write();
    // Readline would go up by the rows that it drew last, over what was just written.
    Object.assign(terminal, { prevRows: 0 });
    terminal.prompt(true);
  };
  terminal.on('line', (line) => {
    // The line shows again as a message, so its raw form goes.
    clearFrom(rowsOf(terminal.getPrompt() + line, output.columns));
    terminal.prompt();
    onLine(line);
  });
  terminal.on('SIGINT', () => {
    terminal.close();
  });
  terminal.on('close', () => {
    open = false;
    clearFrom(terminal.getCursorPos().rows);
    resolve(undefined);
  });

  return {
    get columns() {
      return output.columns;
    },
    get rows() {
      return output.rows;
    },
    print(lines) {
      drawAround(() => output.write(`${lines.join('\n')}\n`));
    },
    setPrompt(prompt) {
      drawAround(() => {
        terminal.setPrompt(prompt);
      });
    },
    close() {
      terminal.close();
    },
    closed,
  };
}

/** How many rows a prompt and the line behind it take. */
function rowsOf(text: string, columns: number): number {
  const lines = stripVTControlCharacters(text).split('\n');
  return lines.reduce((rows, line) => rows + 1 + Math.floor(textWidth(line) / columns), 0);
}

import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { TerminalOutput } from './live-text.ts';

/** What a {@link LineReader} works with. */
export interface LineReaderOptions {
  readonly input: NodeJS.ReadableStream;
  readonly output: TerminalOutput;
  readonly complete: (line: string) => [candidates: string[], word: string];
  /** Called when Ctrl-C is pressed, or the terminal goes away, while no line is being read. */
  readonly onInterrupt: () => void;
}

/** Reads lines from a terminal, with editing and a history. */
export interface LineReader {
  /**
   * The next line; undefined once the user has left, with Ctrl-C or Ctrl-D. What was typed since the last one, while
   * something else was on the screen, comes first.
   */
  read(prompt: string): Promise<string | undefined>;
  /** Reads no more. */
  close(): void;
}

/** Lines that are remembered. */
const HISTORY = 200;

/** Opens a terminal for reading; it shows what is typed only while a line is being read. */
export function openLineReader({ input, output, complete, onInterrupt }: LineReaderOptions): LineReader {
  const gate = new Gate(output);
  const terminal = createInterface({
    input,
    output: gate,
    completer: complete,
    terminal: true,
    historySize: HISTORY,
    removeHistoryDuplicates: true,
  });
  const resized = (): void => {
    gate.emit('resize');
  };
  output.on('resize', resized);
  let early: string[] = [];
  let waiting: ((line: string | undefined) => void) | undefined;
  let closed = false;

  const take = (line: string | undefined): void => {
    const resolve = waiting;
    waiting = undefined;
    gate.open = false;
    resolve?.(line);
  };
  terminal.on('line', (line) => {
    if (waiting === undefined) early.push(line);
    else take(line);
  });
  terminal.on('SIGINT', () => {
    if (waiting !== undefined) {
      terminal.close();
      return;
    }
    // What was typed ahead was meant for after the answer that is not wanted any more.
    early = [];
    onInterrupt();
  });
  terminal.on('close', () => {
    closed = true;
    output.off('resize', resized);
    if (waiting === undefined) {
      onInterrupt();
      return;
    }
    output.write('\n');
    take(undefined);
  });

  return {
    read(prompt) {
      if (closed) return Promise.resolve(undefined);
      const line = early.shift();
      if (line !== undefined) {
        output.write(`${prompt}${line}\n`);
        return Promise.resolve(line);
      }
      return new Promise((resolve) => {
        waiting = resolve;
        gate.open = true;
        terminal.setPrompt(prompt);
        terminal.prompt(true);
      });
    },
    close() {
      terminal.close();
    },
  };
}

/** Lets through what readline writes while it is open. */
class Gate extends Writable {
  open = false;
  readonly isTTY = true;
  readonly #output: TerminalOutput;

  constructor(output: TerminalOutput) {
    super({ decodeStrings: false });
    this.#output = output;
  }

  /** Without an end while it is closed: a line that nobody sees takes no second row, which would be gone up to later. */
  get columns(): number | undefined {
    return this.open ? this.#output.columns : Infinity;
  }

  get rows(): number | undefined {
    return this.#output.rows;
  }

  override _write(text: string, _encoding: BufferEncoding, done: () => void): void {
    if (this.open) this.#output.write(text);
    done();
  }
}

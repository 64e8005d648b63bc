import type { ReadStream, WriteStream } from 'node:tty';
import { readEnvironment } from '../src/config/environment.ts';
import { messageOf } from '../src/errors.ts';
import { chat } from './chat.ts';
import { findProvider } from './find-provider.ts';
import { createPaint, wantsColours } from './paint.ts';
import { playScript } from './play-script.ts';
import { openStage, type Stage, type StageOptions } from './stage.ts';

/** What the demo runs in; `process` is one. */
export interface DemoProcess {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly stderr: { write(text: string): unknown };
  readonly env: Readonly<Record<string, string | undefined>>;
  on(signal: NodeJS.Signals, listener: () => void): unknown;
}

const HELP = `npm run demo

The whole system without a Discord account: a Discord of its own on this machine, an agents table in a temporary
directory, three echo bots, an LLM agent that remembers you, and a chat with them in the terminal. Nothing is left
behind.

In the chat the LLM agent speaks with a real provider where its key is set, here or in .env: OPENAI_API_KEY,
ANTHROPIC_API_KEY, PERPLEXITY_API_KEY, XAI_API_KEY, GEMINI_API_KEY or GOOGLE_API_KEY, the first that is; with its
…_BASE_URL, and its default model. An empty variable counts as none. Without a key, and always in the script, a
stand-in LLM says a few lines of its own, and nothing leaves this machine.

  npm run demo -- --script   plays a conversation by itself and prints it; so it does without a terminal
  npm run demo -- --help     this text

Colours follow NO_COLOR and FORCE_COLOR.
Exit codes: 0 ended, 1 something did not go as it should, 130 the script was interrupted.
`;

/** How long the stand-in LLM takes in the chat, as a real one may; in milliseconds. */
const LATENCY = { firstTokenMs: 600, betweenTokensMs: 50 };

/** The width of what the script prints where there is no terminal to tell, and the most it takes; in columns. */
const SCRIPT_COLUMNS = { usual: 80, most: 100 };

/** Runs the demo. @returns the exit code; nothing of it is running or stored any more then */
export async function runDemo(args: readonly string[], process: DemoProcess): Promise<number> {
  const { stdin, stdout, stderr } = process;
  const unknown = args.find((arg) => !['--script', '--help', '-h'].includes(arg));
  if (unknown !== undefined) {
    stderr.write(`The demo has no option ${unknown}; see npm run demo -- --help\n`);
    return 1;
  }
  if (args.includes('--help') || args.includes('-h')) {
    stdout.write(HELP);
    return 0;
  }
  const scripted = args.includes('--script') || !isTerminal(stdin) || !isTerminal(stdout);
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      interrupt.abort();
    });
  }
  // Whoever read the output is gone: `npm run demo | head`.
  stdout.on('error', () => {
    interrupt.abort();
  });
  try {
    const stage = await openStage(scripted ? {} : chatStage(process));
    try {
      if (scripted) await script(stage, process, interrupt.signal);
      else await chat(stage, { input: stdin, output: stdout, paint: paintFor(process) }, interrupt.signal);
    } finally {
      await stage.close();
    }
  } catch (error) {
    if (!interrupt.signal.aborted) {
      stderr.write(`The demo did not go as it should: ${messageOf(error)}\n`);
      return 1;
    }
  }
  return scripted && interrupt.signal.aborted ? 130 : 0;
}

/** A key that is set serves the chat; the script is the same each time. */
function chatStage({ env }: DemoProcess): StageOptions {
  return { provider: findProvider(readEnvironment({ real: env })), latency: LATENCY };
}

async function script(stage: Stage, process: DemoProcess, signal: AbortSignal): Promise<void> {
  const { stdout } = process;
  const interrupted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
  const columns = isTerminal(stdout) ? Math.min(stdout.columns, SCRIPT_COLUMNS.most) : SCRIPT_COLUMNS.usual;
  const write = (line: string): void => {
    if (!signal.aborted) stdout.write(`${line}\n`);
  };
  await Promise.race([playScript(stage, { write, paint: paintFor(process), columns }), interrupted]);
}

function paintFor({ stdout, env }: DemoProcess): ReturnType<typeof createPaint> {
  return createPaint(wantsColours(stdout, env));
}

/** The types say that a standard stream is always one. */
function isTerminal(stream: { readonly isTTY?: boolean }): boolean {
  return stream.isTTY === true;
}

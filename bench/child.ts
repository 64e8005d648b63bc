import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

/** How to start a program under test. */
export interface ChildCommand {
  /** Below the repository's root. */
  readonly script: string;
  /** Modules to import before it, besides what every start of Troupe imports. */
  readonly preload?: readonly string[];
  /** Flags of Node's own. */
  readonly flags?: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Given on standard input, which is then closed. */
  readonly input: string;
  /** Whether it can send and be sent messages. */
  readonly channel?: boolean;
}

/** How much of what a program prints is kept for an error message, in characters. */
const KEPT_OUTPUT = 4_000;

/** How long a program may take to end when asked, in milliseconds. */
const PATIENCE = 10_000;

/** Caches compiled code, for all programs alike. */
const PRELOAD = 'scripts/preload.js';

const ROOT = path.join(import.meta.dirname, '..');

const running = new Set<ChildProcess>();

/** A program under test, as a process of its own. */
export class Child {
  readonly pid: number;
  /** When it was started, by `performance.now()`. */
  readonly startedAt = performance.now();
  /** Rejects when it ends by itself. */
  readonly crashed: Promise<never>;
  /** Hears what it sends. */
  onMessage: (message: unknown) => void = () => undefined;
  readonly #process: ChildProcess;
  #output = '';
  #stopping = false;

  constructor(command: ChildCommand) {
    const modules = [PRELOAD, ...(command.preload ?? [])];
    const preload = modules.flatMap((name) => ['--import', file(name)]);
    this.#process = spawn(process.execPath, [...(command.flags ?? []), ...preload, file(command.script)], {
      cwd: command.cwd,
      env: command.env,
      stdio: ['pipe', 'pipe', 'pipe', ...(command.channel === true ? (['ipc'] as const) : [])],
    });
    this.#process.on('message', (message) => {
      this.onMessage(message);
    });
    running.add(this.#process);
    this.pid = this.#process.pid ?? 0;
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-KEPT_OUTPUT);
      });
    }
    this.crashed = this.#watch(command.script);
    this.crashed.catch(() => undefined);
    this.#process.stdin?.on('error', () => undefined).end(command.input);
  }

  /** What it printed last: nothing, if all is well. */
  get output(): string {
    return this.#output.trim();
  }

  /** Sends it a message. */
  send(message: string): void {
    this.#process.send(message);
  }

  /** Ends it, if need be by force. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (!running.has(this.#process)) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    const force = setTimeout(() => this.#process.kill('SIGKILL'), PATIENCE);
    await ended;
    clearTimeout(force);
  }

  #watch(script: string): Promise<never> {
    return new Promise((_, reject) => {
      const end = (what: string): void => {
        running.delete(this.#process);
        if (!this.#stopping) reject(new Error(`${script} ${what}`));
      };
      this.#process.once('error', (error) => {
        end(`could not be started: ${error.message}`);
      });
      this.#process.once('exit', (code, signal) => {
        end(`ended by itself (${signal ?? code})`);
      });
    });
  }
}

/** Ends every program at once, by force: for when the bench itself is ended. */
export function killChildren(): void {
  for (const child of running) child.kill('SIGKILL');
}

function file(name: string): string {
  return path.join(ROOT, name);
}

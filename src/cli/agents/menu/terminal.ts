import { styleText } from 'node:util';
import * as prompts from '@inquirer/prompts';
import { Back, Left } from './leaving.ts';
import { wrapWords } from '../../wrap-words.ts';

/** One thing to choose. */
export interface Choice<Value> {
  readonly name: string;
  readonly value: Value;
  /** Shown while it is pointed at. */
  readonly description?: string;
}

/** Looks at what was typed: true, or what is wrong with it. */
type Validate = (text: string) => true | string | Promise<true | string>;

const NEVER = new Promise<never>(() => undefined);

/**
 * The terminal of this process. Every question throws {@link Left} at Ctrl-C and Ctrl-D, and {@link Back} at Esc.
 */
export class Terminal {
  readonly #leaving = new AbortController();
  readonly #onInterrupt = (): void => {
    this.#leaving.abort(new Left());
  };

  constructor() {
    // Between two questions the terminal itself makes a signal of Ctrl-C.
    process.on('SIGINT', this.#onInterrupt);
  }

  close(): void {
    process.off('SIGINT', this.#onInterrupt);
  }

  say(...lines: readonly string[]): void {
    const { columns } = process.stdout;
    for (const line of lines.flatMap((whole) => wrapWords(whole, columns))) process.stdout.write(`${line}\n`);
  }

  /** Explains the question that follows. */
  explain(...lines: readonly string[]): void {
    const { columns } = process.stdout;
    this.say('', ...lines.flatMap((line) => wrapWords(line, columns)).map((line) => styleText('dim', line)));
  }

  good(line: string): void {
    this.say(`${styleText('green', '✓')} ${line}`);
  }

  warn(line: string): void {
    this.say(`${styleText('yellow', '!')} ${line}`);
  }

  bad(line: string): void {
    this.say(`${styleText('red', '✗')} ${line}`);
  }

  select<const Value>(message: string, choices: readonly Choice<Value>[], initial?: Value): Promise<Value> {
    const config = { message, choices: [...choices], loop: false, pageSize: 12 };
    return this.#ask((context) =>
      prompts.select(initial === undefined ? config : { ...config, default: initial }, context),
    );
  }

  /** @param initial - what an empty answer means */
  input(
    message: string,
    { initial = '', validate = () => true }: { initial?: string; validate?: Validate } = {},
  ): Promise<string> {
    return this.#ask((context, whileAsked) =>
      prompts.input({ message, default: initial, validate: whileAsked(validate) }, context),
    );
  }

  /** Has a text changed that stands there already. */
  async amend(message: string, text: string, validate: Validate = () => true): Promise<string> {
    // The prompt takes what was emptied for the text that stood there; what it shows tells the difference.
    let shown = text;
    let answer = text;
    const config = {
      message,
      default: text,
      prefill: 'editable',
      theme: { style: { defaultAnswer: () => '' } },
      transformer: (value: string, { isFinal }: { isFinal: boolean }) => (isFinal ? answer : (shown = value)),
    } as const;
    await this.#ask((context, whileAsked) => {
      const check = whileAsked(() => {
        answer = shown;
        return validate(answer);
      });
      return prompts.input({ ...config, validate: check }, context);
    });
    return answer;
  }

  /** Asks for a secret, of which only the length is shown. */
  secret(message: string, validate: Validate = () => true): Promise<string> {
    return this.#ask((context, whileAsked) =>
      prompts.password({ message, mask: '*', toggleMask: false, validate: whileAsked(validate) }, context),
    );
  }

  confirm(message: string, initial: boolean): Promise<boolean> {
    return this.#ask((context) => prompts.confirm({ message, default: initial }, context));
  }

  /** Has a longer text written in the editor that `EDITOR` names. */
  edit(message: string, text: string): Promise<string> {
    const config = { message, default: text, waitForUserInput: false };
    // The editor takes the input over.
    return this.#ask((context) => prompts.editor(config, context), false);
  }

  /** Does something that takes a while, and says so. Ctrl-C gives it up. */
  async wait<Result>(what: string, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const { signal } = this.#leaving;
    signal.throwIfAborted();
    this.say(styleText('dim', what));
    const left = Promise.withResolvers<never>();
    const leave = (): void => {
      left.reject(signal.reason);
    };
    signal.addEventListener('abort', leave);
    try {
      return await Promise.race([work(signal), left.promise]);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  async #ask<Value>(
    ask: (
      context: { signal: AbortSignal },
      whileAsked: (validate: Validate) => (text: string) => Promise<true | string>,
    ) => Promise<Value>,
    endsWithInput = true,
  ): Promise<Value> {
    const { signal } = this.#leaving;
    signal.throwIfAborted();
    const escaping = new AbortController();
    let isOver = false;
    // A prompt that was left would be upset by what is found out about its answer later, whatever that is.
    const whileAsked = (validate: Validate) => async (text: string) => {
      const found = await Promise.resolve(validate(text)).catch((error: unknown) => {
        if (!isOver) throw error;
        return true as const;
      });
      return isOver ? NEVER : found;
    };
    const onKey = (_: unknown, key: { name?: string } | undefined): void => {
      if (key?.name === 'escape') escaping.abort(new Back());
    };
    // Ctrl-D ends the input, which the prompts do not notice. An answer ends it too, but is there by then.
    const onPause = (): void => {
      escaping.abort(new Left());
    };
    process.stdin.on('keypress', onKey);
    if (endsWithInput) process.stdin.once('pause', onPause);
    try {
      return await ask({ signal: AbortSignal.any([signal, escaping.signal]) }, whileAsked);
    } catch (error) {
      signal.throwIfAborted();
      const name = error instanceof Error ? error.name : '';
      if (name === 'ExitPromptError') throw new Left();
      if (name === 'AbortPromptError') throw escaping.signal.reason;
      throw error;
    } finally {
      isOver = true;
      process.stdin.off('keypress', onKey);
      process.stdin.off('pause', onPause);
    }
  }
}

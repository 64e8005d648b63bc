import path from 'node:path';
import { styleText } from 'node:util';
import type { Attachment } from '../../agents/agent.ts';
import { printable } from '../../agents-file/show-value.ts';
import type { Command } from '../../commands/command.ts';
import { messageOf, TroupeError } from '../../errors.ts';
import { attachFile } from './attached-file.ts';
import type { Chat } from './chat.ts';
import { LOCAL_USER } from './chat-user.ts';
import { type LineReader, openLineReader } from './line-reader.ts';
import { LiveText, type TerminalOutput } from './live-text.ts';
import { type ChatAction, completeLine, parseLine, TERMINAL_COMMANDS } from './parse-line.ts';
import { readable, unescaped } from './readable.ts';
import { saveFile } from './save-file.ts';

/** What a conversation works with. */
export interface ConverseOptions {
  readonly input: NodeJS.ReadableStream;
  readonly output: TerminalOutput;
  readonly color: boolean;
  /** The commands of every bot. */
  readonly commands: readonly Command[];
  /** The folder from which relative paths begin, and to which files are saved. */
  readonly cwd: string;
  /** Go with the first message. */
  readonly attachments: readonly Attachment[];
}

/**
 * Lets somebody chat in a terminal; resolves when they leave, or when `signal` aborts.
 *
 * @throws {InputError} when the agent cannot answer
 */
export async function converse(chat: Chat, options: ConverseOptions, signal: AbortSignal): Promise<void> {
  await new Conversation(chat, options).run(signal);
}

class Conversation {
  readonly #chat: Chat;
  readonly #options: ConverseOptions;
  readonly #live: LiveText;
  /** The agent's name, as it can be shown. */
  readonly #name: string;
  #attachments: readonly Attachment[];

  constructor(chat: Chat, options: ConverseOptions) {
    this.#chat = chat;
    this.#options = options;
    this.#live = new LiveText(options.output);
    this.#name = printable(chat.record.name);
    this.#attachments = options.attachments;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { input, output } = this.#options;
    const definitions = this.#options.commands.map(({ definition }) => definition);
    this.#greet();
    await this.#check(signal);
    output.write('\n');
    const lines = openLineReader({
      input,
      output,
      complete: (line) => completeLine(line, definitions),
      onInterrupt: () => {
        this.#chat.cancel();
      },
    });
    const leave = (): void => {
      lines.close();
    };
    signal.addEventListener('abort', leave);
    if (signal.aborted) leave();
    try {
      for (;;) {
        const typed = await this.#read(lines);
        if (typed === undefined) return;
        const action = parseLine(typed, definitions);
        if (action.kind === 'quit') return;
        await this.#do(action);
      }
    } finally {
      signal.removeEventListener('abort', leave);
      lines.close();
    }
  }

  async #check(signal: AbortSignal): Promise<void> {
    let doubt: string | undefined;
    this.#live.show(this.#paint('dim', `· finding out whether ${this.#name} can answer…`));
    try {
      doubt = await this.#chat.check(signal);
    } finally {
      this.#live.show('');
    }
    if (doubt !== undefined) this.#note(doubt);
  }

  /** What is typed, in one line or in several whose ends say that it goes on; undefined when the user leaves. */
  async #read(lines: LineReader): Promise<string | undefined> {
    let typed = '';
    let prompt = this.#paint('bold', 'you › ');
    for (;;) {
      const line = await lines.read(prompt);
      if (line === undefined) return undefined;
      if (!line.endsWith('\\')) return typed + line;
      typed += `${line.slice(0, -1)}\n`;
      prompt = this.#paint('dim', '  … ');
    }
  }

  /** What fails is told; the conversation goes on. */
  async #do(action: ChatAction): Promise<void> {
    try {
      if (action.kind === 'say') await this.#ask(action.text);
      else if (action.kind === 'command') await this.#use(action);
      else if (action.kind === 'attach') await this.#attach(action.paths);
      else if (action.kind === 'mistake') this.#note(action.hint);
    } catch (error) {
      if (!(error instanceof TroupeError)) throw error;
      this.#note(messageOf(error), error.remedy);
    }
  }

  async #ask(text: string): Promise<void> {
    const attachments = this.#attachments;
    this.#attachments = [];
    const head = `${this.#paint(['bold', 'cyan'], `${this.#name} ›`)} `;
    try {
      const answer = await this.#chat.ask(text, attachments, {
        onTyping: () => {
          this.#live.show(this.#paint('dim', `${this.#name} is typing…`));
        },
        onTexts: (texts) => {
          this.#live.show(head + this.#readable(texts.join('\n')));
        },
      });
      if (answer.texts.length === 0) this.#live.show('');
      this.#live.end();
      if (answer.state === 'ignored') this.#note(`not answered: ${answer.reason}`);
      else if (answer.error !== undefined) this.#note(answer.error);
      this.#options.output.write('\n');
    } finally {
      this.#live.end();
    }
  }

  async #use({ name, subcommand, options }: ChatAction & { readonly kind: 'command' }): Promise<void> {
    const { commands, cwd, output } = this.#options;
    const command = commands.find(({ definition }) => definition.name === name);
    const { user, record: definition, botUserId } = this.#chat;
    const agent = { id: definition.id, definition, botUserId };
    const reply = await command?.run({ subcommand, options, user, guildId: undefined, agent });
    if (reply === undefined) return;
    const more = name === 'help' ? TERMINAL_COMMANDS.map((one) => `\`${one.usage}\` ${one.description}`) : [];
    output.write(`${[this.#readable(unescaped(reply.text)), ...more].join('\n')}\n`);
    if (reply.file !== undefined) this.#note(`saved as ${printable(await saveFile(cwd, reply.file))}`);
    output.write('\n');
  }

  async #attach(paths: readonly string[]): Promise<void> {
    const { cwd } = this.#options;
    const files = await Promise.all(paths.map((one) => attachFile(one, cwd)));
    this.#attachments = [...this.#attachments, ...files];
    const names = this.#attachments.map(({ name }) => printable(path.basename(name)));
    this.#note(`goes with your next message: ${names.join(', ')}`);
  }

  #greet(): void {
    const { record, user } = this.#chat;
    const isLocal = user.id === LOCAL_USER.id;
    const who = isLocal ? 'a user of this terminal only' : `user ${user.id}, with their memory on Discord`;
    this.#note(
      `${this.#name} (${record.type}) answers you as ${who}.`,
      '/help for commands; \\ at the end of a line goes on; Ctrl-C cancels an answer, Ctrl-D leaves.',
    );
  }

  /** Remarks on what happens; none of them is the agent's. */
  #note(...lines: readonly string[]): void {
    for (const line of lines) {
      if (line !== '') this.#options.output.write(`${this.#paint('dim', `· ${printable(line)}`)}\n`);
    }
  }

  #readable(text: string): string {
    return readable(text, { userId: this.#chat.botUserId, name: this.#name }, Date.now());
  }

  #paint(style: Parameters<typeof styleText>[0], text: string): string {
    return this.#options.color ? styleText(style, text, { validateStream: false }) : text;
  }
}

import type { Channel } from '../test/support/discord/channel.ts';
import type { Message } from '../test/support/discord/message.ts';
import { CAST, type RoleName } from './cast.ts';
import { writeMentions } from './mentions.ts';
import { isEphemeral } from './message-flags.ts';
import type { MessageView } from './message-view.ts';
import { botOf, type Stage } from './stage.ts';
import { useCommand } from './use-command.ts';
import { isAnswered } from './watched-logger.ts';

/** Plays a conversation on a stage: says, waits for the answers, checks them and writes both down. */
export class Performer {
  readonly #stage: Stage;
  readonly #view: MessageView;
  readonly #write: (line: string) => void;
  /** Everything that was written anywhere. */
  readonly #heard: Message[] = [];
  readonly #shown = new Set<Message>();
  /** Who would not answer a message, by the message's id, as `name: reason`. */
  readonly #refusals = new Map<string, Set<string>>();
  /** What is answered in full, as `name: message's id`. */
  readonly #complete = new Set<string>();
  #said = 0;
  #commands = 0;
  #answers = 0;

  constructor(stage: Stage, view: MessageView, write: (line: string) => void) {
    this.#stage = stage;
    this.#view = view;
    this.#write = write;
    stage.discord.observe((event) => {
      if (event.type === 'message') this.#heard.push(event.message);
    });
    stage.log.watch((line) => {
      const { agent, message, reason } = line.fields;
      if (agent === undefined || message === undefined) return;
      if (isAnswered(line)) this.#complete.add(`${agent}: ${message}`);
      if (typeof reason !== 'string') return;
      const refusals = this.#refusals.get(message) ?? new Set();
      this.#refusals.set(message, refusals.add(`${agent}: ${reason}`));
    });
  }

  /** How many messages and commands people wrote, and how many messages came in answer. */
  get counts(): { readonly said: number; readonly commands: number; readonly answers: number } {
    return { said: this.#said, commands: this.#commands, answers: this.#answers };
  }

  /** The user says something. */
  say(channel: Channel, text: string, replyTo?: Message): Message {
    const content = writeMentions(text, this.#stage.bots);
    const message = this.#stage.user.say(channel, content, replyTo && { replyTo });
    this.#said += 1;
    this.#show(message);
    return message;
  }

  /**
   * The user uses a slash command of a bot; waits for the answer, which nobody else sees.
   *
   * @throws Error when it does not come, or reads differently
   */
  async use(channel: Channel, name: RoleName, command: string, text: string): Promise<void> {
    const interaction = await useCommand(this.#stage, name, channel, command);
    this.#commands += 1;
    this.#writeAll(this.#view.command(interaction));
    const answer = await interaction.answer();
    this.#answers += 1;
    this.#shown.add(answer);
    this.#writeAll(this.#view.commandAnswer(answer));
    expect(answer.content === text, `${name} said ${quote(answer)}, not ${quote({ content: text })}`);
    expect(isEphemeral(answer), `everybody sees what ${name} answers to /${command}`);
  }

  /**
   * Waits for the answer, in as many pieces as are named.
   *
   * @returns its first piece
   * @throws Error when it does not come, reads differently, or pings anyone but the user
   */
  async answered(
    message: Message,
    name: RoleName,
    ...pieces: readonly [string, ...string[]]
  ): Promise<Message> {
    const { log, messageLength } = this.#stage;
    const answers = await botOf(this.#stage, name).replies(message, pieces.length);
    // An answer that grows is there before it is complete.
    await log.until(() => this.#complete.has(`${name}: ${message.id}`), `${name} to complete its answer`);
    for (const [index, answer] of answers.entries()) {
      this.#show(answer);
      this.#answers += 1;
      expect(
        answer.content === pieces[index],
        `${name} said ${quote(answer)}, not ${quote({ content: pieces[index] })}`,
      );
      expect(answer.content.length <= messageLength, `${name} said more than fits into a message`);
      const { everyone, roles, users } = answer.pinged;
      const others = users.filter((id) => id !== this.#stage.user.id);
      expect(!everyone && roles.length + others.length === 0, `${name} pinged others than the user`);
    }
    const [first] = answers;
    if (first === undefined) throw new Error(`${name} did not answer`);
    return first;
  }

  /** Waits until every bot has declined to answer a message, for that reason. */
  async refusedByAll(message: Message, reason: string): Promise<void> {
    const all = CAST.map(({ name }) => `${name}: ${reason}`);
    await this.#stage.log.until(
      () => this.#refusals.get(message.id)?.isSupersetOf(new Set(all)),
      `all to decline ${quote(message)} with the reason ${reason}`,
    );
  }

  /** Writes down a remark on what was just said. */
  note(text: string): void {
    this.#writeAll(this.#view.note(text));
  }

  /** Writes down what happens behind the scenes while one is in that channel. */
  event(channel: Channel, text: string): void {
    this.#writeAll([...this.#view.place(channel), ...this.#view.event(text)]);
  }

  /** @throws Error when anybody said something that was not waited for, or Discord or the LLM would complain */
  finish(): void {
    const surprise = this.#heard.find((message) => !this.#shown.has(message));
    if (surprise !== undefined) {
      throw new Error(`${surprise.author.username} said ${quote(surprise)}, which nobody expected`);
    }
    this.#stage.discord.assertNoViolations();
    this.#stage.llm?.assertNoViolations();
  }

  #show(message: Message): void {
    this.#shown.add(message);
    this.#writeAll(this.#view.message(message));
  }

  #writeAll(lines: readonly string[]): void {
    for (const line of lines) this.#write(line);
  }
}

/** @throws Error saying what is wrong unless the condition holds */
export function expect(holds: boolean, wrong: string): void {
  if (!holds) throw new Error(wrong);
}

function quote({ content }: { readonly content: string | undefined }): string {
  return JSON.stringify(content);
}

import { KEYS, openTerminal } from '../../test/support/pseudo-terminal.ts';
import { MessageView } from '../message-view.ts';
import type { Paint } from '../paint.ts';
import type { FirstBotStage } from './stage.ts';
import { styledRows } from './styled-rows.ts';

/** The time that begins a line of the log, and the space behind it. */
const TIME = /\d{4}-\d\d-\d\dT[\d:.]+Z /;
const TIME_WIDTH = 25;

/** What is to be seen of a first conversation, with ANSI styles. */
export interface FirstConversation {
  /** The log of `npm start` until the bot is ready. */
  readonly log: readonly string[];
  /** What was asked and answered then, as a chat shows it. */
  readonly chat: readonly string[];
}

/** What a conversation is about, and how it is shown. */
export interface ConversationOptions {
  readonly question: string;
  /** What the model says, all of it. */
  readonly answer: string;
  readonly columns: number;
  readonly paint: Paint;
}

/** Runs the host with `npm start`, and asks its bot something. */
export async function runBot(
  { discord, bot, user, general, env, directory }: FirstBotStage,
  { question, answer, columns, paint }: ConversationOptions,
): Promise<FirstConversation> {
  const host = openTerminal('src/main.ts', { env, cwd: directory, columns: columns + TIME_WIDTH, rows: 50 });
  try {
    await host.until('the host is running');
    await host.until('bot is ready');
    // The time is left out, and the code for the first admin: a picture is to be the same each time that it is made.
    const log = styledRows(host.screen)
      .filter((row) => !row.includes('nobody can log in yet'))
      .map((row) => row.replace(TIME, ''));
    const asked = user.say(general, `${bot.mention} ${question}`);
    const reply = await bot.reply(asked);
    // It grows by edits.
    await discord.until(() => reply.content === answer, `the answer "${answer}"`);
    const view = new MessageView(paint, () => columns);
    const chat = [asked, reply].flatMap((message) => view.message(message));
    host.type(KEYS.ctrlC);
    await host.ended;
    return { log, chat };
  } finally {
    await host.close();
  }
}

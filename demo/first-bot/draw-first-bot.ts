import { createPaint } from '../paint.ts';
import { terminalSvg } from '../terminal-svg.ts';
import { makeBot } from './make-bot.ts';
import { runBot } from './run-bot.ts';
import { openFirstBotStage } from './stage.ts';

const COLUMNS = 90;
const QUESTION = 'who wrote the one about the whale?';
const ANSWER = 'Herman Melville; you mean Moby-Dick, of 1851.';

/**
 * Makes a bot in a real terminal, from an empty folder to its first answer, on a stand-in Discord and a stand-in LLM,
 * and draws what the terminal showed; npm's own lines are left out.
 *
 * @returns an SVG, the same each time
 * @throws Error when something that should have happened did not
 */
export async function drawFirstBot(): Promise<string> {
  const paint = createPaint(true);
  const command = (words: string): string => `${paint('green', '$')} ${paint('bold', words)}`;
  const stage = await openFirstBotStage(ANSWER);
  try {
    const made = await makeBot(stage, COLUMNS);
    // What its owner does in the browser, with the link.
    stage.guild.addBot(stage.bot);
    const options = { question: QUESTION, answer: ANSWER, columns: COLUMNS, paint };
    const { log, chat } = await runBot(stage, options);
    const lines = [command('npm run agents'), ...made, '', command('npm start'), ...log, '', ...chat];
    return terminalSvg({ title: 'a first bot', lines, columns: COLUMNS });
  } finally {
    await stage.close();
  }
}

import { KEYS, openTerminal } from '../../test/support/pseudo-terminal.ts';
import { BOT_NAME, type FirstBotStage } from './stage.ts';
import { styledRows } from './styled-rows.ts';

/**
 * Makes an agent with `npm run agents`, as a person does who has never seen it.
 *
 * @returns what the terminal shows in the end, with ANSI styles
 */
export async function makeBot({ bot, env, directory }: FirstBotStage, columns: number): Promise<string[]> {
  const terminal = openTerminal('scripts/manage-agents.ts', { env, cwd: directory, columns, rows: 50 });
  const answers: readonly (readonly [question: RegExp, answer: string])[] = [
    [/\? Name:/, BOT_NAME],
    [/\? Type:/, 'llm'],
    [/\? Provider:/, 'openai'],
    [/\? Model:/, ''],
    [/\? Persona:\n/, 'Describe'],
    [/\? Persona: You are/, 'a librarian who answers in a sentence.'],
    [/\? Token:/, bot.token],
    [/\? Save it\?/, ''],
    [/\? Agents/, 'Quit'],
  ];
  try {
    for (const [question, answer] of answers) {
      await terminal.until(question);
      terminal.type(answer, KEYS.enter);
    }
    const code = await terminal.ended;
    if (code !== 0) throw new Error(`npm run agents ended with ${code}:\n${terminal.text()}`);
    return styledRows(terminal.screen);
  } finally {
    await terminal.close();
  }
}

import { CAST } from './cast.ts';
import { playScenes, SCENES } from './conversation.ts';
import { MessageView } from './message-view.ts';
import type { Paint } from './paint.ts';
import { Performer } from './performer.ts';
import type { Stage } from './stage.ts';

/** Where and how the script is written down. */
export interface ScriptOutput {
  readonly write: (line: string) => void;
  readonly paint: Paint;
  readonly columns: number;
  /** Which scenes are played; all of them when left out. */
  readonly scenes?: readonly (keyof typeof SCENES)[];
}

/**
 * Plays the conversation by itself and writes it down; the lines are the same each time.
 *
 * @throws Error when something that should have happened did not
 */
export async function playScript(stage: Stage, output: ScriptOutput): Promise<void> {
  const { write, paint, columns, scenes = Object.keys(SCENES) as (keyof typeof SCENES)[] } = output;
  const names = CAST.map(({ name, avatar, colour }) => paint(colour, `${avatar} ${name}`)).join('  ');
  write(`${paint('bold', 'Troupe')}  ${names}  ${paint('dim', 'ready')}`);
  write(paint('dim', `Dramaturg speaks with ${stage.speaker}.`));
  write('');
  const performer = new Performer(stage, new MessageView(paint, () => columns), write);
  await playScenes(scenes, performer, stage);
  const { said, commands, answers } = performer.counts;
  write('');
  const used = commands === 1 ? '1 command' : `${commands} commands`;
  const summary = `${said} messages, ${used}, ${answers} answers, all as they should be; no complaints.`;
  write(`${paint('green', '✓')} ${summary}`);
}

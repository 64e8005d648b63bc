import { expect, type Performer } from './performer.ts';
import { botOf, type Stage } from './stage.ts';

/** Too long for one message of the demo. */
const CUE_SHEET = `the cues, and mind the order:
\`\`\`yaml
- house lights: down
- curtain: up, slowly
- thunder: after the ghost
- trumpet: for the king, never for the queen
- skull: on the third spade
- foils: one blunt, one not
\`\`\``;

/** The scenes that `--script` plays, each with what the bots have to answer. */
const SCENES = [addressing, everyone, pieces, table, socket] as const satisfies readonly Scene[];

type Scene = (performer: Performer, stage: Stage) => Promise<void>;

/**
 * Plays the whole conversation.
 *
 * @throws Error at the first thing that goes otherwise than it should
 */
export async function playConversation(performer: Performer, stage: Stage): Promise<void> {
  for (const scene of SCENES) await scene(performer, stage);
  performer.finish();
}

/** The three ways to address a bot. */
async function addressing(performer: Performer, { house, discord, user, ...stage }: Stage): Promise<void> {
  const mention = performer.say(house.general, '@Prompter to be, or not to be');
  const answer = await performer.answered(mention, 'Prompter', 'psst… “to be, or not to be”');
  const reply = performer.say(house.general, 'that is the question', answer);
  await performer.answered(reply, 'Prompter', 'psst… “that is the question”');

  const direct = performer.say(discord.dm(botOf(stage, 'Herald'), user), 'is the king in the house?');
  await performer.answered(direct, 'Herald', 'Hear ye! is the king in the house?');
}

/** Calling everyone calls no bot, and no bot calls everyone. */
async function everyone(performer: Performer, { house }: Stage): Promise<void> {
  const call = performer.say(house.general, '@everyone five minutes!');
  await performer.refusedByAll(call, 'everyone-disabled');
  performer.note('no bot answers: everyone-disabled, says the journal');

  const proclaim = performer.say(house.general, '@Herald tell @everyone to be quiet');
  const echo = await performer.answered(proclaim, 'Herald', 'Hear ye! tell @everyone to be quiet');
  expect(!echo.pinged.everyone, 'the echo pinged everyone');
  performer.note('and nobody is pinged by it');
}

/** A long answer comes in pieces, with its code block closed and opened again. */
async function pieces(performer: Performer, { house }: Stage): Promise<void> {
  const long = performer.say(house.rehearsal, `@Understudy ${CUE_SHEET}`);
  const yaml = (...lines: string[]): string => ['```yaml', ...lines, '```'].join('\n');
  const cues = CUE_SHEET.split('\n').filter((line) => line.startsWith('- '));
  await performer.answered(
    long,
    'Understudy',
    `I can do that too: the cues, and mind the order:\n${yaml(...cues.slice(0, 3))}`,
    `${yaml(...cues.slice(3))} (was that right?)`,
  );
  performer.note('in two messages, the code block closed and opened again');
}

/** The agents table is changed while the host runs. */
async function table(performer: Performer, stage: Stage): Promise<void> {
  const { desk, discord, house } = stage;
  const understudy = botOf(stage, 'Understudy');

  await desk.setPrefix('Prompter', 'LOUDER: “');
  performer.note('the agents table: Prompter gets another prefix; the connection stays');
  const again = performer.say(house.general, '@Prompter to be, or not to be');
  await performer.answered(again, 'Prompter', 'LOUDER: “to be, or not to be”');

  await desk.setEnabled('Understudy', false);
  await desk.untilState('Understudy', 'stopped');
  await discord.until(() => understudy.connected === 0, 'Understudy to leave Discord');
  performer.note('the agents table: Understudy is disabled and leaves');
  performer.say(house.general, '@Understudy are you there?');

  understudy.allowIdentifies(2);
  await desk.setEnabled('Understudy', true);
  await desk.untilState('Understudy', 'ready');
  performer.note('the agents table: Understudy is enabled and comes back');
  const back = performer.say(house.general, '@Understudy and now?');
  await performer.answered(back, 'Understudy', 'I can do that too: and now? (was that right?)');
}

/** A message that comes while the socket is gone is answered all the same. */
async function socket(performer: Performer, stage: Stage): Promise<void> {
  const herald = botOf(stage, 'Herald');
  herald.disconnect('abrupt');
  performer.note("Herald's socket is cut");
  const missed = performer.say(stage.house.general, '@Herald did you hear that?');
  await performer.answered(missed, 'Herald', 'Hear ye! did you hear that?');
  expect(herald.resumes === 1, `Herald resumed its session ${herald.resumes} times, not once`);
  expect(herald.identifies === 1, `Herald identified ${herald.identifies} times, not once`);
  performer.note('resumed: nothing was missed, and no new identify was spent');
}

import { expect, type Performer } from './performer.ts';
import { botOf, type Stage } from './stage.ts';

type Scene = (performer: Performer, stage: Stage) => Promise<void>;

/** The scenes that `--script` plays, in this order, each with what the bots have to answer. */
export const SCENES = { addressing, memory, everyone, pieces, table, socket, bow } as const satisfies Record<
  string,
  Scene
>;

/**
 * Plays scenes one after the other.
 *
 * @throws Error at the first thing that goes otherwise than it should
 */
export async function playScenes(
  scenes: readonly (keyof typeof SCENES)[],
  performer: Performer,
  stage: Stage,
): Promise<void> {
  for (const scene of scenes) await SCENES[scene](performer, stage);
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

/** The LLM agent remembers what it was told, wherever it is asked, until it is to forget. */
async function memory(performer: Performer, { house, discord, user, ...stage }: Stage): Promise<void> {
  const dramaturg = botOf(stage, 'Dramaturg');
  const told = performer.say(house.general, '@Dramaturg I play the gravedigger tonight.');
  await performer.answered(told, 'Dramaturg', 'Good to know, Ada. I shall remember it.');

  const privately = discord.dm(dramaturg, user);
  const asked = performer.say(privately, 'What do you know about me?');
  await performer.answered(asked, 'Dramaturg', 'You told me: “I play the gravedigger tonight.”');
  performer.note('told on the server, known in a direct message, too');

  const forgotten = 'Forgotten: 2 questions and their answers. We begin anew.';
  await performer.use(privately, 'Dramaturg', 'reset', forgotten);
  const again = performer.say(privately, 'What do you know about me now?');
  const nothing = 'Nothing, Ada. Tell me something, then ask again.';
  await performer.answered(again, 'Dramaturg', nothing);
}

/** Calling everyone calls no bot, and no bot calls everyone. */
async function everyone(performer: Performer, { house }: Stage): Promise<void> {
  const call = performer.say(house.general, '@everyone five minutes!');
  await performer.refusedByAll(call, 'everyone-disabled');
  performer.note('no bot answers, and the journal says why: everyone-disabled');

  const proclaim = performer.say(house.general, '@Herald tell @everyone to be quiet');
  const echo = await performer.answered(proclaim, 'Herald', 'Hear ye! tell @everyone to be quiet');
  expect(!echo.pinged.everyone, 'the echo pinged everyone');
  performer.note('and that pings nobody');
}

/** A long answer comes in pieces, with its code block closed and opened again. */
async function pieces(performer: Performer, { house }: Stage): Promise<void> {
  const long = performer.say(house.rehearsal, '@Dramaturg write me a cue sheet');
  const yaml = (...lines: string[]): string => ['```yaml', ...lines, '```'].join('\n');
  const first = yaml(
    '- house lights: down',
    '- curtain: up, slowly',
    '- thunder: after the ghost',
    '- trumpet: for the king, never for the queen',
    '- skull: on the third spade',
  );
  const second = yaml('- foils: one blunt, one not', '- applause: bow twice');
  await performer.answered(long, 'Dramaturg', first, `${second}\nMind the order, Ada.`);
  performer.note('in two messages, the code block closed and opened again');
}

/** The agents table is changed while the host runs. */
async function table(performer: Performer, stage: Stage): Promise<void> {
  const { desk, discord, house } = stage;
  const understudy = botOf(stage, 'Understudy');

  await desk.configure('Prompter', 'prefix', 'LOUDER: “');
  performer.event(house.general, 'Prompter gets another prefix in the agents table; its connection stays');
  const again = performer.say(house.general, '@Prompter to be, or not to be');
  await performer.answered(again, 'Prompter', 'LOUDER: “to be, or not to be”');

  await desk.setEnabled('Understudy', false);
  await desk.untilState('Understudy', 'stopped');
  await discord.until(() => understudy.connected === 0, 'Understudy to leave Discord');
  performer.event(house.general, 'Understudy is disabled in the agents table, and leaves');
  performer.say(house.general, '@Understudy are you there?');
  performer.note('no answer: it is not on Discord');

  understudy.allowIdentifies(2);
  await desk.setEnabled('Understudy', true);
  await desk.untilState('Understudy', 'ready');
  performer.event(house.general, 'Understudy is enabled again, and comes back');
  const back = performer.say(house.general, '@Understudy and now?');
  await performer.answered(back, 'Understudy', 'I can do that too: and now? (was that right?)');
}

/** A message that comes while the socket is gone is answered all the same. */
async function socket(performer: Performer, stage: Stage): Promise<void> {
  const herald = botOf(stage, 'Herald');
  herald.disconnect('abrupt');
  performer.event(stage.house.general, "Herald's socket is cut");
  const missed = performer.say(stage.house.general, '@Herald did you hear that?');
  await performer.answered(missed, 'Herald', 'Hear ye! did you hear that?');
  expect(herald.resumes === 1, `Herald resumed its session ${herald.resumes} times, not once`);
  expect(herald.identifies === 1, `Herald identified ${herald.identifies} times, not once`);
  performer.note('it resumed its session: nothing missed, no new identify spent');
}

/** Several bots are called at once, and each answers for itself. */
async function bow(performer: Performer, { house }: Stage): Promise<void> {
  const call = performer.say(house.general, '@Prompter @Understudy @Herald take a bow');
  await performer.answered(call, 'Prompter', 'LOUDER: “@Understudy @Herald take a bow”');
  await performer.answered(
    call,
    'Understudy',
    'I can do that too: @Prompter @Herald take a bow (was that right?)',
  );
  await performer.answered(call, 'Herald', 'Hear ye! @Prompter @Understudy take a bow');
}

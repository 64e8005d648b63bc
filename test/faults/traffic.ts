import type { Bot } from '../support/discord/bot.ts';
import type { Channel } from '../support/discord/channel.ts';
import type { Message } from '../support/discord/message.ts';
import type { StandInDiscord } from '../support/discord/stand-in-discord.ts';
import type { User } from '../support/discord/user.ts';

/** A question, and all texts that its answer may consist of. */
export interface Asked {
  readonly question: Message;
  readonly bot: Bot;
  /** The answer's messages, in order. */
  readonly expected: readonly string[];
}

/** A bot in the traffic, and what it answers a text with. */
export interface Speaker {
  readonly bot: Bot;
  readonly answerTo: (text: string) => readonly string[];
}

/** People who ask bots without end. */
export interface Traffic {
  readonly asked: readonly Asked[];
  /** Asks once. */
  ask(): void;
  /** Those that have not exactly one answer or one notice, in words. */
  wrong(isNotice: (text: string) => boolean): string[];
  /** Those that are not answered at all yet. */
  unanswered(): readonly Asked[];
}

/**
 * Users who ask bots in channels and direct messages (those only who did so before), short and long, each text once.
 *
 * @param random - from 0 up to 1
 */
export function createTraffic(
  discord: StandInDiscord,
  places: {
    readonly channels: readonly Channel[];
    readonly users: readonly User[];
    readonly acquaintances: readonly User[];
  },
  speakers: readonly Speaker[],
  random: () => number,
): Traffic {
  const asked: Asked[] = [];
  const one = <Item>(items: readonly Item[]): Item => {
    const item = items[Math.floor(random() * items.length)];
    if (item === undefined) throw new Error('nothing to choose from');
    return item;
  };
  const answersTo = ({ question, bot }: Asked): readonly Message[] =>
    question.repliesOf(bot).filter(({ deleted }) => !deleted);

  return {
    asked,
    ask() {
      const { bot, answerTo } = one(speakers);
      // Each word is there once: a piece of an answer can be told from every other.
      const words = Array.from({ length: random() < 0.2 ? 24 : 2 }, (_, n) => `w${asked.length}x${n}`);
      const text = `q${asked.length}q ${words.join(' ')}`;
      const isDirect = random() < 0.2;
      const user = one(isDirect ? places.acquaintances : places.users);
      const channel = isDirect ? discord.dm(bot, user) : one(places.channels);
      const question = user.say(channel, isDirect ? text : `${bot.mention} ${text}`);
      asked.push({ question, bot, expected: answerTo(text) });
    },
    unanswered: () => asked.filter((one) => answersTo(one).length === 0),
    wrong(isNotice) {
      return asked.flatMap((one) => {
        const problem = problemOf(one, answersTo(one), isNotice);
        return problem === undefined ? [] : [`${one.question.content.slice(0, 40)}: ${problem}`];
      });
    },
  };
}

function problemOf(
  { question, bot, expected }: Asked,
  replies: readonly Message[],
  isNotice: (text: string) => boolean,
): string | undefined {
  const [first, ...more] = replies;
  if (first === undefined) return 'no answer';
  if (more.length > 0) return `answered ${replies.length} times`;
  if (isNotice(first.content)) return undefined;
  if (first.content !== expected[0]) return `its answer reads "${first.content.slice(0, 60)}"`;
  for (const piece of expected.slice(1)) {
    const same = question.channel.transcript.filter(
      ({ author, content, deleted }) => author === bot && content === piece && !deleted,
    );
    if (same.length !== 1) return `a piece of its answer is there ${same.length} times`;
  }
  return undefined;
}

import type { Bot } from '../test/support/discord/bot.ts';
import type { Channel } from '../test/support/discord/channel.ts';
import type { Guild } from '../test/support/discord/guild.ts';
import { startStandInDiscord, type StandInDiscord } from '../test/support/discord/stand-in-discord.ts';
import type { User } from '../test/support/discord/user.ts';
import type { Layout } from './options.ts';

/** People who write, unless told otherwise. */
const USERS = 100;

/** Channels of a guild that belongs to one bot, and of the one that all share. */
const CHANNELS = { own: 8, shared: 50 } as const satisfies Record<Layout, number>;

/** Messages of a channel that can still be replied to: many more than are ever open. */
const HISTORY = 2_000;

/** Where a message is to be written. */
export interface Place {
  readonly user: User;
  readonly bot: Bot;
  readonly channel: Channel;
}

/** A stand-in Discord with bots, channels and people, for one program under test. */
export interface Stage {
  readonly discord: StandInDiscord;
  readonly bots: readonly Bot[];
  /** A user's place with a bot, each by its number, and a channel of the bot's guild; numbers start over at the end. */
  seat(bot: number, user: number, channel: number): Place;
  /** Who writes the n-th message, to which bot and where: evenly over all of them. */
  place(n: number): Place;
}

/** Sets the stage; whoever does so stops its Discord. */
export async function setStage(bots: number, layout: Layout, people = USERS): Promise<Stage> {
  const discord = await startStandInDiscord({ historyLimit: HISTORY, rateLimits: false });
  const users = Array.from({ length: people }, (_, n) => discord.addUser({ username: `user-${n}` }));
  const common = layout === 'shared' ? makeGuild(discord, layout, users) : undefined;
  const pairs = Array.from({ length: bots }, (_, n) => {
    const guild = common ?? makeGuild(discord, layout, users);
    return { guild, bot: discord.addBot({ username: `bot-${n}`, guilds: [guild] }) };
  });
  const seat = (bot: number, user: number, channel: number): Place => {
    const pair = at(pairs, bot);
    const channels = [...pair.guild.channels.values()];
    return { bot: pair.bot, user: at(users, user), channel: at(channels, channel) };
  };
  return {
    discord,
    bots: pairs.map(({ bot }) => bot),
    seat,
    place(n) {
      const turn = n % bots;
      const round = Math.floor(n / bots);
      return seat(turn, round + turn, round + turn);
    },
  };
}

function makeGuild(discord: StandInDiscord, layout: Layout, users: readonly User[]): Guild {
  const guild = discord.addGuild({ name: 'Theatre' });
  for (let n = 0; n < CHANNELS[layout]; n++) guild.addTextChannel(`room-${n}`);
  for (const user of users) guild.addMember(user);
  return guild;
}

function at<Item>(list: readonly Item[], index: number): Item {
  const item = list[index % list.length];
  if (item === undefined) throw new Error('there is nobody on stage');
  return item;
}

import type { Channel } from '../test/support/discord/channel.ts';
import type { Guild } from '../test/support/discord/guild.ts';
import type { StandInDiscord } from '../test/support/discord/stand-in-discord.ts';

/** The demo's guild and the places in it. */
export interface House {
  readonly guild: Guild;
  readonly general: Channel;
  readonly rehearsal: Channel;
  /** A thread of `rehearsal`. */
  readonly props: Channel;
}

/** Builds the guild. */
export function buildHouse(discord: StandInDiscord): House {
  const guild = discord.addGuild({ name: 'The Green Room' });
  const general = guild.addTextChannel('general');
  const rehearsal = guild.addTextChannel('rehearsal');
  return { guild, general, rehearsal, props: rehearsal.addThread('props') };
}

/** The names that `/channel` takes. */
export const CHANNEL_NAMES = ['general', 'rehearsal', 'props'] as const;

/** The channel of that name, with or without its `#`; undefined when there is none. */
export function channelNamed(house: House, name: string): Channel | undefined {
  const plain = name.replace(/^#/, '').toLowerCase();
  const known = CHANNEL_NAMES.find((candidate) => candidate === plain);
  return known && house[known];
}

/** A place's name in a few characters: `#general`, `#rehearsal › props`, `@Herald`. */
export function shortName(channel: Channel): string {
  if (channel.recipients !== undefined) return `@${channel.recipients.bot.username}`;
  return channel.parent === undefined ? `#${channel.name}` : `#${channel.parent.name} › ${channel.name}`;
}

/** A place's name in full, for a heading. */
export function longName(channel: Channel): string {
  return channel.recipients === undefined
    ? `${shortName(channel)} · ${channel.guild?.name ?? ''}`
    : `${shortName(channel)} · direct messages`;
}

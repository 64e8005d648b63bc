import {
  ChannelType,
  type GatewayGuildCreateDispatchData,
  OverwriteType,
  PermissionFlagsBits,
} from 'discord-api-types/v10';
import { expect, it } from 'vitest';
import { channelHeads } from '../../src/discord/readable-channels.ts';

const { ViewChannel, ReadMessageHistory, Connect, Administrator } = PermissionFlagsBits;
const BOT = '1';
const GUILD = '2';
const CREW = '3';

interface Overwrite {
  readonly id: string;
  readonly allow?: bigint;
  readonly deny?: bigint;
}

const overwrites = (list: readonly Overwrite[]) =>
  list.map(({ id, allow = 0n, deny = 0n }) => ({
    id,
    type: id === BOT ? OverwriteType.Member : OverwriteType.Role,
    allow: String(allow),
    deny: String(deny),
  }));

/** Whether the bot, which has a role, may read a channel of this type with these overwrites. */
function mayRead(
  list: readonly Overwrite[],
  {
    type = ChannelType.GuildText,
    crew = 0n,
    everyone = ViewChannel | ReadMessageHistory | Connect,
    isMember = true,
  } = {},
): boolean | undefined {
  const guild = {
    id: GUILD,
    members: isMember ? [{ user: { id: BOT }, roles: [CREW] }] : [],
    roles: [
      { id: GUILD, permissions: String(everyone) },
      { id: CREW, permissions: String(crew) },
      { id: 'not its own', permissions: String(Administrator) },
    ],
    channels: [{ id: '10', type, last_message_id: '100', permission_overwrites: overwrites(list) }],
    threads: [],
  };
  const [head] = channelHeads(guild as unknown as GatewayGuildCreateDispatchData, BOT, '99');
  return head?.readable;
}

it('knows by roles and overwrites, in Discord’s order, what the bot may read', () => {
  expect(mayRead([])).toBe(true);
  expect(mayRead([], { everyone: ViewChannel })).toBe(false);
  expect(mayRead([], { everyone: ReadMessageHistory })).toBe(false);
  expect(mayRead([], { everyone: ViewChannel, crew: ReadMessageHistory })).toBe(true);
  expect(mayRead([{ id: GUILD, deny: ViewChannel }])).toBe(false);
  expect(mayRead([{ id: 'not its own', deny: ViewChannel }])).toBe(true);
  expect(
    mayRead([
      { id: CREW, allow: ViewChannel },
      { id: GUILD, deny: ViewChannel },
    ]),
  ).toBe(true);
  expect(
    mayRead([
      { id: BOT, deny: ViewChannel },
      { id: CREW, allow: ViewChannel },
    ]),
  ).toBe(false);
  expect(
    mayRead([
      { id: CREW, deny: ReadMessageHistory },
      { id: BOT, allow: ReadMessageHistory },
    ]),
  ).toBe(true);
});

it('lets an administrator read everything', () => {
  expect(mayRead([{ id: BOT, deny: ViewChannel }], { crew: Administrator })).toBe(true);
});

it('needs the right to connect for voice channels alone', () => {
  expect(mayRead([{ id: GUILD, deny: Connect }])).toBe(true);
  expect(mayRead([{ id: GUILD, deny: Connect }], { type: ChannelType.GuildVoice })).toBe(false);
});

it('has Discord asked where it does not tell who the bot is', () => {
  expect(mayRead([{ id: GUILD, deny: ViewChannel }], { isMember: false })).toBe(true);
});

it('takes channels that hold messages and have later ones, and threads by the rules of their parents', () => {
  const channel = (id: string, type: ChannelType, last: string | null, rest: object = {}) => ({
    id,
    type,
    last_message_id: last,
    permission_overwrites: [],
    ...rest,
  });
  const guild = {
    id: GUILD,
    members: [{ user: { id: BOT }, roles: [] }],
    roles: [{ id: GUILD, permissions: String(ViewChannel | ReadMessageHistory) }],
    channels: [
      channel('text', ChannelType.GuildText, '100'),
      channel('old', ChannelType.GuildText, '99'),
      channel('empty', ChannelType.GuildText, null),
      channel('forum', ChannelType.GuildForum, '100'),
      channel('hidden', ChannelType.GuildText, '9', {
        permission_overwrites: overwrites([{ id: GUILD, deny: ViewChannel }]),
      }),
    ],
    threads: [
      { id: 'post', type: ChannelType.PublicThread, parent_id: 'forum', last_message_id: '1000' },
      { id: 'aside', type: ChannelType.PublicThread, parent_id: 'hidden', last_message_id: '1000' },
    ],
  };
  expect(channelHeads(guild as unknown as GatewayGuildCreateDispatchData, BOT, '99')).toEqual([
    { id: 'text', guildId: GUILD, lastMessageId: '100', readable: true },
    { id: 'post', guildId: GUILD, lastMessageId: '1000', readable: true },
    { id: 'aside', guildId: GUILD, lastMessageId: '1000', readable: false },
  ]);
});

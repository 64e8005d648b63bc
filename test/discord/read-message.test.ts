import { MessageReferenceType, MessageType } from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import { GuildIndex } from '../../src/discord/guild-index.ts';
import { mayConcern, type RawMessage, readMessage, unknownsOf } from '../../src/discord/read-message.ts';

const BOT = '100';
const GUILD = '1';
const CHANNEL = '2';

const user = (id: string, username: string, extra: object = {}) => ({
  id,
  username,
  discriminator: '0',
  global_name: null,
  avatar: null,
  ...extra,
});

/** A message as the gateway brings it, with what matters replaced. */
function raw(changes: object = {}): RawMessage {
  return {
    id: '9',
    channel_id: CHANNEL,
    guild_id: GUILD,
    type: MessageType.Default,
    content: 'hello',
    author: user('5', 'ada'),
    mentions: [],
    mention_roles: [],
    mention_everyone: false,
    attachments: [],
    ...changes,
  } as unknown as RawMessage;
}

function index(): GuildIndex {
  const guilds = new GuildIndex(BOT);
  guilds.learnGuild({ id: GUILD, name: 'Green Room' });
  guilds.learnChannel(GUILD, { id: CHANNEL, name: 'general', type: 0 });
  guilds.learnChannel(GUILD, { id: '3', name: 'aside', type: 11, parent_id: CHANNEL });
  guilds.learnChannel('77', { id: '4', name: 'secret', type: 0 });
  guilds.learnRole(GUILD, { id: '6', name: 'helper', tags: { bot_id: BOT } });
  guilds.learnRole(GUILD, { id: '7', name: 'crew' });
  return guilds;
}

const said = { content: 'earlier', mentions: [], mention_roles: [] };
const botMessage = { ...said, author: user(BOT, 'helper') };

describe('the text', () => {
  it.each([
    ['is trimmed', '  hello ', [], 'hello'],
    ['loses the bot’s mention at its beginning', `<@${BOT}> hello`, [BOT], 'hello'],
    ['loses the old form of a mention', `<@!${BOT}> hello`, [BOT], 'hello'],
    ['loses it in the middle, leaving no gap', `well <@${BOT}> hello`, [BOT], 'well hello'],
    ['loses it at its end', `hello <@${BOT}>`, [BOT], 'hello'],
    ['may be empty', `<@${BOT}>`, [BOT], ''],
    ['keeps its layout', `<@${BOT}>\n  a   b\n\n\tc`, [BOT], 'a   b\n\n\tc'],
    ['leaves the mention of a user who is not told of', '<@999> hi', [], '<@999> hi'],
  ])('%s', (_, content, mentions, text) => {
    const message = raw({ content, mentions: mentions.map((id) => user(id, 'helper')) });
    expect(readMessage(message, index(), BOT, true).text).toBe(text);
  });

  it('has users by nickname, display name or username, roles and channels by name', () => {
    const mentions = [
      user('11', 'a', { global_name: 'Anna', member: { nick: 'Annie' } }),
      user('12', 'b', { global_name: 'Bert' }),
      user('13', 'carl'),
    ];
    const content = '<@11> <@12> <@13> <@&7> <@&8> <#2> <#4>';
    const { text } = readMessage(raw({ content, mentions }), index(), BOT, true);
    expect(text).toBe('@Annie @Bert @carl @crew @unknown-role #general #unknown-channel');
  });
});

describe('a reply', () => {
  const reference = { type: MessageReferenceType.Default, message_id: '8' };
  it.each([
    [
      'with a ping counts as a reply',
      { message_reference: reference, referenced_message: botMessage, mentions: [user(BOT, 'helper')] },
      true,
      false,
    ],
    ['without a ping too', { message_reference: reference, referenced_message: botMessage }, true, false],
    [
      'that names the bot counts as both',
      {
        content: `<@${BOT}>`,
        message_reference: reference,
        referenced_message: botMessage,
        mentions: [user(BOT, 'helper')],
      },
      true,
      true,
    ],
    [
      'to somebody else is none',
      { message_reference: reference, referenced_message: { ...said, author: user('5', 'ada') } },
      false,
      false,
    ],
    [
      'to a message that is gone, with a ping, counts as a mention',
      { message_reference: reference, referenced_message: null, mentions: [user(BOT, 'helper')] },
      false,
      true,
    ],
    [
      'is not what a forwarded message is',
      {
        message_reference: { ...reference, type: MessageReferenceType.Forward },
        referenced_message: botMessage,
      },
      false,
      false,
    ],
  ])('%s', (_, changes, repliesToBot, mentionsBot) => {
    expect(readMessage(raw({ type: MessageType.Reply, ...changes }), index(), BOT, true)).toMatchObject({
      repliesToBot,
      mentionsBot,
    });
  });
});

it.each([
  ['the bot’s managed role', ['6'], true],
  ['another role', ['7'], false],
  ['an unknown role', ['8'], false],
])('takes a mention of %s for what it is', (_, roles, mentionsBot) => {
  expect(readMessage(raw({ mention_roles: roles }), index(), BOT, true).mentionsBot).toBe(mentionsBot);
});

it('knows the channel that a thread belongs to, and none for other channels', () => {
  expect(readMessage(raw({ channel_id: '3' }), index(), BOT, true).parentChannelId).toBe(CHANNEL);
  expect(readMessage(raw(), index(), BOT, true).parentChannelId).toBeUndefined();
});

it.each([
  ['a notice of Discord', { type: MessageType.UserJoin }, { isText: false }],
  ['a webhook', { webhook_id: '44' }, { isWebhook: true }],
  [
    'a bot',
    { author: user('5', 'x', { bot: true }) },
    { author: { id: '5', name: 'x', isBot: true, roleIds: [] } },
  ],
  ['a direct message', { guild_id: undefined }, { guildId: undefined }],
])('tells %s', (_, changes, expected) => {
  expect(readMessage(raw(changes), index(), BOT, true)).toMatchObject(expected);
});

it.each([
  ['a message without text, where content is withheld', { content: '' }, false, true],
  ['one with text', {}, false, false],
  ['one without text, where content is seen', { content: '' }, true, false],
  ['a direct message', { content: '', guild_id: undefined }, false, false],
])('knows whether the text is hidden: %s', (_, changes, seesContent, isTextHidden) => {
  expect(readMessage(raw(changes), index(), BOT, seesContent).isTextHidden).toBe(isTextHidden);
});

it('asks for nothing that it knows, and for what it lacks', () => {
  expect(unknownsOf(raw({ content: '<#2> <@&7>', mention_roles: ['7'] }), index())).toBeUndefined();
  expect(unknownsOf(raw({ content: '<#50>', channel_id: '51', mention_roles: ['52'] }), index())).toEqual({
    guild: false,
    channel: '51',
    channels: true,
    roles: true,
  });
  expect(unknownsOf(raw({ guild_id: '77', channel_id: '4' }), index())).toMatchObject({ guild: true });
  expect(unknownsOf(raw({ guild_id: undefined, channel_id: '51' }), index())).toBeUndefined();
});

it.each([
  ['just talk', {}, false, false],
  ['just talk, where everything is answered', {}, true, true],
  ['a mention', { mentions: [user(BOT, 'helper')], content: `<@${BOT}>` }, false, true],
  ['a role', { mention_roles: ['7'] }, false, true],
  ['everyone', { mention_everyone: true }, false, true],
  ['a direct message', { guild_id: undefined }, false, true],
])('thinks that %s may concern it or not', (_, changes, answersEverything, expected) => {
  expect(mayConcern(raw(changes), BOT, answersEverything)).toBe(expected);
});

it('forgets a guild that it left, and keeps one that is only unavailable', () => {
  const guilds = index();
  const gone = (unavailable?: true) => {
    guilds.update({
      op: 0,
      s: 1,
      t: 'GUILD_DELETE',
      d: { id: GUILD, ...(unavailable && { unavailable }) },
    } as never);
  };
  gone(true);
  expect(guilds.channel(GUILD, CHANNEL)?.name).toBe('general');
  gone();
  expect(guilds.channel(GUILD, CHANNEL)).toBeUndefined();
  expect(guilds.role(GUILD, '7')).toBeUndefined();
});

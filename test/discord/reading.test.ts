import { expect, it } from 'vitest';
import { asked, connectStage, openStage, resume } from './stage.ts';

it('tells the names of the guild and the channel, and the roles and the name of the author', async () => {
  const { guild, general, ada, bot, incoming } = await connectStage();
  const crew = guild.addRole({ name: 'crew' });
  guild.addMember(ada, { nick: 'Countess', roles: [crew.id] });
  ada.say(general.addThread('aside'), `${bot.mention} hello`);
  expect((await incoming()).message).toMatchObject({
    guildName: 'Green Room',
    channelName: 'aside',
    parentChannelId: general.id,
    author: { name: 'Countess', roleIds: [crew.id] },
    repliedTo: undefined,
    attachments: [],
  });
  expect(asked(bot, 'GET', '/guilds/:guild')).toBe(0);
});

it('knows no place and no role in a direct message', async () => {
  const { ada, bot, incoming } = await connectStage();
  ada.dm(bot, 'hello');
  expect((await incoming()).message).toMatchObject({
    guildId: undefined,
    guildName: undefined,
    channelName: undefined,
    author: { roleIds: [] },
  });
});

it('hears of a guild’s new name', async () => {
  const { guild, general, ada, bot, incoming } = await connectStage();
  guild.rename('Red Room');
  ada.say(general, `${bot.mention} hello`);
  expect((await incoming()).message.guildName).toBe('Red Room');
});

it('asks for a guild’s name once after a resume, and only for what concerns the bot', async () => {
  const stage = await openStage();
  const { guild, general, ada, bot, incoming } = stage;
  await resume(stage, await stage.connect());
  ada.say(general, 'just talk');
  expect((await incoming(0)).message.guildName).toBeUndefined();
  expect(asked(bot, 'GET', '/guilds/:guild')).toBe(0);
  for (const text of ['one', 'two']) ada.say(general, `${bot.mention} ${text}`);
  expect((await incoming(1)).message).toMatchObject({ guildName: guild.name, channelName: 'general' });
  expect((await incoming(2)).message).toMatchObject({ guildName: guild.name, channelName: 'general' });
  expect(asked(bot, 'GET', '/guilds/:guild')).toBe(1);
});

it.each([
  ['is never answered', { ms: Number.POSITIVE_INFINITY }],
  ['fails', { status: 500 }],
  ['is refused', { status: 403 }],
])('brings a message without its guild’s name when the question for that %s', async (_, how) => {
  const stage = await openStage();
  const { standIn, general, ada, bot, incoming } = stage;
  await resume(stage, await stage.connect());
  const match = { method: 'GET', route: /^\/guilds\/\d+$/ };
  const fault =
    'ms' in how
      ? standIn.slowRequests({ ...match, ms: how.ms })
      : standIn.failRequests({ ...match, status: how.status });
  ada.say(general, `${bot.mention} hello`);
  expect((await incoming()).message).toMatchObject({
    text: 'hello',
    guildName: undefined,
    channelName: 'general',
  });
  ada.say(general, `${bot.mention} again`);
  expect((await incoming(1)).message.text).toBe('again');
  expect(fault.hits).toBe(1);
});

it('reads the message that is replied to, with its author and its mentions by name', async () => {
  const { standIn, guild, general, ada, bot, incoming } = await connectStage();
  const bob = standIn.addUser({ username: 'bob', displayName: 'Bob' });
  guild.addMember(bob, { nick: 'Bobby' });
  const said = bob.say(general, `ask ${bot.mention} in ${general.mention}, ${ada.mention}`);
  ada.say(general, `${bot.mention} well?`, { replyTo: said });
  expect((await incoming(1)).message).toMatchObject({
    text: 'well?',
    repliesToBot: false,
    repliedTo: { author: 'Bobby', isOwn: false, text: 'ask @helper in #general, @ada' },
  });
});

it('tells its own message from others among those replied to, and none where that is gone', async () => {
  const { general, ada, bot, incoming } = await connectStage();
  const own = bot.say(general, 'I think so');
  ada.say(general, 'why?', { replyTo: own });
  expect((await incoming(1)).message.repliedTo).toEqual({
    author: 'helper',
    isOwn: true,
    text: 'I think so',
  });
  ada.delete(own);
  ada.say(general, `${bot.mention} and now?`, { replyTo: own });
  expect((await incoming(2)).message.repliedTo).toBeUndefined();
});

it('learns the channels and roles that only the message replied to mentions', async () => {
  const stage = await openStage();
  const { guild, general, ada, bot, incoming } = stage;
  const crew = guild.addRole({ name: 'crew' });
  const other = guild.addTextChannel('other');
  const connection = await stage.connect();
  const said = ada.say(general, `<@&${crew.id}> come to ${other.mention}`);
  await incoming();
  await resume(stage, connection);
  ada.say(general, `${bot.mention} what is this?`, { replyTo: said });
  expect((await incoming(1)).message.repliedTo?.text).toBe('@crew come to #other');
});

it('reads a forwarded message with its files, though not who wrote it', async () => {
  const { standIn, general, ada, bot, incoming } = await connectStage();
  const note = { name: 'note.txt', data: 'hi', contentType: 'Text/Plain; charset=UTF-8' };
  const said = ada.say(general, 'look at this', { attachments: [note] });
  ada.forward(said, standIn.dm(bot, ada));
  const { message } = await incoming(1);
  expect(message).toMatchObject({
    text: '',
    repliesToBot: false,
    repliedTo: { author: 'forwarded message', isOwn: false, text: 'look at this' },
  });
  expect(message.attachments).toEqual([
    {
      name: 'note.txt',
      mediaType: 'text/plain; charset=utf-8',
      size: 2,
      url: said.data.attachments[0]?.url,
    },
  ]);
});

it('lists the files of a message', async () => {
  const { general, ada, bot, incoming } = await connectStage();
  const files = [
    { name: 'a.PNG', data: new Uint8Array(3), contentType: 'image/PNG' },
    { name: 'b.bin', data: 'x' },
  ];
  ada.say(general, bot.mention, { attachments: files });
  expect((await incoming()).message.attachments).toMatchObject([
    { name: 'a.PNG', mediaType: 'image/png', size: 3 },
    { name: 'b.bin', mediaType: 'application/octet-stream', size: 1 },
  ]);
});

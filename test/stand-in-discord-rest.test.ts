import { DiscordAPIError } from '@discordjs/rest';
import type { DiscordAPIError as ApiFailure } from '@discordjs/rest';
import { ChannelType, GatewayDispatchEvents, GatewayIntentBits, MessageFlags } from 'discord-api-types/v10';
import type { API } from '@discordjs/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectBot, makeBot } from './support/discord/connect-bot.ts';
import type { ConnectedBot } from './support/discord/connect-bot.ts';
import type { Bot } from './support/discord/bot.ts';
import type { Channel } from './support/discord/channel.ts';
import type { Guild } from './support/discord/guild.ts';
import type { StandInDiscordOptions } from './support/discord/options.ts';
import { startStandInDiscord } from './support/discord/stand-in-discord.ts';
import type { StandInDiscord } from './support/discord/stand-in-discord.ts';
import type { User } from './support/discord/user.ts';

const { Guilds, GuildMessages, DirectMessages, MessageContent } = GatewayIntentBits;

interface Stage {
  discord: StandInDiscord;
  guild: Guild;
  general: Channel;
  ada: User;
  bot: Bot;
  made: ConnectedBot;
  api: API;
}

/** A bot that speaks REST only, with short tempers so that nothing waits long. */
async function stage(options: StandInDiscordOptions = {}): Promise<Stage> {
  const discord = await startStandInDiscord(options);
  onTestFinished(() => discord.stop());
  const guild = discord.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const ada = discord.addUser({ username: 'ada', displayName: 'Ada' });
  const bot = discord.addBot({ username: 'helper', guilds: [guild] });
  const made = makeBot(discord, bot, 0, { timeout: 300 });
  return { discord, guild, general, ada, bot, made, api: made.client.api };
}

async function failure(promise: Promise<unknown>): Promise<ApiFailure> {
  return promise.then(
    () => expect.unreachable('the request succeeded'),
    (error: unknown) => {
      if (error instanceof DiscordAPIError) return error;
      throw error;
    },
  );
}

describe('posting a message', () => {
  it('answers the message, which is in the history then', async () => {
    const { api, general, bot } = await stage();
    const posted = await api.channels.createMessage(general.id, {
      content: 'hello',
      embeds: [{ title: 'x' }],
    });
    expect(posted).toMatchObject({
      content: 'hello',
      author: { id: bot.id },
      embeds: [{ title: 'x' }],
      type: 0,
    });
    expect(await api.channels.getMessage(general.id, posted.id)).toEqual(posted);
    expect(bot.sent.map((message) => message.id)).toEqual([posted.id]);
  });

  it('posts once under one nonce', async () => {
    let now = Date.now();
    const { api, general, discord } = await stage({ clock: () => now });
    const body = { content: 'once', nonce: 'a-1', enforce_nonce: true };
    const first = await api.channels.createMessage(general.id, body);
    const second = await api.channels.createMessage(general.id, body);
    expect(second.id).toBe(first.id);
    expect(discord.messages(general)).toHaveLength(1);
    now += 600_000;
    expect((await api.channels.createMessage(general.id, body)).id).not.toBe(first.id);
  });

  it('refuses more than 2,000 characters with the nested error, and remembers it', async () => {
    const { api, general, discord } = await stage();
    await api.channels.createMessage(general.id, { content: '🙂'.repeat(2_000) });
    const error = await failure(api.channels.createMessage(general.id, { content: 'x'.repeat(2_001) }));
    expect(error).toMatchObject({ status: 400, code: 50035 });
    expect(error.rawError).toEqual({
      message: 'Invalid Form Body',
      code: 50035,
      errors: {
        content: { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH', message: 'Must be 2000 or fewer in length.' }] },
      },
    });
    expect(discord.takeViolations()).toEqual(['helper sent 2001 characters, where Discord takes 2,000.']);
  });

  it('refuses what Discord refuses, with its codes', async () => {
    const on = await stage();
    const { api, general, guild, bot, ada } = on;
    const post = async (id: string, content = 'x'): Promise<ApiFailure> =>
      failure(api.channels.createMessage(id, { content }));
    expect(await post(general.id, ' ')).toMatchObject({ status: 400, code: 50006 });
    expect(await post('123456789012345678')).toMatchObject({ status: 404, code: 10003 });
    expect(await post(guild.addCategory('group').id)).toMatchObject({ status: 400, code: 50008 });
    expect(await post(on.discord.addGuild({ name: 'Far' }).addTextChannel('off').id)).toMatchObject({
      code: 50001,
    });
    general.deny(bot);
    expect(await post(general.id)).toMatchObject({ status: 403, code: 50013 });
    expect(await post(general.addThread('aside').id)).toMatchObject({ status: 403, code: 50013 });
    general.deny(bot, 'view');
    expect(await post(general.id)).toMatchObject({ status: 403, code: 50001 });
    general.allow(bot);
    const dm = await api.users.createDM(ada.id);
    ada.acceptsDms = false;
    expect(await post(dm.id)).toMatchObject({ status: 403, code: 50007 });
    expect(await failure(api.channels.getMessage(general.id, '1'))).toMatchObject({
      status: 404,
      code: 10008,
    });
  });

  it('refuses a reply to a message that is gone, unless told not to', async () => {
    const { api, general, ada } = await stage();
    const question = ada.say(general, 'quickly');
    ada.delete(question);
    const reply = { content: 'late', message_reference: { message_id: question.id } };
    const error = await failure(api.channels.createMessage(general.id, reply));
    expect(error.rawError).toMatchObject({
      code: 50035,
      errors: { message_reference: { _errors: [{ code: 'MESSAGE_REFERENCE_UNKNOWN_MESSAGE' }] } },
    });
    const anyway = { ...reply, message_reference: { message_id: question.id, fail_if_not_exists: false } };
    expect(await api.channels.createMessage(general.id, anyway)).toMatchObject({ type: 0 });
  });

  it('takes attachments and serves them, those of people too', async () => {
    const { api, general, ada } = await stage();
    const files = [{ name: 'poem.txt', data: Buffer.from('Grüße\r\n--x\r\n'), contentType: 'text/plain' }];
    const posted = await api.channels.createMessage(general.id, { content: 'see', files });
    expect(posted.attachments).toMatchObject([{ filename: 'poem.txt', size: 14 }]);
    expect(await (await fetch(posted.attachments[0]?.url ?? '')).text()).toBe('Grüße\r\n--x\r\n');

    const hers = ada.say(general, 'mine', {
      attachments: [{ name: 'dot.png', data: new Uint8Array([1, 2]) }],
    });
    const served = await fetch(hers.data.attachments[0]?.url ?? '');
    expect(served.headers.get('content-type')).toBe('image/png');
    expect(new Uint8Array(await served.arrayBuffer())).toEqual(new Uint8Array([1, 2]));
  });

  it('edits, deletes, reacts and types', async () => {
    const { api, general, bot, discord, ada } = await stage();
    const posted = await api.channels.createMessage(general.id, { content: 'draft' });
    const edited = await api.channels.editMessage(general.id, posted.id, { content: 'final' });
    expect(edited).toMatchObject({ content: 'final', edited_timestamp: expect.any(String) as string });
    await api.channels.showTyping(general.id);
    const hers = ada.say(general, 'nice');
    await api.channels.addMessageReaction(general.id, hers.id, '👍');
    await api.channels.deleteMessage(general.id, posted.id);
    expect(await failure(api.channels.editMessage(general.id, hers.id, { content: 'mine' }))).toMatchObject({
      code: 50005,
    });
    expect([...hers.reactions]).toEqual(['👍 by helper']);
    expect(bot.typing).toHaveLength(1);
    expect(discord.messages(general)[0]).toMatchObject({
      deleted: true,
      previous: ['draft'],
      edits: ['final'],
    });
  });

  it('neither replies nor reads where the history is closed to a bot', async () => {
    const { api, general, ada, bot } = await stage();
    const question = ada.say(general, 'who?');
    general.deny(bot, 'history');
    const message_reference = { message_id: question.id, fail_if_not_exists: false };
    const reply = api.channels.createMessage(general.id, { content: 'me', message_reference });
    expect(await failure(reply)).toMatchObject({ status: 400, code: 160002 });
    expect(await api.channels.createMessage(general.id, { content: 'me' })).toMatchObject({ type: 0 });
    expect(await api.channels.getMessages(general.id)).toEqual([]);
    general.allow(bot);
    expect(await api.channels.getMessages(general.id)).toHaveLength(2);
  });

  it('forwards a copy that does not tell who wrote it', async () => {
    const { api, general, guild, ada } = await stage();
    const said = ada.say(general, 'news', { attachments: [{ name: 'a.txt', data: 'x' }] });
    const elsewhere = guild.addTextChannel('elsewhere');
    const { id } = ada.forward(said, elsewhere);
    const forwarded = await api.channels.getMessage(elsewhere.id, id);
    expect(forwarded).toMatchObject({
      type: 0,
      content: '',
      message_reference: { type: 1, message_id: said.id, channel_id: general.id },
      message_snapshots: [{ message: { content: 'news', attachments: [{ filename: 'a.txt' }] } }],
    });
    expect(forwarded.message_snapshots?.[0]?.message).not.toHaveProperty('author');
    expect(forwarded).not.toHaveProperty('referenced_message');
  });
});

describe('looking things up', () => {
  it('pages through a history in every direction, newest first', async () => {
    const { api, general, ada } = await stage();
    const ids = Array.from({ length: 9 }, (_, n) => ada.say(general, String(n)).id);
    const read = async (query: object): Promise<string> =>
      (await api.channels.getMessages(general.id, query)).map((message) => message.content).join('');
    expect(await read({ limit: 3 })).toBe('876');
    expect(await read({ limit: 3, before: ids[4] })).toBe('321');
    expect(await read({ limit: 3, after: ids[4] })).toBe('765');
    expect(await read({ limit: 3, around: ids[4] })).toBe('543');
  });

  it('tells of the application, the guilds and their parts', async () => {
    const { api, bot, guild, general, ada, discord } = await stage();
    bot.setMessageContent('limited');
    expect(await api.applications.getCurrent()).toMatchObject({
      id: bot.applicationId,
      flags: 1 << 19,
      bot: { id: bot.id },
    });
    expect(await api.users.getCurrent()).toMatchObject({ id: bot.id, bot: true });
    expect(await api.users.getGuilds()).toMatchObject([{ id: guild.id, name: 'Green Room' }]);
    expect(await api.guilds.get(guild.id)).toMatchObject({ name: 'Green Room', owner_id: guild.owner.id });
    expect(await api.guilds.getRoles(guild.id)).toMatchObject([
      { id: guild.id },
      { tags: { bot_id: bot.id } },
    ]);
    expect(await api.guilds.getChannels(guild.id)).toMatchObject([{ id: general.id, type: 0 }]);
    guild.addMember(ada, { nick: 'Countess' });
    expect(await api.guilds.getMember(guild.id, ada.id)).toMatchObject({
      nick: 'Countess',
      user: { id: ada.id },
    });
    expect(await api.channels.get(general.id)).toMatchObject({ guild_id: guild.id, name: 'general' });
    expect(await failure(api.guilds.get(discord.addGuild({ name: 'Far' }).id))).toMatchObject({
      code: 10004,
    });
  });

  it('opens threads and forum posts', async () => {
    const { api, guild, general, ada, bot } = await stage();
    const forum = guild.addForum('ideas');
    const thread = await api.channels.createThread(general.id, {
      name: 'aside',
      type: ChannelType.PublicThread,
    });
    const post = await api.channels.createForumThread(forum.id, {
      name: 'idea',
      message: { content: 'let us' },
    });
    expect(thread).toMatchObject({ parent_id: general.id, type: 11, owner_id: bot.id });
    expect(await api.channels.getMessage(post.id, post.id)).toMatchObject({ content: 'let us' });
    const hers = forum.addPost('hers', { author: ada, content: 'first' });
    expect(hers.messages.get(hers.id)?.content).toBe('first');
    const active = await api.guilds.getActiveThreads(guild.id);
    expect(active.threads.map((one) => one.name)).toEqual(['aside', 'idea', 'hers']);
  });
});

/** A command's option, with what matters replaced. */
const option = (changes: object) => ({ type: 3, name: 'what', description: 'x', ...changes });

describe('interactions', () => {
  async function withCommand(on: Stage): Promise<ConnectedBot> {
    const made = await connectBot(
      on.discord,
      on.bot,
      Guilds | GuildMessages | DirectMessages | MessageContent,
    );
    onTestFinished(() => made.disconnect());
    const commands = [
      {
        name: 'ask',
        description: 'asks',
        options: [{ name: 'what', description: 'what', type: 3 as const }],
      },
      {
        name: 'forget',
        description: 'forgets',
        options: [{ name: 'me', description: 'me', type: 1 as const }],
      },
    ];
    await made.client.api.applicationCommands.bulkOverwriteGlobalCommands(on.bot.applicationId, commands);
    return made;
  }

  it('a slash command is deferred, answered and followed up', async () => {
    const on = await stage();
    const { client } = await withCommand(on);
    client.once(GatewayDispatchEvents.InteractionCreate, ({ api, data }) => {
      void (async () => {
        await api.interactions.defer(data.id, data.token);
        await api.interactions.editReply(data.application_id, data.token, {
          content: JSON.stringify(data.data),
        });
        await api.interactions.followUp(data.application_id, data.token, {
          content: 'and',
          flags: MessageFlags.Ephemeral,
        });
      })();
    });
    const interaction = on.ada.slash(on.bot, on.general, 'ask', { what: 'why' });
    const answer = await interaction.answer();
    expect(JSON.parse(answer.content)).toMatchObject({
      name: 'ask',
      options: [{ name: 'what', type: 3, value: 'why' }],
    });
    expect(answer.data).toMatchObject({ type: 20, application_id: on.bot.applicationId });
    expect(interaction.deferred).toBe(true);
    expect(await interaction.acknowledged()).toBeLessThan(3_000);
    await on.discord.until(() => interaction.followups.length === 1, 'the follow-up');
    expect(on.discord.messages(on.general)).toEqual([answer]);
  });

  it('a subcommand in a DM is answered at once, but neither twice nor too late', async () => {
    let now = Date.now();
    const on = await stage({ clock: () => now });
    const { client } = await withCommand(on);
    const seen: { id: string; token: string; user: string | undefined }[] = [];
    client.on(GatewayDispatchEvents.InteractionCreate, ({ api, data }) => {
      seen.push({ id: data.id, token: data.token, user: data.user?.username });
      if (seen.length === 1) void api.interactions.reply(data.id, data.token, { content: 'done' });
    });
    const first = on.ada.slash(on.bot, on.discord.dm(on.bot, on.ada), 'forget me');
    expect((await first.answer()).content).toBe('done');
    const again = client.api.interactions.reply(first.id, first.token, { content: 'again' });
    expect(await failure(again)).toMatchObject({ code: 40060 });
    const second = on.ada.slash(on.bot, on.general, 'forget me');
    now += 3_001;
    const late = client.api.interactions.reply(second.id, second.token, { content: 'late' });
    expect(await failure(late)).toMatchObject({ status: 404, code: 10062 });
    expect(seen[0]?.user).toBe('ada');
    expect(() => on.ada.slash(on.bot, on.general, 'nope')).toThrow('it has: /ask, /forget');
  });

  it.each([
    ['name', { name: 'Ask', description: 'x' }],
    ['name', { name: 'a b', description: 'x' }],
    ['description', { name: 'ask', description: '' }],
    [
      'options.0.description',
      { name: 'ask', description: 'x', options: [option({ description: ' '.repeat(101) })] },
    ],
    ['options', { name: 'ask', description: 'x', options: [option({}), option({ type: 1 })] }],
    ['options', { name: 'ask', description: 'x', options: Array.from({ length: 26 }, () => option({})) }],
    [
      'options.0.choices.0.name',
      { name: 'ask', description: 'x', options: [option({ choices: [{ name: '' }] })] },
    ],
  ])('a command is refused whose %s Discord would refuse', async (field, command) => {
    const { api, bot } = await stage();
    const error = await failure(api.applicationCommands.createGlobalCommand(bot.applicationId, command));
    expect(error).toMatchObject({ status: 400, code: 50035 });
    expect(error.rawError).toHaveProperty(`errors.${field}._errors`);
    expect(bot.commands.size).toBe(0);
  });

  it('can be delivered again', async () => {
    const on = await stage();
    const { dispatched } = await withCommand(on);
    const used = on.ada.slash(on.bot, on.general, 'ask');
    on.bot.redeliver(used);
    const seen = () =>
      dispatched.flatMap(({ t, d }) => (t === GatewayDispatchEvents.InteractionCreate ? [d.id] : []));
    await expect.poll(seen).toEqual([used.id, used.id]);
  });

  it('a button is pressed, and its message changes', async () => {
    const on = await stage();
    const { client } = await withCommand(on);
    client.once(GatewayDispatchEvents.InteractionCreate, ({ api, data }) => {
      void api.interactions.updateMessage(data.id, data.token, { content: 'pressed' });
    });
    const components = [
      {
        type: 1 as const,
        components: [{ type: 2 as const, style: 1 as const, custom_id: 'go', label: 'Go' }],
      },
    ];
    const { id } = await client.api.channels.createMessage(on.general.id, { content: 'press', components });
    const message = on.general.messages.get(id);
    if (!message) expect.unreachable();
    const pressed = on.ada.press(message, 'go');
    await pressed.acknowledged();
    expect(pressed.callbackType).toBe(7);
    expect(message).toMatchObject({ content: 'pressed', previous: ['press'] });
  });
});

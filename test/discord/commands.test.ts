import { describe, expect, it } from 'vitest';
import type { Command, CommandCall, CommandReply } from '../../src/commands/command.ts';
import { redactedJsonLine } from '../../src/observability/redacted-line.ts';
import { createRedactor } from '../../src/observability/redactor.ts';
import { type AdapterOptions, asked, everythingIn, openStage, resume } from './stage.ts';

const COMMANDS = '/applications/:application/commands';
const ANSWER = '/webhooks/:application/:token/messages/:message';
const CALLBACK = /\/callback$/;
const REGISTER = /\/commands$/;

const PONG: CommandReply = { text: 'pong' };
const which = { name: 'bot', description: 'Which', choices: [{ name: 'this one', value: 'this' }] };

/** A bot with `/ping` and `/memory show`, not connected yet; what its commands are called with is kept. */
async function prepare(
  run: (call: CommandCall) => Promise<CommandReply> = () => Promise.resolve(PONG),
  options: AdapterOptions = {},
) {
  const calls: CommandCall[] = [];
  const keep = (call: CommandCall) => {
    calls.push(call);
    return run(call);
  };
  const commands: Command[] = [
    { definition: { name: 'ping', description: 'Answers', options: [which] }, run: keep },
    {
      definition: {
        name: 'memory',
        description: 'What is remembered',
        subcommands: [{ name: 'show', description: 'Shows it', options: [which] }],
      },
      run: keep,
    },
  ];
  const stage = await openStage({ commands, ...options });
  const registered = () => stage.standIn.until(() => stage.bot.commands.size === 2, 'the commands');
  return { ...stage, calls, registered };
}

/** The same, connected and with its commands registered. */
async function connectStage(...args: Parameters<typeof prepare>) {
  const stage = await prepare(...args);
  const connection = await stage.connect();
  await stage.registered();
  return { ...stage, connection };
}

describe('the commands are registered', () => {
  it('beside the connection, which does not wait for it', async () => {
    const { standIn, connect, registered } = await prepare();
    const slow = standIn.slowRequests({ method: 'GET', route: REGISTER, ms: Number.POSITIVE_INFINITY });
    await connect();
    slow.lift();
    await registered();
  });

  it('once in the life of an account', async () => {
    const stage = await connectStage();
    await resume(stage, stage.connection);
    await stage.ada.slash(stage.bot, stage.general, 'ping').answer();
    expect(asked(stage.bot, 'GET', COMMANDS)).toBe(1);
  });

  it('at the next connection when Discord refuses, which is a warning', async () => {
    const stage = await prepare();
    const fault = stage.standIn.failRequests({ route: REGISTER, status: 403, times: 1 });
    const connection = await stage.connect();
    await expect.poll(() => stage.logger.lines.map(({ level }) => level)).toEqual(['warn']);
    expect(fault.hits).toBe(1);
    await resume(stage, connection);
    await stage.registered();
  });
});

describe('a command', () => {
  it('is acknowledged, run and answered for its user alone, pinging nobody', async () => {
    const text = '@everyone pong';
    const { ada, guild, bot, general, calls, view } = await connectStage(() => Promise.resolve({ text }));
    guild.addMember(ada, { nick: 'Countess' });
    const used = ada.slash(bot, general, 'memory show', { bot: 'this' });
    const answer = await used.answer();
    expect(answer).toMatchObject({ content: text, data: { flags: 64 }, pinged: { everyone: false } });
    expect(used).toMatchObject({ deferred: true, callbackType: 5, followups: [] });
    expect(calls).toEqual([
      {
        subcommand: 'show',
        options: { bot: 'this' },
        user: { id: ada.id, name: 'Countess' },
        guildId: guild.id,
        agent: { id: view.agentId, definition: view.definition, botUserId: bot.id, isPaused: false },
      },
    ]);
  });

  it('is acknowledged before its work is done', async () => {
    const work = Promise.withResolvers<CommandReply>();
    const { ada, bot, general } = await connectStage(() => work.promise);
    const used = ada.slash(bot, general, 'ping');
    await used.acknowledged();
    expect(used.response).toBeUndefined();
    work.resolve(PONG);
    expect((await used.answer()).content).toBe('pong');
  });

  it('works in a direct message, without subcommand and options', async () => {
    const { standIn, bot, calls } = await connectStage();
    const bob = standIn.addUser({ username: 'bob', displayName: 'Bob' });
    await bob.slash(bot, standIn.dm(bot, bob), 'ping').answer();
    expect(calls).toMatchObject([
      { subcommand: undefined, options: {}, user: { id: bob.id, name: 'Bob' }, guildId: undefined },
    ]);
  });

  it('sees the settings in force', async () => {
    const { ada, bot, general, calls, view } = await connectStage();
    view.definition = { ...view.definition, name: 'Renamed' };
    await ada.slash(bot, general, 'ping').answer();
    expect(calls[0]?.agent.definition.name).toBe('Renamed');
  });

  it('may answer with a file, which is there once though the first try seemed to fail', async () => {
    const file = { name: 'memory.txt', mediaType: 'application/json', content: '{"ü":1}' };
    const reply = { text: 'Here it is.', file };
    const { standIn, ada, bot, general } = await connectStage(() => Promise.resolve(reply));
    const fault = standIn.failRequests({ method: 'PATCH', status: 502, processed: true, times: 1 });
    const used = ada.slash(bot, general, 'ping');
    await standIn.until(() => asked(bot, 'PATCH', ANSWER) === 2 && used.response, 'the second try');
    await expect.poll(() => used.original?.edits.length).toBe(2);
    const attachments = used.original?.data.attachments ?? [];
    expect(attachments).toMatchObject([{ filename: 'memory.txt', content_type: 'application/json' }]);
    expect(await (await fetch(attachments[0]?.url ?? '')).text()).toBe('{"ü":1}');
    expect(fault.hits).toBe(1);
  });

  it('that fails ends in general words, and its error in the log', async () => {
    const defect = new Error('the disk is full');
    const { ada, bot, general, logger } = await connectStage(() => Promise.reject(defect));
    const answer = await ada.slash(bot, general, 'ping').answer();
    expect(answer.content).toBe('Sorry, something went wrong and I could not do that.');
    expect(answer.data.flags).toBe(64);
    expect(logger.lines).toContainEqual(
      expect.objectContaining({ level: 'error', command: 'ping', error: defect, agent: 'Helper' }),
    );
  });

  it('whose answer Discord refuses ends in general words too', async () => {
    const tooLong = { text: 'x'.repeat(2_001) };
    const { standIn, ada, bot, general } = await connectStage(() => Promise.resolve(tooLong));
    const answer = await ada.slash(bot, general, 'ping').answer();
    expect(answer.content).toMatch(/^Sorry/);
    expect(standIn.takeViolations()).toHaveLength(1);
  });

  it('that nobody knows is answered as such', async () => {
    const { ada, bot, general, calls } = await connectStage();
    bot.commands.set('1', { id: '1', type: 1, name: 'foreign', description: 'of somebody else' } as never);
    const used = ada.slash(bot, general, 'foreign');
    expect(await used.answer()).toMatchObject({
      content: 'I do not know this command.',
      data: { flags: 64 },
    });
    expect(calls).toEqual([]);
  });

  it('that comes again after it was acknowledged is not run again', async () => {
    const { standIn, ada, bot, general, calls, logger } = await connectStage();
    const used = ada.slash(bot, general, 'ping');
    await used.answer();
    bot.redeliver(used);
    await standIn.until(
      () => asked(bot, 'POST', '/interactions/:interaction/:token/callback') === 2,
      'a try',
    );
    await ada.slash(bot, general, 'ping').answer();
    expect(calls).toHaveLength(2);
    expect(used.original?.edits).toEqual(['pong']);
    expect(logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('is answered though Discord acknowledged it without saying so', async () => {
    const { standIn, ada, bot, general } = await connectStage();
    const fault = standIn.dropRequests({ method: 'POST', route: CALLBACK, processed: true, times: 1 });
    expect((await ada.slash(bot, general, 'ping').answer()).content).toBe('pong');
    expect(fault.hits).toBe(1);
  });

  it('that cannot be answered leaves no token in the log and the bot connected', async () => {
    const { standIn, ada, bot, general, logger, connection } = await connectStage();
    standIn.failRequests({ method: 'PATCH', status: 401 });
    const used = ada.slash(bot, general, 'ping');
    await expect.poll(() => logger.lines.map(({ text }) => text)).toContain('could not answer a command');
    for (const { level, text, ...fields } of logger.lines) {
      const entry = { time: new Date(0), level, text, fields };
      const options = { color: false, stacks: true };
      expect(redactedJsonLine(entry, options, createRedactor())).not.toContain(used.token);
      expect(everythingIn(fields)).not.toContain(used.token);
    }
    const ended = await Promise.race([connection.ended, Promise.resolve('open')]);
    expect(ended).toBe('open');
    expect(bot.connected).toBe(1);
  });
});

it('passes over what is no command', async () => {
  const { ada, bot, general, calls, logger } = await connectStage();
  const button = bot.say(general, 'press');
  const pressed = ada.press(button, 'go');
  await ada.slash(bot, general, 'ping').answer();
  expect(pressed.acknowledgedAfter).toBeUndefined();
  expect(calls).toHaveLength(1);
  expect(logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
});

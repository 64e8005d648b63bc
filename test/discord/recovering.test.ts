import { expect, it } from 'vitest';
import { type AdapterOptions, openStage } from './stage.ts';

/** A bot with a command; its answer shows that everything before it has come. */
async function openStageWithCommand(options: AdapterOptions) {
  const definition = { name: 'ping', description: 'answers' };
  const run = () => Promise.resolve({ text: 'pong' });
  const stage = await openStage({ commands: [{ definition, run }], ...options });
  const ping = async (): Promise<string> => {
    await stage.standIn.until(() => stage.bot.commands.size === 1, 'the command');
    return (await stage.ada.slash(stage.bot, stage.general, 'ping').answer()).content;
  };
  return { ...stage, ping };
}

it('takes in no message before what was left open is recovered, and is ready and does commands meanwhile', async () => {
  const recovered = Promise.withResolvers<undefined>();
  const recipients: string[] = [];
  const stage = await openStageWithCommand({
    recover: async ({ agentId }) => {
      recipients.push(agentId);
      await recovered.promise;
    },
  });
  await stage.connect();
  for (const text of ['one', 'two']) stage.ada.say(stage.general, `${stage.bot.mention} ${text}`);
  expect(await stage.ping()).toBe('pong');
  expect(recipients).toEqual(['agent-1']);
  expect(stage.received).toEqual([]);
  recovered.resolve(undefined);
  await expect.poll(() => stage.received.map(({ message }) => message.text)).toEqual(['one', 'two']);
});

it('recovers again at every connection, also one that resumes, before what Discord sends again', async () => {
  const happened: string[] = [];
  const stage = await openStage({
    recover: () => {
      happened.push('recover');
      return Promise.resolve();
    },
    receive: (_, { text }) => {
      happened.push(text);
      return Promise.resolve(true);
    },
  });
  const connection = await stage.connect();
  const session = connection.session();
  await connection.close({ resumable: true });
  stage.ada.dm(stage.bot, 'meanwhile');
  await stage.connect(session);
  await expect.poll(() => happened).toEqual(['recover', 'recover', 'meanwhile']);
});

it('tries again over the same connection when that fails, says so, and takes messages in after it', async () => {
  const happened: string[] = [];
  const stage = await openStage({
    recover: () => {
      const isFirst = happened.length === 0;
      happened.push(isFirst ? 'failure' : 'recovered');
      return isFirst ? Promise.reject(new Error('the server is away')) : Promise.resolve();
    },
    receive: (_, { text }) => {
      happened.push(text);
      return Promise.resolve(true);
    },
  });
  await stage.connect();
  stage.ada.dm(stage.bot, 'hello');
  await expect.poll(() => happened, { timeout: 10_000 }).toEqual(['failure', 'recovered', 'hello']);
  expect(stage.logger.lines).toContainEqual(expect.objectContaining({ level: 'warn', retryInMs: 1_000 }));
});

it('does not keep messages waiting for ever while that fails', async () => {
  const stage = await openStage({
    gatePatience: 20,
    recover: () => Promise.reject(new Error('the server is away')),
  });
  await stage.connect();
  stage.ada.say(stage.general, `${stage.bot.mention} hello`);
  expect((await stage.incoming()).message.text).toBe('hello');
});

it('does not keep messages waiting for ever', async () => {
  const stage = await openStage({ gatePatience: 20, recover: () => new Promise(() => undefined) });
  await stage.connect();
  stage.ada.say(stage.general, `${stage.bot.mention} hello`);
  expect((await stage.incoming()).message.text).toBe('hello');
  expect(stage.logger.lines).toContainEqual(expect.objectContaining({ level: 'warn', waitedMs: 20 }));
});

it('takes nothing in at its end that waited', async () => {
  const stage = await openStageWithCommand({ recover: () => new Promise(() => undefined) });
  const connection = await stage.connect();
  stage.ada.dm(stage.bot, 'hello');
  await stage.ping();
  await connection.close({ resumable: true });
  expect(stage.received).toEqual([]);
  expect(connection.session()?.sequence).toBe(2);
});

it('closes at once while many messages are not on record, and leaves them to be sent again', async () => {
  const stage = await openStageWithCommand({ receive: () => new Promise(() => undefined) });
  const connection = await stage.connect();
  for (let n = 0; n < 500; n++) stage.ada.say(stage.general, `${stage.bot.mention} ${n}`);
  await stage.ping();
  await connection.close({ resumable: true });
  expect(connection.session()?.sequence).toBe(2);
});

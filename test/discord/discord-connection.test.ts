import { expect, it, onTestFinished } from 'vitest';
import { agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import { createAgent } from '../../src/agents/agent-types.ts';
import { openDiscord } from '../../src/discord/open-discord.ts';
import { silentLogger } from '../../src/observability/logger.ts';
import { startStandInDiscord } from '../support/discord/stand-in-discord.ts';

/** A connection whose messages are taken in when the test says so. */
async function connect() {
  const standIn = await startStandInDiscord();
  onTestFinished(() => standIn.stop());
  const guild = standIn.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const ada = standIn.addUser({ username: 'ada' });
  const bot = standIn.addBot({ username: 'helper', guilds: [guild] });
  const received: { text: string; record: (safe: boolean) => void; fail: (error: Error) => void }[] = [];
  const discord = openDiscord({
    apiUrl: standIn.apiUrl,
    receive: (_, { text }) => {
      const { promise, resolve, reject } = Promise.withResolvers<boolean>();
      received.push({ text, record: resolve, fail: reject });
      return promise;
    },
    logger: silentLogger,
    now: Date.now,
  });
  onTestFinished(() => {
    discord.close();
  });
  const definition = agentDefinitionSchema.parse({ name: 'Helper' });
  const view = { agentId: 'a', definition, agent: createAgent('echo', {}) };
  const account = discord.openAccount(view, bot.token);
  const { signal } = new AbortController();
  const inspection = await account.inspect(signal);
  const beforeIdentify = (): Promise<void> => Promise.resolve();
  const options = { identity: inspection.identity, session: undefined, inspection, beforeIdentify };
  const connection = await account.connect(options, signal);
  onTestFinished(() => connection.close({ resumable: false }));
  const sequence = (): number => connection.session()?.sequence ?? 0;
  const say = async (text: string): Promise<void> => {
    const count = received.length;
    ada.say(general, `${bot.mention} ${text}`);
    await expect.poll(() => received.length).toBe(count + 1);
  };
  return { connection, received, sequence, say };
}

it('counts a message among those that came only once it is on record, and none behind it before', async () => {
  const { received, sequence, say } = await connect();
  await expect.poll(sequence).toBe(2);
  await say('one');
  await say('two');
  expect(sequence()).toBe(2);
  received[1]?.record(true);
  await Promise.resolve();
  expect(sequence()).toBe(2);
  received[0]?.record(true);
  await expect.poll(sequence).toBe(4);
});

it('leaves a message to be sent again that nobody takes care of', async () => {
  const { received, sequence, say } = await connect();
  await expect.poll(sequence).toBe(2);
  await say('one');
  received[0]?.record(false);
  await say('two');
  received[1]?.record(true);
  await Promise.resolve();
  expect(sequence()).toBe(2);
});

it('ends, to be resumed before it, when a message could not be recorded', async () => {
  const { connection, received, say } = await connect();
  await say('one');
  received[0]?.fail(new Error('the disk is full'));
  expect(await connection.ended).toMatchObject({ retryable: true, sessionLost: false });
  expect(connection.session()?.sequence).toBe(2);
});

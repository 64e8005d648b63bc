import { expect, it } from 'vitest';
import { connectStage } from './stage.ts';

/** A connection whose messages are taken in when the test says so. */
async function connect() {
  const received: { text: string; record: (safe: boolean) => void; fail: (error: Error) => void }[] = [];
  const { connection, ada, bot, general } = await connectStage({
    receive: (_, { text }) => {
      const { promise, resolve, reject } = Promise.withResolvers<boolean>();
      received.push({ text, record: resolve, fail: reject });
      return promise;
    },
  });
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

import { expect, it } from 'vitest';
import { LastSeenSaver } from '../../src/discord/last-seen-saver.ts';
import { withoutLease } from '../../src/leases/lease.ts';
import { collectingLogger } from '../support/collecting-logger.ts';
import { memoryLastSeen } from '../support/memory-last-seen.ts';
import { openStage } from './stage.ts';

async function connectWithMarks() {
  const lastSeen = memoryLastSeen();
  const waiting: ((safe: boolean) => void)[] = [];
  const stage = await openStage({
    lastSeen,
    lastSeenInterval: 5,
    receive: () => new Promise((resolve) => waiting.push(resolve)),
  });
  const connection = await stage.connect();
  await expect.poll(() => lastSeen.saved.length).toBe(1);
  const mark = (): string | undefined => lastSeen.saved.at(-1)?.mark.messageId;
  const say = async (text: string) => {
    const count = waiting.length;
    const message = stage.ada.say(stage.general, `${stage.bot.mention} ${text}`);
    await expect.poll(() => waiting.length).toBe(count + 1);
    return message;
  };
  return { ...stage, connection, lastSeen, waiting, mark, say };
}

it('writes down at first that there was nothing to miss before', async () => {
  const { mark, say } = await connectWithMarks();
  const first = await say('hello');
  expect(BigInt(mark() ?? 0)).toBeLessThan(BigInt(first.id));
});

it('writes down up to which message everything is on record, and none behind one that is not', async () => {
  const { waiting, mark, say } = await connectWithMarks();
  const [one, two] = [await say('one'), await say('two')];
  waiting[1]?.(true);
  await expect.poll(mark).toBe(String(BigInt(one.id) - 1n));
  waiting[0]?.(true);
  await expect.poll(mark).toBe(two.id);
});

it('writes nothing while nothing moves', async () => {
  const { waiting, lastSeen, mark, say } = await connectWithMarks();
  const message = await say('one');
  waiting[0]?.(true);
  await expect.poll(mark).toBe(message.id);
  const count = lastSeen.saved.length;
  let looks = 0;
  await expect.poll(() => (looks += 1), { interval: 10 }).toBeGreaterThan(5);
  expect(lastSeen.saved.length).toBe(count);
});

it('writes the first one at once, and the last before everything is closed, under the lease of the bot', async () => {
  const lastSeen = memoryLastSeen();
  const stage = await openStage({ lastSeen, lastSeenInterval: 60_000 });
  stage.view.lease = { ...withoutLease('agent-1'), fence: 7n };
  const connection = await stage.connect();
  const message = stage.ada.say(stage.general, `${stage.bot.mention} hello`);
  await stage.incoming();
  await connection.close({ resumable: true });
  // Without it a bot whose process dies young would look for nothing.
  expect(lastSeen.saved).toMatchObject([{ agentId: 'agent-1', mark: { fence: 7n } }]);
  await stage.stop();
  expect(lastSeen.saved.slice(1)).toEqual([
    { agentId: 'agent-1', mark: { messageId: message.id, fence: 7n, isLast: true } },
  ]);
});

it('tries again when it could not be written', async () => {
  const lastSeen = memoryLastSeen();
  let failures = 0;
  const stage = await openStage({
    lastSeenInterval: 5,
    lastSeen: {
      ...lastSeen,
      save: (marks) => {
        failures += 1;
        return failures <= 3 ? Promise.reject(new Error('the server is away')) : lastSeen.save(marks);
      },
    },
  });
  await stage.connect();
  await expect.poll(() => lastSeen.saved.length).toBe(1);
  expect(stage.logger.lines.filter(({ level }) => level === 'warn').length).toBe(1);
});

it.each([
  { what: 'the later lease', old: { mark: '200', fence: 1n }, present: { mark: '100', fence: 2n } },
  {
    what: 'the later mark under one lease',
    old: { mark: '100', fence: 2n },
    present: { mark: '200', fence: 2n },
  },
])(
  'writes of two connections of one agent, of which the old one goes last, $what',
  async ({ old, present }) => {
    const lastSeen = memoryLastSeen();
    const saver = new LastSeenSaver({ store: lastSeen, logger: collectingLogger(), interval: 60_000 });
    const sources = [old, present].map((source) => ({ agentId: 'agent-1', ...source }));
    for (const source of sources) saver.add(source);
    for (const source of sources.toReversed()) saver.remove(source);
    await saver.stop();
    expect(lastSeen.saved).toEqual([
      { agentId: 'agent-1', mark: { messageId: present.mark, fence: present.fence, isLast: true } },
    ]);
  },
);

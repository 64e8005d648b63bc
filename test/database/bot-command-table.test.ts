import { describe, expect, it, onTestFinished } from 'vitest';
import { agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import type { NewBotCommand } from '../../src/bots/bot-command.ts';
import type { OpenBotCommand } from '../../src/bots/bot-command-queue.ts';
import type { Database } from '../../src/database/open-database.ts';
import { InputError } from '../../src/errors.ts';
import { describeOnEachDatabase, SERVERS, TESTED_DATABASES } from '../support/each-database.ts';
import { leaseHolder } from '../support/lease-holder.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';
import type { TestDatabase } from '../support/test-database.ts';

const TOKEN = 'a token of Discord';
const TTL = 60_000;
const CHANNEL = '123456789012345678';

async function setUp(place: TestDatabase) {
  const database = await place.open();
  const add = async (name: string, token: string | undefined = `${TOKEN} ${name}`, enabled = true) => {
    const definition = agentDefinitionSchema.parse({ name, enabled });
    await database.agents.apply([{ kind: 'create', definition, token }]);
    const agent = (await database.agents.list()).find((one) => one.name === name);
    if (agent === undefined) throw new Error('the agent is gone');
    return agent.id;
  };
  const parrot = await add('Parrot');
  const commands = database.botCommands;
  const send = (order: NewBotCommand['order'], agentId = parrot, expiresAt?: Date) =>
    commands.send({ agentId, order, requestedBy: 'ada', expiresAt });
  const say = (text: string, agentId = parrot, expiresAt?: Date) =>
    send({ kind: 'say', channelId: CHANNEL, text }, agentId, expiresAt);
  const first = async (agentIds = [parrot]): Promise<OpenBotCommand> => {
    const [command] = await commands.open(agentIds);
    if (command === undefined) throw new Error('there is no command');
    return command;
  };
  const agent = async () => (await database.agents.list()).find(({ id }) => id === parrot);
  return { place, database, commands, add, parrot, send, say, first, agent };
}

/** Takes an agent's lease, as a host does. */
async function hold(database: Database, agentId: string): Promise<bigint> {
  const fences = await database.leases.claim([agentId], leaseHolder(), TTL);
  return fences.get(agentId) ?? 0n;
}

describeOnEachDatabase('the table of commands to bots', (makeDatabase) => {
  it('keeps a command with everything that it takes, and lists the newest first', async () => {
    const { commands, say, send, parrot, add } = await setUp(await makeDatabase());
    const text = 'Grüße 🦜\nzeile zwei';
    const expiresAt = new Date('2027-01-01T00:00:00.000Z');
    const said = await say(text, parrot, expiresAt);
    const fresh = await send({ kind: 'restart', fresh: true });
    const other = await send({ kind: 'reload' }, await add('Helper'));
    expect(await commands.get(said.id)).toEqual({
      id: said.id,
      agentId: parrot,
      order: { kind: 'say', channelId: CHANNEL, text },
      requestedBy: 'ada',
      requestedAt: said.requestedAt,
      expiresAt,
      state: 'pending',
      result: '',
      finishedAt: undefined,
    });
    expect((await commands.get(fresh.id))?.order).toEqual({ kind: 'restart', fresh: true });
    const ids = async (filter: object) => (await commands.list({ limit: 10, ...filter })).map(({ id }) => id);
    expect(await ids({})).toEqual([other.id, fresh.id, said.id]);
    expect(await ids({ agentId: parrot })).toEqual([fresh.id, said.id]);
    expect(await ids({ agentId: parrot, before: fresh.id })).toEqual([said.id]);
    expect(await ids({ limit: 1 })).toEqual([other.id]);
    expect(await ids({ state: 'done' })).toEqual([]);
    expect(await commands.get('nothing')).toBeUndefined();
  });

  it('refuses an agent that there is not, and keeps nothing', async () => {
    const { commands, say } = await setUp(await makeDatabase());
    await expect(say('a', 'nobody')).rejects.toThrow(InputError);
    expect(await commands.list({ limit: 10 })).toEqual([]);
  });

  it('has pause, resume and presence in force at once, and changes no version', async () => {
    const { send, agent } = await setUp(await makeDatabase());
    const { requestedAt } = await send({ kind: 'pause' });
    expect((await agent())?.pausedAt).toEqual(requestedAt);
    await send({ kind: 'pause' });
    expect((await agent())?.pausedAt).toEqual(requestedAt);
    const presence = { status: 'dnd', activity: { type: 'custom', text: 'thinking 🦜' } } as const;
    await send({ kind: 'presence', presence });
    expect(await agent()).toMatchObject({ presence, version: 1 });
    await send({ kind: 'resume' });
    await send({ kind: 'presence', presence: null });
    expect(await agent()).toMatchObject({ pausedAt: undefined, presence: undefined, version: 1 });
  });

  it('forgets at a resume where a bot was, where no host runs it, and nothing where one does', async () => {
    const { send, database, parrot } = await setUp(await makeDatabase());
    const seen = () => database.lastSeen.load(parrot);
    const mark = (fence: bigint | undefined) =>
      database.lastSeen.save(new Map([[parrot, { messageId: CHANNEL, fence }]]));
    await mark(undefined);
    await send({ kind: 'resume' });
    expect(await seen()).toBe(CHANNEL);
    await send({ kind: 'pause' });
    await send({ kind: 'resume' });
    expect(await seen()).toBeUndefined();
    const fence = await hold(database, parrot);
    await mark(fence);
    await send({ kind: 'pause' });
    await send({ kind: 'resume' });
    expect(await seen()).toBe(CHANNEL);
  });

  it('shows a host the commands of its bots in order, and what nobody else will take care of', async () => {
    const { commands, say, send, add, database, parrot } = await setUp(await makeDatabase());
    const [other, disabled, tokenless, gone] = [
      await add('Other'),
      await add('Disabled', `${TOKEN} 2`, false),
      await add('Off', ''),
      await add('Gone'),
    ];
    await database.agents.apply([
      {
        kind: 'update',
        id: tokenless,
        definition: agentDefinitionSchema.parse({ name: 'Off' }),
        token: null,
      },
    ]);
    const texts = ['1', '2', '3'];
    for (const text of texts) await say(text);
    await say('for another host', other);
    const late = await say('too late', other, new Date(Date.now() - 60_000));
    for (const agentId of [disabled, tokenless, gone]) await send({ kind: 'reload' }, agentId);
    await database.agents.apply([{ kind: 'delete', id: gone }]);
    const open = await commands.open([parrot]);
    expect(open.map(({ agentId, obstacle, isExpired }) => [agentId, obstacle, isExpired])).toEqual([
      [parrot, undefined, false],
      [parrot, undefined, false],
      [parrot, undefined, false],
      [other, undefined, true],
      [disabled, 'disabled', false],
      [tokenless, 'off-discord', false],
      [gone, 'deleted', false],
    ]);
    expect(open[3]?.id).toBe(late.id);
    expect(open.slice(0, 3).map(({ order }) => order.kind === 'say' && order.text)).toEqual(texts);
    expect((await commands.open([])).length).toBe(4);
  });

  it('shows commands of every bot and kind, however many there are of one', async () => {
    const { commands, say, send, add, parrot } = await setUp(await makeDatabase());
    const other = await add('Other');
    for (let count = 0; count < 60; count++) await say(String(count));
    await say('of another bot', other);
    await send({ kind: 'restart' });
    const open = await commands.open([parrot, other]);
    expect(open.map(({ agentId, order }) => [agentId, order.kind])).toEqual([
      ...Array.from({ length: 50 }, () => [parrot, 'say']),
      [other, 'say'],
      [parrot, 'restart'],
    ]);
  });

  it('begins nothing that has expired since it was looked at, and ends what was begun', async () => {
    const { commands, say, first, place } = await setUp(await makeDatabase());
    await say('hello', undefined, new Date(Date.now() + 3_600_000));
    const command = await first();
    expect(await commands.take(command, undefined)).toBe(true);
    await place.query('UPDATE bot_commands SET expires_at = requested_at');
    expect(await commands.take(command, undefined)).toBe(false);
    const progress = { pieces: ['hello'], after: CHANNEL, since: 1_000, posted: [] };
    expect(await commands.take({ ...command, progress }, undefined)).toBe(true);
  });

  it('counts how often work on a command began, and how far a say has come', async () => {
    const { commands, say, first } = await setUp(await makeDatabase());
    await say('hello');
    const command = await first();
    expect(await commands.take(command, undefined)).toBe(true);
    const progress = { pieces: ['hello'], after: CHANNEL, since: 1_000, posted: ['1'] };
    expect(await commands.advance(command, progress, undefined)).toBe(true);
    expect(await first()).toMatchObject({ attempts: 1, progress, order: command.order });
    expect(await commands.putBack(command, 'Discord is away', undefined)).toBe(true);
    expect(await first()).toMatchObject({ attempts: 0, progress, result: 'Discord is away' });
    expect(await commands.finish(command, { state: 'done', result: 'posted' }, undefined)).toBe(true);
    expect(await commands.open([command.agentId])).toEqual([]);
    expect(await commands.get(command.id)).toMatchObject({ state: 'done', result: 'posted' });
    expect((await commands.get(command.id))?.finishedAt).toBeInstanceOf(Date);
  });

  it('writes nothing under an older lease, nor of a command that is over', async () => {
    const { commands, say, first, database, parrot, place } = await setUp(await makeDatabase());
    await say('hello');
    const command = await first();
    const fence = await hold(database, parrot);
    const outcome = { state: 'done', result: 'posted' } as const;
    expect(await commands.take(command, undefined)).toBe(false);
    expect(await commands.take(command, fence)).toBe(true);
    await place.query('UPDATE bot_leases SET fence = fence + 1');
    const progress = { pieces: ['hello'], after: undefined, since: 1, posted: [] };
    expect(await commands.advance(command, progress, fence)).toBe(false);
    expect(await commands.putBack(command, 'why', fence)).toBe(false);
    expect(await commands.finish(command, outcome, fence)).toBe(false);
    expect(await first()).toMatchObject({ attempts: 1, progress: undefined, result: '' });
    expect(await commands.finish(command, outcome, fence + 1n)).toBe(true);
    expect(await commands.finish(command, { state: 'failed', result: 'no' }, fence + 1n)).toBe(false);
    expect((await commands.get(command.id))?.state).toBe('done');
  });

  it('deletes after a while what is over, and nothing that is pending', async () => {
    const { commands, say, first, database } = await setUp(await makeDatabase());
    const over = await say('over');
    await commands.finish(await first(), { state: 'done', result: '' }, undefined);
    const open = await say('open');
    const sweep = async (before: Date): Promise<number> => {
      const steps = database.retention.sweep('commands to bots', before);
      let deleted = 0;
      for await (const rows of steps) deleted += rows;
      return deleted;
    };
    expect(await sweep(over.requestedAt)).toBe(0);
    expect(await commands.list({ limit: 10 })).toHaveLength(2);
    expect(await sweep(new Date(Date.now() + 60_000))).toBe(1);
    expect((await commands.list({ limit: 10 })).map(({ id }) => id)).toEqual([open.id]);
  });

  it('tells who waits in the same process at once', async () => {
    const { commands, say } = await setUp(await makeDatabase());
    let told = 0;
    const watch = commands.watch(() => (told += 1));
    await say('hello');
    expect(told).toBeGreaterThan(0);
    await watch.stop();
    const before = told;
    await say('again');
    expect(told).toBe(before);
  });
});

const postgresql = TESTED_DATABASES.find(({ provider }) => provider === 'postgresql');

describe.skipIf(postgresql?.isThere !== true)('commands at a PostgreSQL server', () => {
  it('are told of to another process at once, and again after its connection was lost', async () => {
    if (postgresql === undefined) throw new Error('there is no PostgreSQL');
    const place = await postgresql.make();
    const { say } = await setUp(place);
    const { hostname: host, port } = new URL(SERVERS.postgresql);
    const proxy = await tcpProxy({ host, port: Number(port) });
    const url = new URL(place.url);
    url.host = `127.0.0.1:${String(proxy.port)}`;
    const there = await place.open({ database: { provider: 'postgresql', url: url.href } });
    let told = 0;
    const watch = there.botCommands.watch(() => (told += 1));
    onTestFinished(() => watch.stop());
    await expect.poll(() => watch.isReliable).toBe(true);
    const atFirst = told;
    await say('hello');
    await expect.poll(() => told).toBe(atFirst + 1);
    await proxy.cut();
    await expect.poll(() => watch.isReliable).toBe(false);
    await say('while it is away');
    await proxy.restore();
    // Nobody knows what came meanwhile, so it is told once as soon as it hears again.
    await expect.poll(() => watch.isReliable, { timeout: 20_000 }).toBe(true);
    expect(told).toBe(atFirst + 2);
    await say('hello again');
    await expect.poll(() => told).toBe(atFirst + 3);
  }, 30_000);
});

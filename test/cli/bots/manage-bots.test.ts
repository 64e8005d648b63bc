import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { agentDefinitionSchema } from '../../../src/agents/agent-definition.ts';
import { manageBots } from '../../../src/cli/bots/manage-bots.ts';
import type { Database } from '../../../src/database/open-database.ts';
import { leaseHolder } from '../../support/lease-holder.ts';
import { testDatabase } from '../../support/test-database.ts';

const NOW = new Date('2026-11-21T10:15:30Z');
const CHANNEL = '123456789012345678';

let database: Database;
beforeEach(async () => {
  database = await (await testDatabase()).open();
  await add('Parrot');
});

async function add(name: string, enabled = true): Promise<void> {
  const definition = agentDefinitionSchema.parse({ name, enabled });
  await database.agents.apply([{ kind: 'create', definition, token: `token of ${name}` }]);
}

async function idOf(name: string): Promise<string> {
  return (await database.agents.list()).find((agent) => agent.name === name)?.id ?? '';
}

/** A host has the lease of this agent's bot. */
async function hold(name: string): Promise<bigint | undefined> {
  const id = await idOf(name);
  return (await database.leases.claim([id], leaseHolder({ hostName: 'ship' }), 60_000)).get(id);
}

/** Runs the command; while it waits, what a host would do is done. */
async function run(argv: string[], { stdin = '', host = () => Promise.resolve() } = {}) {
  const outcome = { code: -1, out: '', err: '', waits: 0 };
  const io = {
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout: { write: (text: string) => (outcome.out += text) },
    stderr: { write: (text: string) => (outcome.err += text) },
  };
  outcome.code = await manageBots(argv, io, {
    now: () => NOW,
    user: 'cli: ada',
    sleep: async () => {
      outcome.waits += 1;
      await host();
    },
    openBots: () =>
      Promise.resolve({
        agents: database.agents,
        leases: database.leases,
        commands: database.botCommands,
        close: () => Promise.resolve(),
      }),
  });
  return outcome;
}

/** Ends every command that is pending. */
function finishAs(state: 'done' | 'failed', result: string, fence: bigint | undefined) {
  return async (): Promise<void> => {
    for (const command of await database.botCommands.open([await idOf('Parrot')])) {
      await database.botCommands.finish(command, { state, result }, fence);
    }
  };
}

describe('npm run bots', () => {
  it('waits until a host has done the command, and says what came of it', async () => {
    const fence = await hold('Parrot');
    const done = await run(['restart', 'parrot'], { host: finishAs('done', 'it is connected anew', fence) });
    expect(done).toMatchObject({ code: 0, out: 'Parrot: restart is done: it is connected anew\n', waits: 1 });
    const failed = await run(['restart', 'parrot'], { host: finishAs('failed', 'the token is bad', fence) });
    expect(failed).toMatchObject({ code: 1, out: 'Parrot: restart is failed: the token is bad\n' });
  });

  it('says that a command is kept where no host runs the bot, without waiting', async () => {
    expect(await run(['restart', 'Parrot', '--fresh'])).toMatchObject({
      code: 0,
      out: 'Parrot: restart: no host runs its bot at present; it is kept until it is done\n',
      waits: 0,
    });
    expect((await run(['pause', 'Parrot'])).out).toContain('in force from the next start on');
    const [pause, restart] = await database.botCommands.list({ limit: 10 });
    expect(pause).toMatchObject({ order: { kind: 'pause' }, requestedBy: 'cli: ada' });
    expect(restart?.order).toEqual({ kind: 'restart', fresh: true });
  });

  it('waits no longer than 15 seconds, and not at all with --no-wait', async () => {
    await hold('Parrot');
    const patient = await run(['reload', 'Parrot']);
    expect(patient).toMatchObject({ code: 0, waits: 150 });
    expect(patient.out).toBe('Parrot: reload: not done yet; it is kept until it is done\n');
    expect(await run(['reload', 'Parrot', '--no-wait'])).toMatchObject({ code: 0, waits: 0 });
  });

  it('gives a command to several bots, or to all that are enabled', async () => {
    await add('Helper');
    await add('Sleeper', false);
    const names = async (argv: string[]): Promise<unknown> =>
      (JSON.parse((await run([...argv, '--json'])).out) as { agent: string }[]).map(({ agent }) => agent);
    expect(await names(['reload', '--all'])).toEqual(['Parrot', 'Helper']);
    expect(await names(['reload', 'helper', 'sleeper', 'HELPER'])).toEqual(['Helper', 'Sleeper']);
  });

  it('says what comes on standard input', async () => {
    await run(['say', 'Parrot', '--channel', CHANNEL, '--expires', '10m', '-'], { stdin: 'two\nlines\n' });
    expect((await database.botCommands.list({ limit: 1 }))[0]).toMatchObject({
      order: { kind: 'say', channelId: CHANNEL, text: 'two\nlines' },
      expiresAt: new Date('2026-11-21T10:25:30Z'),
    });
  });

  it.each([
    ['watching the stars', { type: 'watching', text: 'the stars' }],
    ['Listening to Bach', { type: 'listening', text: 'Bach' }],
    ['playing chess', { type: 'playing', text: 'chess' }],
    ['competing in a race', { type: 'competing', text: 'a race' }],
    ['on holiday', { type: 'custom', text: 'on holiday' }],
    ['watching', { type: 'custom', text: 'watching' }],
  ])('shows "%s" as Discord would', async (words, activity) => {
    await run(['presence', 'Parrot', '--status', 'dnd', '--activity', words]);
    const [agent] = await database.agents.list();
    expect(agent?.presence).toEqual({ status: 'dnd', activity });
    await run(['presence', 'Parrot', '--clear']);
    expect((await database.agents.list())[0]?.presence).toBeUndefined();
  });

  it('lists the bots with host, pause, presence and what is pending; as JSON too', async () => {
    await hold('Parrot');
    await run(['pause', 'Parrot', '--no-wait']);
    await run(['presence', 'Parrot', '--status', 'idle', '--activity', 'watching the stars', '--no-wait']);
    const { out } = await run(['list']);
    expect(out.split('\n')[1]).toMatch(
      /^Parrot +stopped +since 2026-\S+Z +ship +idle, watching the stars +2 +no host has run it yet$/,
    );
    expect(JSON.parse((await run(['list', '--json'])).out)).toMatchObject([
      { name: 'Parrot', paused: true, host: 'ship', pending_commands: 2, presence: { status: 'idle' } },
    ]);
  });

  it('lists the commands that were given, by agent and state', async () => {
    await add('Helper');
    await run(['say', 'Parrot', '--channel', CHANNEL, 'hello there']);
    await run(['reload', 'Helper']);
    const { out } = await run(['commands', '--agent', 'parrot']);
    expect(out.split('\n')[1]).toContain(`Parrot  say in ${CHANNEL}: hello there  pending  cli: ada`);
    const commands = JSON.parse((await run(['commands', '--json'])).out) as { kind: string }[];
    expect(commands.map(({ kind }) => kind)).toEqual(['reload', 'say']);
    expect((await run(['commands', '--state', 'failed'])).out).toBe('There is no such command.\n');
  });

  it.each([
    [['restart', 'Parot'], 1, /there is no agent "Parot"; did you mean "Parrot"\?/],
    [['say', 'Parrot', '--channel', '#general', 'hi'], 1, /"#general" is no id of a channel/],
    [['say', 'Parrot', '--channel', CHANNEL, '  '], 1, /there is no text to say/],
    [['presence', 'Parrot'], 1, /nothing to show\n.*--clear/],
    [['presence', 'Parrot', '--activity', 'a'.repeat(129)], 1, /129 characters/],
    [['restart'], 2, /name one agent or several, or say --all/],
    [['restart', 'Parrot', '--all'], 2, /name one agent or several, or say --all/],
    [['say', 'Parrot', 'hi'], 2, /--channel/],
    [['pause', 'Parrot', '--expires', '1h'], 2, /unknown option/],
    [['reload', 'Parrot', '--expires', 'soon'], 2, /such as 30s/],
    [['presence', 'Parrot', '--status', 'asleep'], 2, /Allowed choices/],
    [['dance'], 2, /unknown command/],
  ])('refuses %j with exit code %i, and sends nothing', async (argv, code, words) => {
    const outcome = await run(argv);
    expect(outcome.code).toBe(code);
    expect(outcome.err).toMatch(words);
    expect(await database.botCommands.list({ limit: 10 })).toEqual([]);
  });

  it('explains itself', async () => {
    const { code, out } = await run(['--help']);
    expect(code).toBe(0);
    for (const word of ['list', 'restart', 'reload', 'pause', 'resume', 'say', 'presence', 'commands'])
      expect(out).toMatch(new RegExp(`^ {2}${word}\\b`, 'm'));
    expect(out).toContain('Exit codes:');
  });
});

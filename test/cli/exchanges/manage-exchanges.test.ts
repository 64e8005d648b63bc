import { beforeEach, describe, expect, it } from 'vitest';
import { manageExchanges, type ManageExchangesDeps } from '../../../src/cli/exchanges/manage-exchanges.ts';
import type { PrismaClient } from '../../../src/database/generated/sqlite/client.ts';
import type { Database } from '../../../src/database/open-database.ts';
import { ConfigError, UnavailableError } from '../../../src/errors.ts';
import { testDatabase } from '../../support/test-database.ts';
import { addAgent, writeDown } from '../../support/user-rows.ts';

const NOW = new Date('2026-11-21T10:15:30Z');
const TOKEN = 'MTA3MzQ1Njc4OTAxMjM0NTY3.Gabcde.abcdefghijklmnopqrstuvwxyz0123456789AB';
const ago = (minutes: number): Date => new Date(NOW.getTime() - minutes * 60_000);

let database: Database;
let client: PrismaClient;
let helper: string;
beforeEach(async () => {
  const place = await testDatabase();
  database = await place.open();
  ({ client } = place.client());
  helper = await addAgent(database, 'Helper');
});

const write = (state: string, minutes = 0, words = 'hello', agentId = helper): Promise<string> =>
  writeDown(client, { agentId, userId: '81384788765712384', at: ago(minutes), state, words });

const stateOf = async (id: string): Promise<string> =>
  (await client.exchange.findUniqueOrThrow({ where: { id } })).state;

interface Parts extends Partial<ManageExchangesDeps> {
  /** Somebody at the terminal, and what they answer. */
  answer?: boolean;
}

async function run(argv: string[], { answer, ...deps }: Parts = {}) {
  const outcome = { code: -1, out: '', err: '', questions: [] as string[] };
  const isTTY = answer !== undefined;
  const io = {
    stdin: { isTTY },
    stdout: { write: (text: string) => (outcome.out += text) },
    stderr: { write: (text: string) => (outcome.err += text), isTTY },
  };
  let open = 0;
  outcome.code = await manageExchanges(argv, io, {
    now: () => NOW,
    openExchanges: () => {
      open++;
      const close = (): Promise<void> => {
        open--;
        return Promise.resolve();
      };
      const { exchangeLog: exchanges, agents } = database;
      return Promise.resolve({ exchanges, agents, pollIntervalMs: 10_000, close });
    },
    confirm: (question) => {
      outcome.questions.push(question);
      return Promise.resolve(answer ?? false);
    },
    ...deps,
  });
  expect(open, 'what was opened is closed').toBe(0);
  return outcome;
}

async function listed(...argv: string[]): Promise<Record<string, unknown>[]> {
  const { code, out, err } = await run(['list', ...argv, '--json']);
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as Record<string, unknown>[];
}

describe('list', () => {
  it('shows the last twenty, newest first, a line each', async () => {
    const ids: string[] = [];
    for (let minutes = 25; minutes > 0; minutes--) ids.push(await write('delivered', minutes));
    const { code, out } = await run(['list']);
    expect(code).toBe(0);
    const [heads, ...lines] = out.trimEnd().split('\n');
    expect(heads?.split(/ {2,}/)).toEqual([
      'TIME',
      'REFERENCE',
      'AGENT',
      'STATE',
      'REASON',
      'USER',
      'ATTEMPTS',
      'QUESTION',
    ]);
    expect(lines).toHaveLength(20);
    expect(lines[0]?.split(/ {2,}/)).toEqual([
      '2026-11-21T10:14Z',
      ids.at(-1)?.slice(-8),
      'Helper',
      'delivered',
      'direct-message',
      '81384788765712384',
      '0',
      'question hello',
    ]);
    expect((await listed('--limit', '3')).map(({ id }) => id)).toEqual(ids.toReversed().slice(0, 3));
  });

  it('keeps the first words of a question on one line that no terminal stumbles over', async () => {
    await write('delivered', 0, `one\ntwo\u001B[2J\u202E ${TOKEN} ${'and so on '.repeat(20)}`);
    const { out } = await run(['list']);
    expect(out.split('\n')).toHaveLength(3);
    for (const unseen of ['\u001B', '\u202E']) expect(out).not.toContain(unseen);
    expect(out).toContain('question one two\\u001b[2J');
    expect(out).toContain('…');
    expect(out).not.toContain(TOKEN.slice(0, 12));
  });

  it('prints an array for programs, and nothing else', async () => {
    const id = await write('dead-letter', 5);
    const [only, ...others] = await listed();
    expect(others).toEqual([]);
    expect(only).toMatchObject({
      id,
      reference: id.slice(-8),
      agent: 'Helper',
      agent_id: helper,
      state: 'dead-letter',
      user_id: '81384788765712384',
      channel_id: '70',
      guild_id: null,
      attempts: 0,
      question: 'question hello',
      answer: ['reply hello'],
      posted: [
        { id: '81', link: 'https://discord.com/channels/@me/70/81' },
        { id: '82', link: 'https://discord.com/channels/@me/70/82' },
      ],
      admitted_at: ago(5).toISOString(),
      finished_at: null,
    });
    expect(await listed('--state', 'failed')).toEqual([]);
  });

  it('never shows a secret that somebody wrote', async () => {
    const id = await write('delivered', 0, TOKEN);
    for (const argv of [['list'], ['list', '--json'], ['show', id], ['show', id, '--json']])
      expect((await run(argv)).out, argv.join(' ')).not.toContain(TOKEN.slice(0, 12));
  });

  it('shows only what is asked for', async () => {
    const muse = await addAgent(database, 'Muse');
    const [dead, failed, theirs] = [
      await write('dead-letter', 90),
      await write('failed', 30),
      await write('admitted', 10, 'hi', muse),
    ];
    const ids = async (...argv: string[]): Promise<unknown[]> => (await listed(...argv)).map(({ id }) => id);
    expect(await ids('--state', 'failed', 'dead-letter')).toEqual([failed, dead]);
    expect(await ids('--open')).toEqual([theirs, dead]);
    expect(await ids('--agent', 'muse')).toEqual([theirs]);
    expect(await ids('--since', '1h')).toEqual([theirs, failed]);
    expect(await ids('--since', '2026-11-22')).toEqual([]);
    expect(await ids('--user', '7')).toEqual([]);
    expect(await ids('--channel', '70', '--limit', '1')).toEqual([theirs]);
  });

  it('knows an agent that is gone by its id, and tells who was meant by a name that there is not', async () => {
    const gone = await addAgent(database, 'Gone');
    const id = await write('failed', 0, 'hello', gone);
    await client.agent.deleteMany({ where: { name: 'Gone' } });
    expect(await listed('--agent', gone)).toMatchObject([{ id, agent: gone }]);
    const { code, err } = await run(['list', '--agent', 'Helpr']);
    expect([code, err]).toEqual([1, expect.stringContaining('did you mean "Helper"?')]);
  });

  it('says so when there is none', async () => {
    expect(await run(['list'])).toMatchObject({ code: 0, out: 'There is no such exchange.\n' });
  });
});

describe('show', () => {
  it('tells everything that is known, by id and by reference', async () => {
    const id = await write('delivered', 5, 'one\ntwo\u001B[2J');
    await client.exchange.update({
      where: { id },
      data: {
        guildId: '60',
        attempts: 1,
        answer: JSON.stringify({ pieces: ['first', 'second'], ending: 'delivered' }),
        answeredAt: new Date(ago(5).getTime() + 1_500),
        finishedAt: new Date(ago(5).getTime() + 1_750),
      },
    });
    const { messageId } = await client.exchange.findUniqueOrThrow({ where: { id } });
    const { code, out } = await run(['show', id.slice(-8).toUpperCase()]);
    expect(code).toBe(0);
    expect(out).toBe(
      [
        `id         ${id}`,
        `reference  ${id.slice(-8)}`,
        'agent      Helper',
        'state      delivered',
        'reason     direct-message',
        'user       81384788765712384',
        `message    https://discord.com/channels/60/70/${messageId}`,
        'attempts   1',
        'admitted   2026-11-21T10:10:30.000Z',
        'answered   2026-11-21T10:10:31.500Z (+1.500 s)',
        'finished   2026-11-21T10:10:31.750Z (+0.250 s)',
        '',
        'question:',
        '  question one',
        '  two\\u001b[2J',
        '',
        'answer, piece 1 of 2:',
        '  first',
        '',
        'answer, piece 2 of 2:',
        '  second',
        '',
        'posted as:',
        '  https://discord.com/channels/60/70/81',
        '  https://discord.com/channels/60/70/82',
        '',
      ].join('\n'),
    );
    expect((await run(['show', id])).out).toBe(out);
    expect(JSON.parse((await run(['show', id, '--json'])).out)).toMatchObject({
      id,
      answer: ['first', 'second'],
    });
  });

  it('tells which words are a notice, and where ids of messages are not on record', async () => {
    const id = await write('failed');
    const answer = JSON.stringify({ pieces: ['sorry'], ending: 'failed' });
    await client.exchange.update({ where: { id }, data: { answer, posted: null, answeredAt: NOW } });
    const { out } = await run(['show', id]);
    expect(out).toContain('notice (failed):\n  sorry\n');
    expect(out).toContain('no ids are on record');
  });

  it('lists those that a reference may mean', async () => {
    const [first, second] = [await write('delivered'), await write('failed')];
    const twin = `${second.slice(0, -8)}${first.slice(-8)}`;
    await client.exchange.update({ where: { id: second }, data: { id: twin } });
    const { code, out, err } = await run(['show', first.slice(-8)]);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(first);
    expect(err).toContain(twin);
  });

  it('says so when there is none', async () => {
    const { code, err } = await run(['show', '00000000']);
    expect([code, err]).toEqual([1, expect.stringContaining('there is no exchange 00000000')]);
  });
});

describe('replay', () => {
  it('has a dead letter answered after all, and says when', async () => {
    const [id, other] = [await write('dead-letter'), await write('dead-letter')];
    const { code, out } = await run(['replay', id.slice(-8)]);
    expect(code).toBe(0);
    expect(out).toBe(
      '1 dead letter to be answered after all. A host that runs the bot of Helper takes it up within 10 s; ' +
        'otherwise the next start does.\n',
    );
    expect([await stateOf(id), await stateOf(other)]).toEqual(['replay', 'dead-letter']);
  });

  it.each([
    ['delivered', 'cannot be answered again', 'nothing left to drop'],
    ['ignored', 'cannot be answered again', 'nothing left to drop'],
    ['admitted', 'still on its way', 'still on its way'],
    ['replay', 'still on its way', 'still on its way'],
  ])('refuses what is %s, and says why', async (state, notAgain, notGone) => {
    const id = await write(state);
    for (const [command, why] of [
      ['replay', notAgain],
      ['drop', notGone],
    ] as const) {
      const { code, out, err } = await run([command, id]);
      expect([code, out]).toEqual([1, '']);
      expect(err).toContain(`is ${state}, not a dead letter`);
      expect(err).toContain(why);
    }
    expect(await stateOf(id)).toBe(state);
  });

  it('refuses one whose agent is gone, and says how to get rid of it', async () => {
    const id = await write('dead-letter', 0, 'hello', await addAgent(database, 'Gone'));
    await client.agent.deleteMany({ where: { name: 'Gone' } });
    const { code, err } = await run(['replay', id]);
    expect([code, err]).toEqual([1, expect.stringContaining(`drop ${id.slice(-8)}`)]);
  });

  it('replays all of them with --all, and says what is left', async () => {
    await write('dead-letter', 0, 'hello', await addAgent(database, 'Gone'));
    await client.agent.deleteMany({ where: { name: 'Gone' } });
    const ids = [await write('dead-letter'), await write('dead-letter')];
    const { code, out } = await run(['replay', '--all']);
    expect(code).toBe(0);
    expect(out).toContain('2 dead letters to be answered after all.');
    expect(out).toContain('1 dead letter left');
    for (const id of ids) expect(await stateOf(id)).toBe('replay');
    expect(JSON.parse((await run(['replay', '--all', '--json'])).out)).toEqual({ replayed: 0, left: 1 });
  });

  it('tells whoever comes second', async () => {
    const id = await write('dead-letter');
    const { exchangeLog, agents } = database;
    const slow = {
      find: async (asked: string) => {
        const found = await exchangeLog.find(asked);
        await exchangeLog.drop(id);
        return found;
      },
      replay: (one: string | undefined) => exchangeLog.replay(one),
    };
    const { code, err } = await run(['replay', id], {
      openExchanges: () =>
        Promise.resolve({
          exchanges: Object.assign(Object.create(exchangeLog) as typeof exchangeLog, slow),
          agents,
          pollIntervalMs: 10_000,
          close: () => Promise.resolve(),
        }),
    });
    expect([code, err]).toEqual([1, expect.stringContaining('somebody else settled it')]);
    expect(await stateOf(id)).toBe('failed');
  });
});

describe('drop', () => {
  it('ends a dead letter as failed after somebody said yes', async () => {
    const id = await write('dead-letter');
    const { code, out, questions } = await run(['drop', id], { answer: true });
    expect([code, out]).toEqual([0, '1 dead letter dropped. What the users were told stays.\n']);
    expect(questions).toEqual([`Drop ${id.slice(-8)}? It cannot be answered any more then.`]);
    expect(await client.exchange.findUniqueOrThrow({ where: { id } })).toMatchObject({
      state: 'failed',
      reason: 'dropped',
      message: null,
    });
  });

  it('drops nothing when the answer is no, or nobody is there to ask', async () => {
    const id = await write('dead-letter');
    const no = await run(['drop', '--all'], { answer: false });
    expect([no.code, no.err]).toEqual([1, expect.stringContaining('not confirmed')]);
    const nobody = await run(['drop', id]);
    expect([nobody.code, nobody.err]).toEqual([1, expect.stringContaining('--yes')]);
    expect(await stateOf(id)).toBe('dead-letter');
  });

  it('drops all of them with --all --yes, and again without harm', async () => {
    await write('dead-letter');
    await write('dead-letter');
    const kept = await write('admitted');
    expect(JSON.parse((await run(['drop', '--all', '--yes', '--json'])).out)).toEqual({ dropped: 2 });
    expect((await run(['drop', '--all', '--yes'])).out).toBe('There is no dead letter.\n');
    expect(await stateOf(kept)).toBe('admitted');
  });
});

it.each([
  [['show']],
  [['show', 'first']],
  [['replay']],
  [['replay', '00000000', '--all']],
  [['drop']],
  [['list', '--state', 'lost']],
  [['list', '--state', 'failed', '--open']],
  [['list', '--limit', '0']],
  [['list', '--since', 'yesterday']],
  [['list', '--user', 'ann']],
  [['resurrect', '--all']],
])('does not understand %j, and opens nothing', async (argv) => {
  const openExchanges = (): never => {
    throw new Error('opened');
  };
  expect((await run(argv, { openExchanges })).code).toBe(2);
});

it.each([
  ['a wrong setting', new ConfigError('DATABASE_URL: what is that'), 78],
  ['a database that cannot be reached', new UnavailableError('cannot open the database'), 1],
])('tells of %s', async (_, error, code) => {
  const outcome = await run(['list'], { openExchanges: () => Promise.reject(error) });
  expect([outcome.code, outcome.err]).toEqual([code, `${error.message}\n`]);
});

it('has a help with examples', async () => {
  const { code, out } = await run(['--help']);
  expect(code).toBe(0);
  expect(out).toContain('npm run exchanges -- replay');
});

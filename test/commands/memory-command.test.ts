import { beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { FakeMemoryStore } from '../support/fake-memory-store.ts';
import { turn } from '../support/memory-store-promises.ts';
import { ANN, GUILD, remember, use } from './run-command.ts';

const ALL = { options: { with: 'all-bots' } };

let memory: FakeMemoryStore;
beforeEach(() => {
  memory = new FakeMemoryStore({ helper: 'Helper', muse: 'Muse' });
});

describe('/memory show', () => {
  it('tells how much this agent remembers since when, and the last of it, oldest first', async () => {
    const id = await remember(
      memory,
      [1, 2, 3, 4].map((number) => turn(number)),
    );
    await memory.saveSummary(id, { text: 'a summary', until: turn(1).exchangeId });
    await remember(memory, [turn(9)], { agentId: 'muse' });
    const { text, file } = await use(memory, '/memory show');
    expect(text.split('\n')).toEqual([
      '**What is remembered of you**',
      '- **Helper**: 4 questions and their answers since <t:1767225660:D>, with a summary',
      '**Most recently**',
      ...[2, 3, 4].flatMap((number) => [
        `<t:${(1_767_225_600 + 60 * number).toString()}:D> **You:** question ${number}`,
        `**Helper:** answer ${number}`,
      ]),
      '`/memory export` gives you all of it as a file, `/memory forget` deletes it.',
    ]);
    expect(file).toBeUndefined();
  });

  it('shows all bots when asked, with the places that are kept apart, and agents that are gone', async () => {
    await remember(memory, [turn(1)], { scope: GUILD });
    await remember(memory, [turn(2)], { scope: 'dm' });
    await remember(memory, [turn(3)], { agentId: 'muse', scope: '99' });
    await remember(memory, [turn(4), turn(5)], { agentId: 'gone' });
    const { text } = await use(memory, '/memory show', ALL);
    expect(text).toContain('- **Helper** on this server: 1 question');
    expect(text).toContain('- **Helper** in direct messages: 1 question');
    expect(text).toContain('- **Muse** on the server 99: 1 question');
    expect(text).toContain('- **gone**: 2 questions');
    expect(text.match(/question \d/g)).toEqual(['question 3', 'question 4', 'question 5']);
  });

  it('shows what users and agents wrote without its effects', async () => {
    memory.nameAgent('helper', '*Helper*');
    await remember(memory, [
      turn(1, { question: '```\n@everyone', answer: '[a](http://b)' }),
      turn(2, { question: '' }),
    ]);
    const { text } = await use(memory, '/memory show');
    expect(text).toContain('**\\*Helper\\***');
    expect(text).toContain('**You:** \\`\\`\\` \\@everyone\n');
    expect(text).toContain('\\[a\\]\\(http\\://b\\)');
    expect(text).toContain('**You:** (no text)');
  });

  it('fits into one message, however much there is', async () => {
    const long = '*'.repeat(5_000);
    for (let agent = 0; agent < 60; agent++) {
      const agentId = `agent-${agent}`;
      memory.nameAgent(agentId, '_'.repeat(70) + agent.toString());
      await remember(memory, [turn(agent, { question: long, answer: long })], { agentId });
    }
    const { text } = await use(memory, '/memory show', ALL);
    const listed = text.match(/^- \*\*/gm)?.length ?? 0;
    expect(listed).toBeGreaterThan(2);
    expect(text).toContain(`… and ${(60 - listed).toString()} more`);
    expect(text).toContain('**You:**');
    expect(text.endsWith('`/memory forget` deletes it.')).toBe(true);
  });
});

describe('/memory export', () => {
  it('gives all of it as a JSON file that a person can read', async () => {
    const id = await remember(memory, [turn(1), turn(2, { question: 'ünï `code`' })]);
    await memory.saveSummary(id, { text: 'a summary', until: turn(1).exchangeId });
    await remember(memory, [turn(3)], { agentId: 'muse', scope: 'dm' });
    const { file } = await use(memory, '/memory export', ALL);
    expect(file).toMatchObject({ name: 'troupe-memory-2026-02-03.json', mediaType: 'application/json' });
    expect(file?.content).toContain('\n      "agent": "Helper",\n');
    const exported = JSON.parse(file?.content ?? '') as { memories: { turns: object[] }[] };
    expect(exported).toMatchObject({
      user_id: ANN,
      exported_at: '2026-02-03T04:05:06.789Z',
      memories: [
        { agent: 'Helper', agent_id: 'helper', scope: 'everywhere', summary: 'a summary' },
        { agent: 'Muse', agent_id: 'muse', scope: 'dm', summary: null },
      ],
    });
    expect(exported.memories[0]?.turns).toEqual([
      {
        exchange_id: turn(1).exchangeId,
        at: '2026-01-01T00:01:00.000Z',
        question: 'question 1',
        answer: 'answer 1',
      },
      {
        exchange_id: turn(2).exchangeId,
        at: '2026-01-01T00:02:00.000Z',
        question: 'ünï `code`',
        answer: 'answer 2',
      },
    ]);
  });

  it('gives only what this bot remembers unless all are asked for', async () => {
    await remember(memory, [turn(1)]);
    await remember(memory, [turn(2)], { agentId: 'muse' });
    const { file } = await use(memory, '/memory export');
    expect(file?.content).toContain('question 1');
    expect(file?.content).not.toContain('question 2');
  });

  it('says so when it is more than Discord takes', async () => {
    const long = 'a'.repeat(4_000_000);
    await remember(
      memory,
      [1, 2, 3].map((number) => turn(number, { answer: long })),
    );
    const { text, file } = await use(memory, '/memory export');
    expect(text).toContain('more than a file on Discord can hold');
    expect(file).toBeUndefined();
  });
});

describe('/memory forget', () => {
  it('forgets what this bot remembers in all places, says what, and how to keep a copy another time', async () => {
    await remember(memory, [turn(1)], { scope: GUILD });
    await remember(memory, [turn(2)], { scope: 'dm' });
    await remember(memory, [turn(3)], { agentId: 'muse' });
    expect((await use(memory, '/memory forget')).text).toBe(
      'Forgotten: 2 questions and their answers (Helper), and any summary of them. This cannot be undone. ' +
        'To keep a copy another time, use `/memory export` first.',
    );
    expect((await memory.sizes({ userId: ANN })).map(({ agentName }) => agentName)).toEqual(['Muse']);
  });

  it('forgets what all bots remember, those that are gone too', async () => {
    await remember(memory, [turn(1)]);
    await remember(memory, [turn(2), turn(3)], { agentId: 'gone' });
    await remember(memory, [], { agentId: 'muse' });
    const { text } = await use(memory, '/memory forget', ALL);
    expect(text).toMatch(/^Forgotten: 3 questions and their answers \(gone, Helper\)/);
    expect(await memory.sizes({ userId: ANN })).toEqual([]);
  });

  it('forgets a memory that has just begun, so that the answer being made is not kept', async () => {
    const id = await remember(memory, []);
    expect((await use(memory, '/memory forget')).text).toBe('I remember nothing of you.');
    expect(await memory.remember(id, turn(1))).toBe(false);
  });

  it('fits into one message, however many bots there are', async () => {
    for (let agent = 0; agent < 60; agent++) {
      memory.nameAgent(`agent-${agent}`, '_'.repeat(70) + agent.toString());
      await remember(memory, [turn(agent)], { agentId: `agent-${agent}` });
    }
    expect((await use(memory, '/memory forget', ALL)).text).toContain(' and 45 more)');
  });
});

describe.each(['show', 'export', 'forget'])('/memory %s', (subcommand) => {
  const words = `/memory ${subcommand}`;

  it.each([
    ['this bot', {}],
    ['all bots', ALL],
  ])('is about nobody but the user who asks (%s)', async (_, options) => {
    await remember(memory, [turn(1)], { userId: '7' });
    const { text, file } = await use(memory, words, options);
    expect(text).toMatch(/remember nothing|remembers anything/);
    expect(file).toBeUndefined();
    expect(await memory.sizes({ userId: '7' })).toHaveLength(1);
  });

  it('says in a friendly way that there is nothing', async () => {
    await remember(memory, []);
    expect((await use(memory, words)).text).toBe('I remember nothing of you.');
    expect((await use(memory, words, ALL)).text).toBe('None of the bots here remembers anything of you.');
    expect((await use(memory, words, { settings: { type: 'echo' } })).text).toMatch(/^I only say back/);
  });
});

it('refuses a subcommand that there is not', async () => {
  await expect(use(memory, '/memory erase')).rejects.toThrow(InputError);
});

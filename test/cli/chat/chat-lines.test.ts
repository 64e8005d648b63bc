import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { PassThrough } from 'node:stream';
import type { AgentDefinition } from '../../../src/agents/agent-definition.ts';
import type { RecordedRequest } from '../../support/llm/recorded-request.ts';
import { runProcess } from '../../support/run-process.ts';
import { type ChatStage, setChatStage } from './chat-stage.ts';

const ADA = '81384788765712384';

/** Whether a request is for an answer to this. */
const says =
  (text: string) =>
  ({ messages }: RecordedRequest): boolean =>
    messages.at(-1)?.text.includes(text) ?? false;

/** A stage with an echo agent. */
async function withParrot(agent: Partial<AgentDefinition> = {}): Promise<ChatStage> {
  const stage = await setChatStage();
  await stage.addAgent({ name: 'Parrot', config: { prefix: '> ' }, ...agent });
  return stage;
}

/** A stage with an LLM agent. */
async function withHelper(agent: Partial<AgentDefinition> = {}): Promise<ChatStage> {
  const stage = await setChatStage();
  await stage.addAgent({ name: 'Helper', type: 'llm', config: { model: 'gpt-4o' }, ...agent });
  return stage;
}

describe('without a terminal', () => {
  it('answers each line of standard input, and writes nothing else', async () => {
    const { run } = await withParrot();
    expect(await run(['parrot'], 'hello\n\nworld\r\n')).toEqual({
      code: 0,
      out: '> hello\n> world\n',
      err: '',
    });
  });

  it('prints an object for each answer with --json, with what it used', async () => {
    const { run, llm } = await withHelper();
    llm.reply('Fine.\nAnd you?');
    const { code, out } = await run(['Helper', '--json'], 'how are you?\nstill fine?\n');
    const answers = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(code).toBe(0);
    expect(answers).toMatchObject([
      {
        question: 'how are you?',
        answer: 'Fine.\nAnd you?',
        state: 'delivered',
        reason: 'direct-message',
        usage: { output_tokens: 4 },
      },
      { question: 'still fine?', state: 'delivered' },
    ]);
  });

  it('asks one thing with --message, and leaves standard input alone', async () => {
    const { run, rows } = await withParrot();
    const { code, out } = await run(['--message', 'just this'], 'not this\n');
    expect({ code, out }).toEqual({ code: 0, out: '> just this\n' });
    expect(rows('SELECT question FROM exchanges')).toEqual([{ question: 'just this' }]);
  });

  it('sends files with the first message, as the agent reads them', async () => {
    const { run, llm, directory } = await withHelper();
    await writeFile(path.join(directory, 'bees.md'), '# Bees\n');
    await writeFile(path.join(directory, 'song.mp3'), 'la');
    const files = ['--attach', 'bees.md', '--attach', 'song.mp3'];
    expect((await run(['Helper', ...files], 'what is it?\nsure?\n')).code).toBe(0);
    const [, first, second] = llm.requests.map(({ messages }) => messages.at(-1)?.text ?? '');
    expect(first).toContain('# Bees');
    expect(first).toContain('this kind of file is not read');
    expect(second).not.toContain('# Bees');
    expect(await run(['Helper', '--attach', 'none.md'], 'x\n')).toMatchObject({
      code: 1,
      err: expect.stringContaining('none.md cannot be attached') as string,
    });
  });

  it('ends with 1 when one was not answered, and tells why on standard error only', async () => {
    const { run, llm } = await withHelper();
    llm.failRequests({ status: 400, times: 1, when: says('first') });
    llm.reply('Good.');
    const { code, out, err } = await run(['Helper'], 'first\nsecond\n');
    expect({ code, out }).toEqual({ code: 1, out: 'Good.\n' });
    expect(err).toContain('not answered: model-bad-request');
    expect(err).toContain('My language model did not take that message.');
  });

  it('says at once why an agent cannot answer', async () => {
    const { run, llm, env } = await withHelper();
    llm.failRequests({ status: 401 });
    const refused = await run(['Helper'], 'hello\n');
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toContain('does not accept the key');
    const keyless = await run(['Helper'], 'hello\n', { env: { ...env, OPENAI_API_KEY: '' } });
    expect(keyless).toMatchObject({ code: 1, out: '' });
    expect(keyless.err).toContain('OPENAI_API_KEY is not set');
  });

  it('does not let a check that proves nothing keep it from answering', async () => {
    const { run, llm } = await withHelper();
    llm.rateLimit({ times: 1, retryAfter: 3600 });
    llm.reply('All the same.');
    const { code, out, err } = await run(['Helper'], 'hello\n');
    expect({ code, out }).toEqual({ code: 0, out: 'All the same.\n' });
    expect(err).toContain('could not find out whether');
  });

  it('shows no control character of what an agent’s settings or a provider say', async () => {
    const { run, llm, addAgent } = await setChatStage();
    const escape = '\u001B]0;gone\u0007';
    await addAgent({ name: 'Helper', type: 'llm', config: { model: 'gpt-4o', temperature: `a${escape}` } });
    await addAgent({ name: 'Critic', type: 'llm', config: { model: `gpt-4o${escape}` } });
    llm.failRequests({ status: 500, message: `down${escape}` });
    const runs = [
      await run(['Helper'], 'hello\n'),
      await run(['Critic'], 'hello\n'),
      await run([escape], ''),
    ];
    for (const { code, err } of runs) {
      expect(code).toBe(1);
      expect(err).toMatch(/\n$/);
      expect(err).not.toMatch(/[^\P{Cc}\n]/u);
    }
  });

  it('heeds the host’s budget as it is set meanwhile', async () => {
    const { run, llm, database } = await withHelper();
    llm.reply('Fine.');
    const input = new PassThrough();
    let goOn: (() => void) | undefined = () => {
      goOn = undefined;
      void database.settings.set('BUDGET_TOKENS_PER_DAY', '1').then(() => input.end('second\n'));
    };
    const running = run(['Helper'], input, { onOutput: () => goOn?.() });
    input.write('first\n');
    const { code, out, err } = await running;
    expect({ code, out }).toEqual({ code: 1, out: 'Fine.\n' });
    expect(err).toContain('budget');
    expect(llm.requests.some(says('second'))).toBe(false);
  });

  it('stops asking when it is interrupted, and cancels what is being answered', async () => {
    const { run, llm, rows } = await withHelper();
    const interrupt = new AbortController();
    llm.hangRequests({ when: says('first') });
    const running = run(['Helper'], 'first\nsecond\n', { signal: interrupt.signal });
    await llm.until(() => llm.requests.some(says('first')), 'the question');
    interrupt.abort();
    const { code, out } = await running;
    expect({ code, out }).toEqual({ code: 130, out: '' });
    expect(rows('SELECT state, reason FROM exchanges')).toEqual([{ state: 'failed', reason: 'cancelled' }]);
  });
});

describe('the way of a message', () => {
  it('is that of Discord: an exchange of a direct message is written down', async () => {
    const { run, rows } = await withParrot();
    await run(['Parrot', '--user', ADA], 'one\ntwo\n');
    const exchanges = rows('SELECT message_id, guild_id, user_id, state, reason FROM exchanges ORDER BY id');
    expect(exchanges).toMatchObject([
      { guild_id: null, user_id: ADA, state: 'delivered', reason: 'direct-message' },
      { user_id: ADA, state: 'delivered' },
    ]);
    expect(new Set(exchanges.map((row) => row['message_id'])).size).toBe(2);
  });

  it('has the memory of the user that --user names, and the name that --name gives', async () => {
    const { run, llm, database } = await withHelper();
    await run(['Helper', '--user', ADA, '--name', 'Ada'], 'I keep bees\n');
    await run(['Helper', '--user', ADA, '--name', 'Ada'], 'what do I keep?\n');
    const asked = llm.requests.at(-1)?.messages.map(({ text }) => text) ?? [];
    expect(asked.join('\n')).toMatch(/from="Ada"[^]*I keep bees[^]*what do I keep/);
    expect(await database.memory.sizes({ userId: ADA })).toMatchObject([{ turns: 2 }]);
    await run(['Helper'], 'and me?\n');
    expect(
      llm.requests
        .at(-1)
        ?.messages.map(({ text }) => text)
        .join('\n'),
    ).not.toContain('bees');
  });

  it('follows what is changed in the agents table meanwhile', async () => {
    const { database, run } = await withParrot();
    const [parrot] = await database.agents.list();
    if (parrot === undefined) throw new Error('no agent');
    const stdin = new PassThrough();
    const { promise: answered, resolve } = Promise.withResolvers<undefined>();
    const onOutput = (): void => {
      resolve(undefined);
    };
    const running = run(['Parrot'], stdin, { onOutput });
    stdin.write('hello\n');
    await answered;
    const definition = { ...parrot, config: { prefix: 'Squawk! ' } };
    await database.agents.apply([{ kind: 'update', id: parrot.id, definition, token: undefined }]);
    stdin.end('hello\n');
    expect((await running).out).toBe('> hello\nSquawk! hello\n');
  });

  it('keeps rate limits, and tells of them in words and by their name', async () => {
    const { run } = await withParrot({ rateLimit: 1 });
    const { code, out, err } = await run(['Parrot'], 'one\ntwo\n');
    expect({ code, out }).toEqual({ code: 1, out: '> one\n' });
    expect(err).toMatch(/^not answered: rate-limited\n.*I answer you again in (\d+ seconds|1 minute)\.\n$/);
  });

  it('keeps the budgets of users', async () => {
    const { run } = await withHelper({
      config: { model: 'gpt-4o', budget: { per_user: { tokens: 1_500 } } },
    });
    const { code, err } = await run(['Helper'], 'one\ntwo\nthree\n');
    expect(code).toBe(1);
    expect(err).toContain('not answered: budget-');
    expect(err).not.toContain('<t:');
  });

  it('answers a user of the terminal whatever the lists of Discord users say, others as on Discord', async () => {
    const { run } = await withParrot({ respondToDm: false, allowedUsers: ['7'], enabled: false });
    expect(await run(['Parrot'], 'hello\n')).toMatchObject({ code: 0, out: '> hello\n' });
    expect(await run(['Parrot', '--user', ADA], 'hello\n')).toEqual({
      code: 1,
      out: '',
      err: 'not answered: dm-disabled\n',
    });
  });
});

describe('which agent', () => {
  it('is the only one, or the one that is named; a wrong name gets the nearest', async () => {
    const { run, addAgent } = await withParrot();
    expect((await run([], 'hello\n')).out).toBe('> hello\n');
    await addAgent({ name: 'Herald' });
    expect((await run(['HERALD'], 'hello\n')).out).toBe('hello\n');
    expect(await run(['Heradl'], 'hello\n')).toMatchObject({
      code: 1,
      err: 'there is no agent "Heradl"; did you mean "Herald"?\nnpm run agents -- list shows them all.\n',
    });
    expect(await run([], 'hello\n')).toMatchObject({
      code: 1,
      err: expect.stringContaining('Parrot, Herald') as string,
    });
  });

  it('is none on an empty table: it says how to make one', async () => {
    const { run, database } = await setChatStage();
    const { code, err } = await run(['Parrot'], 'hello\n');
    expect(code).toBe(1);
    expect(err).toContain('npm run agents:load -- agents.example.yaml');
    expect(await database.agents.list()).toEqual([]);
  });
});

describe('the command', () => {
  it('shows its help with examples, and refuses what makes no sense', async () => {
    const { run } = await setChatStage();
    const help = await run(['--help']);
    expect(help).toMatchObject({ code: 0, err: '' });
    expect(help.out).toContain('echo hello | npm run -s chat -- Parrot');
    for (const argv of [
      ['--user', 'ada'],
      ['--user', '0'],
      ['--name', ' '],
      ['-m', ' '],
      ['--nope'],
      ['a', 'b'],
    ])
      expect((await run(argv)).code, argv.join(' ')).toBe(2);
    expect((await run(['Parrot'], '', { env: { LOG_LEVEL: 'loud' } })).code).toBe(78);
  });

  it('logs to the file that is asked for, and to standard error for debugging alone', async () => {
    const { run, env } = await withParrot();
    expect((await run(['-m', 'hi'], '', { env: { ...env, LOG_LEVEL: 'info' } })).err).toBe('');
    const debug = await run(['-m', 'hi'], '', { env: { ...env, LOG_LEVEL: 'debug', LOG_TO_FILE: 'true' } });
    expect(debug.out).toBe('> hi\n');
    expect(debug.err).toContain('answered');
    expect(await readFile(env['LOG_FILE'] ?? '', 'utf8')).toContain('answered');
  });

  it('runs as a program', async () => {
    const { env } = await withParrot();
    const program = runProcess('scripts/chat.ts', env, ['Parrot', '--message', 'hello']);
    expect(await program.ended).toBe(0);
    expect(program.output()).toBe('> hello\n');
  });
});

import { describe, expect, it } from 'vitest';
import { GO_ON } from '../../src/providers/conversation.ts';
import { assistant, PROVIDERS, setStage, user } from './stage.ts';

const STORY = 'Once upon a time, in a green room, fifty bots were waiting for their cue.';
const PICTURE = new Uint8Array([137, 80, 78, 71, 0, 255]);

describe.each(PROVIDERS)('$provider: an answer', ({ provider, model }) => {
  const api = provider;

  it('comes in pieces as it is made, and says that it is complete and what it cost', async () => {
    const { llm, ask } = await setStage();
    llm.reply({ text: STORY, usage: { input: 100, cacheRead: 60, cacheWrite: 20 } });
    const said = await ask({ provider, model }, { system: 'Be brief.', messages: [user('Tell me.')] });
    expect(said).toMatchObject({ text: STORY, end: 'complete', error: undefined });
    expect(said.pieces).toBeGreaterThan(5);
    expect(said.usage).toEqual({ input: 100, cached: 60, output: llm.requests[0]?.usage?.output });
    expect(llm.requests).toMatchObject([
      {
        api,
        system: 'Be brief.',
        messages: [{ role: 'user', text: 'Tell me.' }],
        stream: true,
        maxTokens: 1_000,
      },
    ]);
  });

  it('arrives whole although characters are cut between two chunks', async () => {
    const { llm, ask } = await setStage();
    llm.reply('Grüße, 世界! 👩‍👩‍👧‍👦');
    llm.splitAnswers({ bytes: 1 });
    expect((await ask({ provider, model })).text).toBe('Grüße, 世界! 👩‍👩‍👧‍👦');
  });

  it('that the token limit cuts says so', async () => {
    const { llm, ask } = await setStage();
    llm.reply(STORY);
    const said = await ask({ provider, model }, { maxTokens: 5 });
    expect(said).toMatchObject({ end: 'length', usage: { output: 5 } });
    expect(STORY.startsWith(said.text)).toBe(true);
  });

  it('that the model declines is a refusal', async () => {
    const { llm, ask } = await setStage();
    llm.reply({ text: 'I would rather not.', refusal: true });
    expect(await ask({ provider, model })).toMatchObject({ end: 'refusal', text: 'I would rather not.' });
  });

  it('that a filter cuts is never taken for complete', async () => {
    const { llm, ask } = await setStage();
    llm.reply({ text: 'And then they', filtered: true });
    // Anthropic's filter speaks as a refusal.
    const end = api === 'openai' ? 'content-filter' : 'refusal';
    expect(await ask({ provider, model })).toMatchObject({ end, text: 'And then they' });
  });

  it('goes on with what was said before the limit was reached, and pays for nothing twice', async () => {
    const { llm, ask } = await setStage();
    llm.reply({ text: STORY, continues: true });
    const first = await ask({ provider, model }, { messages: [user('Tell me.')], maxTokens: 8 });
    const messages = [user('Tell me.'), assistant(first.text)];
    const second = await ask({ provider, model }, { messages });
    expect(first.text + second.text).toBe(STORY);
    expect(llm.requests[1]?.messages.at(-1)).toMatchObject(
      api === 'openai' ? { role: 'user', text: GO_ON } : { role: 'assistant', text: first.text },
    );
  });

  it('is asked with images where they stand among the words', async () => {
    const { llm, ask } = await setStage();
    const image = { kind: 'image', mediaType: 'image/png', data: PICTURE } as const;
    const parts = [{ kind: 'text', text: 'What is this?' } as const, image];
    await ask({ provider, model }, { messages: [{ role: 'user', parts }] });
    expect(llm.requests[0]?.messages).toMatchObject([
      { text: 'What is this?', images: [`data:image/png;base64,${Buffer.from(PICTURE).toString('base64')}`] },
    ]);
  });

  it('is asked in turns, without anything empty', async () => {
    const { llm, ask } = await setStage();
    const messages = [user('One.'), user('Two.'), assistant(''), assistant('Three.'), user('Four.')];
    await ask({ provider, model }, { messages });
    expect(llm.requests[0]?.messages.map(({ role, text }) => [role, text])).toEqual([
      ['user', 'One.\n\nTwo.'],
      ['assistant', 'Three.'],
      ['user', 'Four.'],
    ]);
  });

  it('is given up when its reader goes away', async () => {
    const { llm, models } = await setStage();
    llm.reply(STORY);
    llm.hangRequests({ after: 3 });
    const request = { system: '', messages: [user('Hi.')], maxTokens: 100, temperature: undefined };
    for await (const event of models
      .open({ provider, model })
      .stream(request, new AbortController().signal)) {
      if (event.kind === 'text') break;
    }
    await llm.until(() => llm.requests[0]?.aborted, 'the request to be given up');
  });

  it.each(['before', 'while'] as const)('that is cancelled %s it comes throws the reason', async (when) => {
    const { llm, ask } = await setStage();
    llm.reply(STORY);
    llm.hangRequests({ after: when === 'before' ? 'nothing' : 3 });
    const controller = new AbortController();
    const reason = new Error('the host stops');
    const answer = ask({ provider, model }, { signal: controller.signal });
    await llm.until(() => llm.requests[0] !== undefined, 'the request');
    if (when === 'while') await llm.until(() => llm.requests[0]?.tokensSent, 'the first words');
    controller.abort(reason);
    expect((await answer).error).toBe(reason);
    await llm.until(() => llm.requests[0]?.aborted, 'the request to be given up');
    expect(llm.requests).toHaveLength(1);
  });

  it('has the words of hundreds of streams kept apart', async () => {
    const { llm, ask } = await setStage();
    llm.script((request) => request.messages[0]?.text.repeat(30) ?? '');
    const names = Array.from({ length: 100 }, (_, n) => `user ${n}, `);
    const answers = await Promise.all(
      names.map((name) => ask({ provider, model }, { messages: [user(name)] })),
    );
    expect(answers.map((answer) => answer.text)).toEqual(names.map((name) => name.repeat(30)));
  });
});

describe('going on with an answer', () => {
  const anthropic = (model: string) => ({ provider: 'anthropic', model });

  it('white space at its end is not sent to Anthropic, and does not come twice', async () => {
    const { llm, ask } = await setStage();
    llm.reply({ text: 'One.\n\nTwo.' });
    const said = await ask(anthropic('claude-opus-4-5'), {
      messages: [user('Count.'), assistant('One.\n\n')],
    });
    expect(llm.requests[0]?.messages.at(-1)?.text).toBe('One.');
    expect(said.text).toBe('Two.');
  });

  it('a model that takes no beginning is asked to go on', async () => {
    const { llm, ask } = await setStage();
    llm.reply({ text: 'One. Two.', continues: true });
    const said = await ask(anthropic('claude-sonnet-4-6'), { messages: [user('Count.'), assistant('One.')] });
    expect(said.text).toBe(' Two.');
    expect(llm.requests).toHaveLength(1);
  });

  it('a model that turns out to take none is asked to go on, and never tried with one again', async () => {
    const { llm, ask } = await setStage();
    llm.addModel({ name: 'claude-3-strict', api: 'anthropic', prefill: false });
    llm.reply({ text: 'One. Two.', continues: true });
    const question = { messages: [user('Count.'), assistant('One.')] };
    expect((await ask(anthropic('claude-3-strict'), question)).text).toBe(' Two.');
    expect((await ask(anthropic('claude-3-strict'), question)).text).toBe(' Two.');
    expect(llm.requests.map((request) => request.status)).toEqual([400, 200, 200]);
  });
});

it('Perplexity, which insists on turns, can be asked to go on', async () => {
  const { llm, ask } = await setStage();
  llm.reply({ text: 'One. Two.', continues: true });
  const said = await ask({ provider: 'perplexity' }, { messages: [user('Count.'), assistant('One.')] });
  expect(said).toMatchObject({ text: ' Two.', error: undefined });
});

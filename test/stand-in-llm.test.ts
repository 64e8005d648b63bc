import { describe, expect, it, onTestFinished } from 'vitest';
import type { StandInLlmOptions } from './support/llm/options.ts';
import type { ApiName } from './support/llm/recorded-request.ts';
import { anthropicClient, ask, openAiClient } from './support/llm/sdk-clients.ts';
import type { Turn } from './support/llm/sdk-clients.ts';
import { startStandInLlm } from './support/llm/stand-in-llm.ts';
import type { StandInLlm } from './support/llm/stand-in-llm.ts';
import { countTokens, tokenize } from './support/llm/tokens.ts';

const HELLO: readonly Turn[] = [{ role: 'user', content: 'hello' }];
const STORY = 'Once upon a time, in a green room, fifty bots were waiting for their cue.';

const APIS = ['openai', 'anthropic'] as const satisfies ApiName[];
const WAYS = APIS.flatMap((api) => [false, true].map((stream) => ({ api, stream })));

async function stage(options: StandInLlmOptions = {}): Promise<StandInLlm> {
  const llm = await startStandInLlm(options);
  onTestFinished(() => llm.stop());
  return llm;
}

describe('tokens', () => {
  it.each([
    ['', []],
    ['Hello  world', ['Hell', 'o', '  worl', 'd']],
    ['über\n', ['über', '\n']],
    ['👍🏽👍🏽👍🏽', ['👍🏽👍🏽', '👍🏽']],
  ])('of %j', (text, tokens) => {
    expect(tokenize(text)).toEqual(tokens);
    expect(countTokens(text)).toBe(tokens.length);
  });
});

describe.each(WAYS)('$api, streamed: $stream', ({ api, stream }) => {
  const complete = api === 'openai' ? 'stop' : 'end_turn';
  const cut = api === 'openai' ? 'length' : 'max_tokens';

  it('says back the last message when nothing else is scripted, and what it costs', async () => {
    const llm = await stage();
    const answer = await ask(llm, api, { turns: HELLO, stream });
    expect(answer).toEqual({ text: 'You said: hello', finish: complete, input: 5, output: 5 });
  });

  it('says what it is told, in order, and to whom it is meant', async () => {
    const llm = await stage();
    llm.script((request) => `script for ${request.model}`);
    llm.reply('standing', { when: (request) => request.system === 'nobody' });
    llm.replyOnce('first');
    llm.replyOnce('for somebody else', { key: 'another' });
    const second = llm.replyOnce(() => Promise.resolve('second'));
    const texts: string[] = [];
    for (let n = 0; n < 3; n++) texts.push((await ask(llm, api, { turns: HELLO, stream })).text);
    const model = api === 'openai' ? 'gpt-4o' : 'claude-opus-4-5';
    expect(texts).toEqual(['first', 'second', `script for ${model}`]);
    expect(second.hits).toBe(1);
  });

  it('records what was asked, the same for both APIs', async () => {
    const llm = await stage({ clock: () => 1_000 });
    await ask(llm, api, { turns: HELLO, stream, maxTokens: 64, apiKey: 'sk-mine' });
    await llm.until(() => llm.requests[0]?.ended, 'the end');
    expect(llm.requests).toMatchObject([
      {
        api,
        key: 'sk-mine',
        system: '',
        messages: [{ role: 'user', text: 'hello', images: [], toolCalls: [] }],
        maxTokens: 64,
        temperature: undefined,
        stream,
        at: 1_000,
        status: 200,
        tokensSent: 5,
        usage: { input: 5, output: 5 },
        aborted: false,
      },
    ]);
  });

  it('cuts the text at the token limit and says so', async () => {
    const llm = await stage();
    llm.reply(STORY);
    const answer = await ask(llm, api, { turns: HELLO, stream, maxTokens: 7 });
    expect(answer).toMatchObject({ text: tokenize(STORY).slice(0, 7).join(''), finish: cut, output: 7 });
    const exact = await ask(llm, api, { turns: HELLO, stream, maxTokens: countTokens(STORY) });
    expect(exact).toMatchObject({ text: STORY, finish: complete });
  });

  it('goes on where the last answer ended, so that ever larger limits give the whole', async () => {
    const llm = await stage();
    llm.reply({ text: STORY, continues: true });
    let said = '';
    let finish: string | null = cut;
    for (let limit = 4; finish === cut; limit += 4) {
      const turns: Turn[] = said === '' ? [...HELLO] : [...HELLO, { role: 'assistant', content: said }];
      const answer = await ask(llm, api, { turns, stream, maxTokens: limit });
      said += answer.text;
      finish = answer.finish;
    }
    expect({ said, finish }).toEqual({ said: STORY, finish: complete });
    expect(llm.requests.map((request) => request.maxTokens)).toEqual([4, 8, 12]);
  });

  it('goes on after a "go on" of the user, too', async () => {
    const llm = await stage();
    llm.reply({ text: STORY, continues: true });
    const half = STORY.slice(0, 20);
    const turns: Turn[] = [
      ...HELLO,
      { role: 'assistant', content: half.trimEnd() },
      { role: 'user', content: 'go on' },
    ];
    expect((await ask(llm, api, { turns, stream })).text).toBe(STORY.slice(half.trimEnd().length));
  });

  it('may think before it speaks, at the cost of what may be said', async () => {
    const llm = await stage();
    llm.reply({ text: STORY, reasoningTokens: 10 });
    const answer = await ask(llm, api, { turns: HELLO, stream, maxTokens: 12 });
    expect(answer).toMatchObject({ text: tokenize(STORY).slice(0, 2).join(''), finish: cut, output: 12 });
    const nothing = await ask(llm, api, { turns: HELLO, stream, maxTokens: 8 });
    expect(nothing).toMatchObject({ text: '', finish: cut, output: 8 });
  });

  it('tells what of the prompt was cached', async () => {
    const llm = await stage();
    llm.reply({ text: 'ok', usage: { input: 1_000, cacheRead: 600, cacheWrite: 100 } });
    const answer = await ask(llm, api, { turns: HELLO, stream });
    // Anthropic counts cached parts beside the input, OpenAI within it.
    expect(answer.input).toBe(api === 'openai' ? 1_000 : 300);
  });

  it('answers 401 to a key that is no good, which is no violation', async () => {
    const llm = await stage({ keys: ['sk-good'] });
    const asked = { turns: HELLO, stream };
    await expect(ask(llm, api, { ...asked, apiKey: 'sk-bad' })).rejects.toMatchObject({ status: 401 });
    await ask(llm, api, { ...asked, apiKey: 'sk-good' });
    llm.revokeKey('sk-good');
    await expect(ask(llm, api, { ...asked, apiKey: 'sk-good' })).rejects.toMatchObject({ status: 401 });
    llm.acceptKey('sk-new');
    await ask(llm, api, { ...asked, apiKey: 'sk-new' });
    expect(llm.requests.map((request) => request.status)).toEqual([401, 200, 401, 200]);
  });

  it('ends with what a filter of the provider left', async () => {
    const llm = await stage();
    llm.reply({ text: 'So far', filtered: true });
    const answer = await ask(llm, api, { turns: HELLO, stream });
    expect(answer).toMatchObject({
      text: 'So far',
      finish: api === 'openai' ? 'content_filter' : 'refusal',
    });
  });
});

describe('OpenAI', () => {
  const params = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'hello' }] };

  it('calls tools, whole and streamed, through the helper of the SDK too', async () => {
    const llm = await stage();
    llm.reply({ text: 'Let me see.', toolCalls: [{ name: 'dice', arguments: { sides: 6 } }] });
    const { completions } = openAiClient(llm).chat;
    const whole = await completions.create(params);
    const streamed = await completions.stream(params).finalChatCompletion();
    for (const { choices } of [whole, streamed]) {
      expect(choices[0]).toMatchObject({
        finish_reason: 'tool_calls',
        message: {
          content: 'Let me see.',
          tool_calls: [{ type: 'function', function: { name: 'dice', arguments: '{"sides":6}' } }],
        },
      });
    }
  });

  it('declines in a field of its own', async () => {
    const llm = await stage();
    llm.reply({ refusal: 'I would rather not.' });
    const { completions } = openAiClient(llm).chat;
    const whole = await completions.create(params);
    const streamed = await completions.stream(params).finalChatCompletion();
    for (const { choices } of [whole, streamed]) {
      expect(choices[0]).toMatchObject({
        finish_reason: 'stop',
        message: { refusal: 'I would rather not.' },
      });
    }
  });

  it('reads the system prompt, pictures and answers of tools', async () => {
    const llm = await stage();
    await openAiClient(llm).chat.completions.create({
      model: 'gpt-5',
      max_completion_tokens: 50,
      messages: [
        { role: 'developer', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: 'https://example.org/cat.png' } },
          ],
        },
        {
          role: 'assistant',
          tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'a cat' },
      ],
    });
    expect(llm.requests[0]).toMatchObject({
      system: 'Be brief.',
      maxTokens: 50,
      messages: [
        { role: 'user', text: 'What is this?', images: ['https://example.org/cat.png'] },
        { role: 'assistant', text: '', toolCalls: [{ id: 'call_1', name: 'look', arguments: '{}' }] },
        { role: 'tool', text: 'a cat', toolCallId: 'call_1' },
      ],
    });
  });

  it('streams usage only when asked to, in a last chunk without choices', async () => {
    const llm = await stage();
    const { completions } = openAiClient(llm).chat;
    const shapes: string[][] = [];
    for (const include_usage of [false, true]) {
      const stream = await completions.create({ ...params, stream: true, stream_options: { include_usage } });
      const shape: string[] = [];
      for await (const chunk of stream) {
        shape.push(chunk.choices.length === 0 ? 'usage' : (chunk.choices[0]?.finish_reason ?? 'delta'));
      }
      shapes.push(shape.slice(-2));
    }
    expect(shapes).toEqual([
      ['delta', 'stop'],
      ['stop', 'usage'],
    ]);
  });

  it('stops at a stop sequence', async () => {
    const llm = await stage();
    llm.reply('one, two, three');
    const { choices } = await openAiClient(llm).chat.completions.create({
      ...params,
      stop: [', three', ' two'],
    });
    expect(choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'one,' } });
  });

  it('lists its models, the added ones too, at any path', async () => {
    const llm = await stage();
    llm.addModel({ name: 'llama3.2', contextWindow: 8_192 });
    const client = openAiClient(llm);
    client.baseURL = `${llm.anthropicUrl}/v1beta/openai`;
    const names = (await client.models.list()).data.map((model) => model.id);
    expect(names).toContain('llama3.2');
    expect(names).not.toContain('claude-opus-4-5');
    await expect(client.models.retrieve('gpt-0')).rejects.toMatchObject({ code: 'model_not_found' });
  });
});

describe('Anthropic', () => {
  const params = {
    model: 'claude-opus-4-5',
    max_tokens: 100,
    messages: [{ role: 'user' as const, content: 'hello' }],
  };

  it('calls tools, whole and streamed, through the helper of the SDK too', async () => {
    const llm = await stage();
    llm.reply({ text: 'Let me see.', toolCalls: [{ name: 'dice', arguments: { sides: 6 } }] });
    const { messages } = anthropicClient(llm);
    for (const message of [await messages.create(params), await messages.stream(params).finalMessage()]) {
      expect(message.stop_reason).toBe('tool_use');
      expect(message.content).toMatchObject([
        { type: 'text', text: 'Let me see.' },
        { type: 'tool_use', name: 'dice', input: { sides: 6 } },
      ]);
    }
  });

  it('stops with a refusal, after what was said', async () => {
    const llm = await stage();
    llm.reply({ text: 'Well,', refusal: 'Against the rules.' });
    const { messages } = anthropicClient(llm);
    for (const message of [await messages.create(params), await messages.stream(params).finalMessage()]) {
      expect(message).toMatchObject({
        stop_reason: 'refusal',
        stop_details: { type: 'refusal', explanation: 'Against the rules.' },
        content: [{ text: 'Well,' }],
      });
    }
  });

  it('reads the system prompt, pictures and answers of tools', async () => {
    const llm = await stage();
    await anthropicClient(llm).messages.create({
      ...params,
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
          ],
        },
        { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'look', input: {} }] },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'toolu_1', content: 'a cat' },
            { type: 'text', text: 'Well?' },
          ],
        },
      ],
    });
    expect(llm.requests[0]).toMatchObject({
      system: 'Be brief.',
      messages: [
        { role: 'user', text: 'What is this?', images: ['data:image/png;base64,AAAA'] },
        { role: 'assistant', toolCalls: [{ id: 'toolu_1', name: 'look', arguments: '{}' }] },
        { role: 'tool', text: 'a cat', toolCallId: 'toolu_1' },
        { role: 'user', text: 'Well?' },
      ],
    });
  });

  it('sends its events in the order of the real one', async () => {
    const llm = await stage();
    const response = await fetch(`${llm.anthropicUrl}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': 'sk-ant-any', 'anthropic-version': '2023-06-01' },
      body: JSON.stringify({ ...params, stream: true }),
    });
    const names = (await response.text()).match(/(?<=^event: ).*$/gm);
    expect(names?.filter((name) => name !== 'content_block_delta')).toEqual([
      'message_start',
      'content_block_start',
      'ping',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
  });

  it('goes on after a prefill without being told to', async () => {
    const llm = await stage();
    llm.reply(STORY);
    const turns: Turn[] = [...HELLO, { role: 'assistant', content: 'Once upon' }];
    expect((await ask(llm, 'anthropic', { turns, stream: true })).text).toBe(STORY.slice('Once upon'.length));
  });

  it('names the stop sequence that it met', async () => {
    const llm = await stage();
    llm.reply('one, two, three');
    const message = await anthropicClient(llm).messages.create({ ...params, stop_sequences: [', three'] });
    expect(message).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: ', three' });
  });

  it('ends at the context window when the limit lets it go on', async () => {
    const llm = await stage();
    llm.addModel({ name: 'tiny', api: 'anthropic', contextWindow: 10 });
    llm.reply(STORY);
    const message = await anthropicClient(llm).messages.create({ ...params, model: 'tiny' });
    expect(message).toMatchObject({
      stop_reason: 'model_context_window_exceeded',
      usage: { input_tokens: 5, output_tokens: 5 },
    });
  });

  it('lists its models and counts tokens', async () => {
    const llm = await stage();
    const client = anthropicClient(llm);
    const names = (await client.models.list()).data.map((model) => model.id);
    expect(names).toContain('claude-opus-4-5');
    expect(names).not.toContain('gpt-4o');
    const { model, messages } = params;
    expect(await client.messages.countTokens({ model, messages })).toMatchObject({ input_tokens: 5 });
  });
});

import { expect, it } from 'vitest';
import type { RecordedRequest } from '../../support/llm/recorded-request.ts';
import { llmEnvironment, setLlmStage } from '../../support/run-llm-host.ts';
import { setStage } from '../../support/run-host.ts';
import { startStandInLlm } from '../../support/llm/stand-in-llm.ts';
import { onTestFinished } from 'vitest';

/** What users said in a prompt, oldest first, fences aside. */
function said({ messages }: RecordedRequest): string[] {
  return messages
    .filter(({ role }) => role === 'user')
    .map(({ text }) => text.replaceAll(/<\/?message[^>]*>/g, '').trim());
}

it('follows a user from a channel to a direct message, and never another user', async () => {
  const stage = await setLlmStage();
  await stage.answer('on the server');
  const bob = stage.discord.addUser({ username: 'bob' });
  await stage.bot.reply(bob.say(stage.general, `${stage.bot.mention} bob here`));
  await stage.ended(stage.ada.dm(stage.bot, 'in private'));
  const last = stage.llm.requests.at(-1);
  expect(last && said(last)).toEqual(['on the server', 'in private']);
});

it('is kept apart by place where user_and_place says so', async () => {
  const stage = await setLlmStage({ config: { memory_scope: 'user_and_place' } });
  await stage.answer('on the server');
  await stage.ended(stage.ada.dm(stage.bot, 'in private'));
  const last = stage.llm.requests.at(-1);
  expect(last && said(last)).toEqual(['in private']);
});

it('has no more turns than max_history', async () => {
  const stage = await setLlmStage({ config: { max_history: 2 } });
  for (const words of ['one', 'two', 'three', 'four']) await stage.answer(words);
  const last = stage.llm.requests.at(-1);
  expect(last && said(last)).toEqual(['two', 'three', 'four']);
});

it('condenses what falls out in the background, and the model goes on with the notes', async () => {
  const stage = await setLlmStage({ config: { max_history: 2, memory: { summary: true } } });
  stage.llm.reply('Ada likes tea.', {
    when: ({ system }) => system.includes('notes') && !system.includes('<message>'),
  });
  for (const words of ['I like tea', 'two', 'three']) await stage.answer(words);
  await expect
    .poll(() => stage.rows('SELECT summary FROM memories'))
    .toEqual([{ summary: 'Ada likes tea.' }]);
  await stage.answer('four');
  const last = stage.llm.requests.findLast((request) => said(request).includes('four'));
  expect(last?.system).toContain('Ada likes tea.');
  expect(last && said(last)).not.toContain('I like tea');
  await expect
    .poll(() => stage.rows("SELECT purpose, outcome FROM model_calls WHERE purpose = 'summary'"))
    .toContainEqual({ purpose: 'summary', outcome: 'complete' });
});

it('a summary that cannot be made is tried less and less often, and never in a user’s way', async () => {
  const stage = await setLlmStage({ config: { max_history: 2, memory: { summary: true } } });
  const summaries = (): number =>
    stage.llm.requests.filter(({ system }) => system.includes('You keep notes')).length;
  stage.llm.reply({ refusal: true, text: '' }, { when: ({ system }) => system.includes('You keep notes') });
  for (let round = 0; round < 12; round++) await stage.answer(`round ${round}`);
  await expect
    .poll(() => stage.logger.lines.filter(({ text }) => text.includes('in the background')).length)
    .toBeGreaterThan(0);
  expect(summaries()).toBeLessThanOrEqual(4);
});

it('/reset forgets the conversation, also one that is being answered', async () => {
  const stage = await setLlmStage();
  await stage.answer('I am Ada');
  const held = stage.llm.hangRequests({ times: 1 });
  const question = stage.ask('who am I?');
  await stage.discord.until(() => stage.bot.typing.length > 1, 'the question to be under way');
  await expect.poll(() => held.hits).toBe(1);
  await expect.poll(() => stage.bot.commands.size).toBe(3);
  const reset = stage.ada.slash(stage.bot, stage.general, 'reset');
  expect(await reset.acknowledged()).toBeLessThan(3_000);
  expect((await reset.answer()).data.flags).toBe(64);
  held.lift();
  await stage.ended(question);
  expect(stage.rows('SELECT * FROM memory_turns')).toEqual([]);
  expect(stage.rows('SELECT question FROM exchanges')).not.toContainEqual({ question: 'I am Ada' });
  await stage.answer('and now?');
  const last = stage.llm.requests.at(-1);
  expect(last && said(last)).toEqual(['and now?']);
});

it('/memory export hands out what all bots remember of that user, and of nobody else', async () => {
  const stage = await setLlmStage();
  const bob = stage.discord.addUser({ username: 'bob' });
  await stage.ended(bob.say(stage.general, `${stage.bot.mention} a secret of Bob`));
  await stage.answer('a secret of Ada');
  await expect.poll(() => stage.bot.commands.size).toBe(3);
  const answer = await stage.ada.slash(stage.bot, stage.general, 'memory export', { with: 'all' }).answer();
  const [file] = answer.data.attachments;
  const text = await (await fetch(file?.url ?? '')).text();
  expect(text).toContain('a secret of Ada');
  expect(text).not.toContain('Bob');
});

it('two hundred users on ten agents at once: every prompt has only that user’s words to that agent, in order', async () => {
  const llm = await startStandInLlm();
  onTestFinished(() => llm.stop());
  const stage = await setStage({ rateLimits: false }, llmEnvironment(llm));
  const guild = stage.discord.addGuild({ name: 'Theatre' });
  const channels = Array.from({ length: 20 }, (_, n) => guild.addTextChannel(`room-${n}`));
  const bots = Array.from({ length: 10 }, (_, n) =>
    stage.discord.addBot({ username: `agent-${n}`, guilds: [guild] }),
  );
  for (const { username, token } of bots) {
    const config = { system_prompt: `You are ${username}.`, max_history: 20 };
    await stage.addAgent({ name: username, type: 'llm', token, config });
  }
  await stage.start();
  for (const { username } of bots) await stage.untilAgent(username, 'ready');
  llm.script((request) => `noted ${said(request).length}`);

  const users = Array.from({ length: 200 }, (_, n) => stage.discord.addUser({ username: `user-${n}` }));
  const ROUNDS = 3;
  const expected = new Map<string, string[]>();
  const questions = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, user] of users.entries()) {
      for (const bot of [bots[index % 10], bots[(index + 3) % 10]]) {
        const channel = channels[(index + round) % channels.length];
        if (bot === undefined || channel === undefined) throw new Error('nobody there');
        const words = `${user.username} to ${bot.username}: ${round}`;
        expected.set(`${user.username} ${bot.username}`, [
          ...(expected.get(`${user.username} ${bot.username}`) ?? []),
          words,
        ]);
        questions.push({ bot, message: user.say(channel, `${bot.mention} ${words}`) });
      }
    }
  }
  await Promise.all(questions.map(({ bot, message }) => bot.reply(message, 60_000)));

  expect(stage.rows('SELECT DISTINCT outcome FROM model_calls')).toEqual([{ outcome: 'complete' }]);
  const prompts = llm.requests.filter(({ messages }) =>
    messages.some(({ text }) => text.includes('<message')),
  );
  expect(prompts.length).toBe(questions.length);
  for (const prompt of prompts) {
    const [first = ''] = said(prompt);
    const [, user = '', agent = ''] = /^(user-\d+) to (agent-\d+)/.exec(first) ?? [];
    expect(prompt.system).toContain(`You are ${agent}.`);
    expect(said(prompt)).toEqual(expected.get(`${user} ${agent}`)?.slice(0, said(prompt).length));
  }
  const whole = prompts.filter((prompt) => said(prompt).length === ROUNDS);
  expect(whole.length).toBe(expected.size);
}, 120_000);

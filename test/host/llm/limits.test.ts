import { expect, it } from 'vitest';
import { setLlmStage } from '../../support/run-llm-host.ts';

/** Twenty tokens of output, and what the prompt has; charged by the stand-in. */
const REPLY = { text: 'As you like it.', usage: { input: 100, cacheRead: 0, output: 20 } };

it('a hundred calls at the same time spend what the budget allows, and not one token more', async () => {
  // Each call reserves at most 2,000 tokens; each uses 120.
  const stage = await setLlmStage({ config: { max_tokens: 20, budget: { per_agent: { tokens: 20_000 } } } });
  stage.llm.reply(REPLY);
  const users = Array.from({ length: 100 }, (_, n) => stage.discord.addUser({ username: `user-${n}` }));
  const questions = users.map((user) => user.say(stage.general, `${stage.bot.mention} hello`));
  const answers = await Promise.all(questions.map((question) => stage.ended(question)));
  const given = answers.filter(({ content }) => content === REPLY.text).length;
  const [{ spent, reserved } = {}] = stage.rows(
    "SELECT SUM(input_tokens + output_tokens) AS spent, SUM(outcome = 'reserved') AS reserved FROM model_calls",
  );
  expect(spent).toBeGreaterThanOrEqual(given * 120);
  expect(spent).toBeLessThanOrEqual(20_000);
  expect(reserved).toBe(0);
  expect(stage.rows("SELECT tokens FROM budget_counters WHERE scope LIKE 'agent:%'")).toEqual([
    { tokens: spent },
  ]);
  expect(given).toBeGreaterThan(5);
  const refused = answers.filter(({ content }) => content !== REPLY.text);
  for (const { content } of refused) expect(content).toMatch(/spend today\. It starts anew <t:\d+:R>/);
});

it.each([
  ['the user', { per_user: { tokens: 1_500 } }, /on you today/],
  ['the server', { per_guild: { tokens: 1_500 } }, /This server/],
  ['the agent', { per_agent: { usd: 0.003 } }, /I have used up/],
])('a budget of %s ends in a polite word, and another day is another budget', async (_, budget, words) => {
  const stage = await setLlmStage({
    config: { system_prompt: 'Be brief.', max_tokens: 20, max_history: 0, budget },
  });
  stage.llm.reply({ text: 'Yes.', usage: { input: 1_000, cacheRead: 0, output: 20 } });
  expect(await stage.answer('may I?')).toBe('Yes.');
  const question = stage.ask('once more?');
  expect((await stage.ended(question)).content).toMatch(words);
  expect(await stage.exchangeOf(question)).toMatchObject({ state: 'failed', reason: 'budget-reached' });
  stage.exec("UPDATE budget_counters SET day = '2020-01-01'");
  expect(await stage.answer('and tomorrow?')).toBe('Yes.');
});

it('the budget of the host holds for all of its agents', async () => {
  const stage = await setLlmStage({
    config: { system_prompt: 'Be brief.', max_tokens: 20 },
    env: { BUDGET_TOKENS_PER_DAY: '1500' },
  });
  const other = stage.discord.addBot({ username: 'other', guilds: [stage.guild] });
  const config = { model: 'gpt-4o-mini', system_prompt: 'Be brief.', max_tokens: 20 };
  await stage.addAgent({ name: 'Other', type: 'llm', token: other.token, config });
  await stage.untilAgent('Other', 'ready');
  stage.llm.reply({ text: 'Yes.', usage: { input: 1_000, cacheRead: 0, output: 20 } });
  expect(await stage.answer('may I?')).toBe('Yes.');
  const answer = await other.reply(stage.ada.say(stage.general, `${other.mention} may I?`));
  expect(answer.content).toContain('The bots here');
});

it('a question that is larger than a whole day’s budget is told so, and not to wait', async () => {
  const stage = await setLlmStage({
    config: { system_prompt: 'Be brief.', max_tokens: 20, budget: { per_user: { tokens: 2_000 } } },
  });
  const answer = await stage.answer('long '.repeat(380));
  expect(answer).toContain('larger than what I may spend in a whole day');
  expect(answer).not.toContain('<t:');
});

it('near the end of a budget the memory is left out before the user is', async () => {
  const stage = await setLlmStage({
    config: { system_prompt: 'Be brief.', max_tokens: 20, budget: { per_user: { tokens: 4_000 } } },
  });
  stage.llm.reply({ text: 'Noted.', usage: { input: 500, cacheRead: 0, output: 20 } });
  await stage.answer(`first ${'long '.repeat(300)}`);
  expect(await stage.answer(`second ${'long '.repeat(300)}`)).toBe('Noted.');
  expect(stage.llm.requests.at(-1)?.messages.some(({ text }) => text.includes('first'))).toBe(false);
});

it('nothing is limited until it is set', async () => {
  const stage = await setLlmStage({ config: { max_history: 0 } });
  stage.llm.reply({ text: 'Yes.', usage: { input: 10_000_000, cacheRead: 0, output: 10_000_000 } });
  for (let round = 0; round < 3; round++) expect(await stage.answer('more?')).toBe('Yes.');
});

it('a user who asks too often is told when to come back, once, and others are not held up', async () => {
  const stage = await setLlmStage({ agent: { rateLimit: 2 } });
  stage.llm.reply('Yes.');
  await stage.answer('one');
  await stage.answer('two');
  const third = stage.ask('three');
  expect((await stage.bot.reply(third)).content).toMatch(/<t:\d+:R>/);
  stage.ask('four');
  const bob = stage.discord.addUser({ username: 'bob' });
  const other = await stage.bot.reply(bob.say(stage.general, `${stage.bot.mention} and me?`));
  expect(other.content).toBe('Yes.');
  expect(stage.bot.sent.length).toBe(4);
  expect(await stage.exchangeOf(third)).toMatchObject({ state: 'ignored', reason: 'rate-limited' });
});

it('strangers cannot spend the operator’s money, neither on a server nor in a direct message', async () => {
  const stage = await setLlmStage();
  const crew = stage.guild.addRole({ name: 'crew' });
  const member = stage.discord.addUser({ username: 'member' });
  stage.guild.addMember(member, { roles: [crew.id] });
  const stranger = stage.discord.addUser({ username: 'stranger' });
  stage.guild.addMember(stranger);
  await stage.editAgent('Helper', { allowedUsers: [stage.ada.id], allowedRoles: [crew.id] });
  await expect
    .poll(() => stage.logger.lines.some(({ text }) => text.includes('settings changed')))
    .toBe(true);
  stage.llm.reply('Yes.');
  const asked = stage.llm.requests.length;
  for (const said of [
    stranger.say(stage.general, `${stage.bot.mention} hello`),
    stranger.dm(stage.bot, 'hello'),
  ]) {
    expect(await stage.exchangeOf(said)).toMatchObject({ state: 'ignored', reason: 'user-not-allowed' });
  }
  expect(stage.llm.requests.length).toBe(asked);
  expect(await stage.answer('hello')).toBe('Yes.');
  for (const said of [
    member.say(stage.general, `${stage.bot.mention} hello`),
    member.dm(stage.bot, 'hello'),
  ]) {
    expect((await stage.bot.reply(said)).content).toBe('Yes.');
  }
});

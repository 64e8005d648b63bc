import { expect, it, onTestFinished } from 'vitest';
import { startStandInLlm } from '../support/llm/stand-in-llm.ts';
import { setStage } from '../support/run-host.ts';
import { llmEnvironment } from '../support/run-llm-host.ts';
import { runProcess } from '../support/run-process.ts';

const MAIN = 'src/main.ts';

async function setLlmProcessStage() {
  const llm = await startStandInLlm();
  onTestFinished(() => llm.stop());
  const stage = await setStage({}, llmEnvironment(llm));
  const guild = stage.discord.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const ada = stage.discord.addUser({ username: 'ada' });
  const bot = stage.discord.addBot({ username: 'helper', guilds: [guild] });
  await stage.addAgent({ name: 'Helper', type: 'llm', token: bot.token, config: { model: 'gpt-4o' } });
  return { ...stage, llm, general, ada, bot };
}

it('goes on with the conversation where it was, after it was killed', async () => {
  const { llm, ada, general, bot, env, exchangeOf } = await setLlmProcessStage();
  llm.reply('Noted.');
  const before = runProcess(MAIN, env);
  await bot.ready();
  const told = ada.say(general, `${bot.mention} I keep bees`);
  expect((await bot.reply(told, 15_000)).content).toBe('Noted.');
  await exchangeOf(told);
  before.child.kill('SIGKILL');
  await before.ended;

  bot.allowIdentifies(2);
  runProcess(MAIN, env);
  await bot.reply(ada.say(general, `${bot.mention} what do I keep?`), 15_000);
  const words = llm.requests.at(-1)?.messages.map(({ role, text }) => `${role}: ${text}`) ?? [];
  expect(words[0]).toContain('I keep bees');
  expect(words[1]).toBe('assistant: Noted.');
  expect(words[2]).toContain('what do I keep?');
});

it('writes no key and no word of a user to its log', async () => {
  const { llm, ada, general, bot, env } = await setLlmProcessStage();
  const host = runProcess(MAIN, { ...env, LOG_LEVEL: 'debug' });
  await bot.ready();
  await bot.reply(ada.say(general, `${bot.mention} my secret is a birthmark`), 15_000);
  llm.failRequests({ status: 401, message: `Incorrect API key provided: ${env['OPENAI_API_KEY'] ?? ''}` });
  await bot.reply(ada.say(general, `${bot.mention} my secret is a birthmark`), 15_000);
  host.child.kill('SIGTERM');
  await host.ended;
  expect(host.output()).toContain('could not answer');
  expect(host.output()).not.toContain('birthmark');
  expect(host.output()).not.toContain('0123456789abcdef');
});

import { expect, it } from 'vitest';
import { setStage } from '../support/run-host.ts';

it('answers a mention, a reply and a direct message with an echo agent', async () => {
  const stage = await setStage();
  const guild = stage.discord.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const ada = stage.discord.addUser({ username: 'ada' });
  const bot = stage.discord.addBot({ username: 'helper', guilds: [guild] });
  await stage.addAgent({ name: 'Helper', token: bot.token, config: { prefix: '> ' } });
  await stage.start();
  await stage.untilAgent('Helper', 'ready');

  const mention = ada.say(general, `hello ${bot.mention}`);
  const answer = await bot.reply(mention);
  expect(answer.content).toBe('> hello');

  const reply = ada.say(general, 'and again', { replyTo: answer });
  expect((await bot.reply(reply)).content).toBe('> and again');

  const direct = ada.dm(bot, 'psst');
  expect((await bot.reply(direct)).content).toBe('> psst');
});

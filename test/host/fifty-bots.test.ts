import { expect, it } from 'vitest';
import type { Bot } from '../support/discord/bot.ts';
import { setStage } from '../support/run-host.ts';

const TROUBLED = 4;

it('runs fifty agents of which three have bad tokens and one is denied an intent: forty-six answer, four are parked', async () => {
  const stage = await setStage();
  const guild = stage.discord.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const ada = stage.discord.addUser({ username: 'ada' });
  const bots: Bot[] = [];
  for (let n = 0; n < 50; n++) {
    const bot = stage.discord.addBot({
      username: `bot-${String(n)}`,
      guilds: [guild],
      messageContent: n === 3 ? 'off' : 'on',
    });
    const { token } = bot;
    if (n < 3) bot.revokeToken();
    await stage.addAgent({
      name: bot.username,
      token,
      respondWithoutMention: n === 3,
      channelWhitelist: n === 3 ? ['1'] : [],
    });
    bots.push(bot);
  }
  await stage.start();
  const well = bots.slice(TROUBLED);
  await Promise.all(well.map((bot) => bot.ready()));
  const answers = await Promise.all(
    well.map((bot) => bot.reply(ada.say(general, `${bot.mention} are you there?`))),
  );
  expect(answers.map(({ content }) => content)).toEqual(well.map(() => 'are you there?'));

  for (const [n, reason] of [/401/, /401/, /401/, /message content intent/].entries()) {
    expect((await stage.untilAgent(`bot-${String(n)}`, 'parked')).status.reason).toMatch(reason);
  }

  const [first] = bots;
  await stage.editAgent('bot-0', { token: first?.resetToken() ?? '' });
  await stage.untilAgent('bot-0', 'ready');
  expect((await first?.reply(ada.say(general, `${first.mention} better?`)))?.content).toBe('better?');
  expect(bots.map(({ identifies }) => identifies)).toEqual(
    bots.map((_, n) => (n === 0 || n >= TROUBLED ? 1 : 0)),
  );
});

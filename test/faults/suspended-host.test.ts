import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startStandInLlm } from '../support/llm/stand-in-llm.ts';
import { setStage } from '../support/run-host.ts';
import { llmEnvironment } from '../support/run-llm-host.ts';
import { runProcess } from '../support/run-process.ts';

/** So long a host is suspended, in seconds: three times what another needs to take its bots over. */
const SUSPENDED = Number(process.env['TROUPE_SUSPEND_SECONDS'] ?? 60);

it(
  'answers once when one of two hosts is suspended in the middle of an answer',
  { timeout: (SUSPENDED + 90) * 1_000 },
  async () => {
    const llm = await startStandInLlm();
    onTestFinished(() => llm.stop());
    const tale = 'once upon a time there was a bot '.repeat(8).trim();
    llm.reply(() => ({ text: tale, latency: { betweenTokensMs: 60 } }));
    const stage = await setStage({}, llmEnvironment(llm));
    const { discord } = stage;
    const guild = discord.addGuild({ name: 'Green Room' });
    const general = guild.addTextChannel('general');
    const ada = discord.addUser({ username: 'ada' });
    const bot = discord.addBot({ username: 'teller', guilds: [guild] });
    await stage.addAgent({ name: 'teller', type: 'llm', token: bot.token, config: { model: 'gpt-4o' } });
    const folder = path.dirname(stage.env['SECRET_KEY_FILE'] ?? '');
    const start = (name: string) =>
      runProcess('src/main.ts', { ...stage.env, HOST_ID_FILE: path.join(folder, name, 'host.id') });

    const one = start('one');
    await bot.ready(15_000);
    const two = start('two');
    await two.until(/run by another host/);
    const question = ada.say(general, `${bot.mention} tell me a tale`);
    const answer = await bot.reply(question, 15_000);
    expect(answer.content.length).toBeLessThan(tale.length);
    one.child.kill('SIGSTOP');
    const stopped = Date.now();

    await discord.until(() => answer.content === tale, 'the other host to tell the tale to its end', 60_000);
    const takenOver = answer.edits.length;
    const rest = SUSPENDED * 1_000 - (Date.now() - stopped);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, rest)));
    one.child.kill('SIGCONT');
    await one.until(/another host has taken the bot over/, 30_000);
    // It goes on with nothing: what it still had to say is dropped.
    const next = ada.say(general, `${bot.mention} another one`);
    await discord.until(() => next.repliesOf(bot)[0]?.content === tale, 'the next tale', 60_000);
    expect(question.repliesOf(bot)).toHaveLength(1);
    expect(answer.content).toBe(tale);
    expect(answer.edits).toHaveLength(takenOver);
    expect(bot.sent).toHaveLength(2);
    expect(bot.identifies).toBe(1);
  },
);

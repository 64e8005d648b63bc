import { writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { setStage } from '../support/run-host.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** A file of agents whose token stands in a variable. */
async function setStageWithFile(text: string) {
  const file = `${await temporaryDirectory()}/agents.yaml`;
  await writeFile(file, text);
  const stage = await setStage({}, { AGENTS_FILE: file, HELPER_TOKEN: 'later' });
  const guild = stage.discord.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const ada = stage.discord.addUser({ username: 'ada' });
  const bot = stage.discord.addBot({ username: 'helper', guilds: [guild] });
  const write = (more = ''): Promise<void> =>
    writeFile(file, `agents:\n  - name: Helper\n    discord_token: ${bot.token}\n${more}`);
  return { ...stage, file, general, ada, bot, write };
}

it('the table is in line with AGENTS_FILE before the first bot starts, and follows it', async () => {
  const stage = await setStageWithFile('agents: []');
  await stage.write();
  await stage.start();
  await stage.untilAgent('Helper', 'ready');
  const ask = () => stage.bot.reply(stage.ada.say(stage.general, `${stage.bot.mention} hello`));
  expect((await ask()).content).toBe('hello');
  await stage.write('    config: { prefix: "> " }\n');
  await expect
    .poll(async () => (await stage.agent('Helper')).config, { timeout: 15_000 })
    .toEqual({ prefix: '> ' });
  await expect.poll(async () => (await ask()).content).toBe('> hello');
  expect(stage.bot.identifies).toBe(1);
});

it('a broken AGENTS_FILE is told by line and changes nothing', async () => {
  const stage = await setStageWithFile('agents:\n  - nmae: Helper\n');
  await stage.addAgent({ name: 'Other', token: stage.bot.token });
  await stage.start();
  await stage.untilAgent('Other', 'ready');
  const problems = stage.logger.lines.map(({ problem }) => String(problem));
  expect(problems.some((problem) => problem.includes('agents.yaml:2:5: unknown key "nmae"'))).toBe(true);
});

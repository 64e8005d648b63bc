import { describe, expect, it } from 'vitest';
import type { BotCommand } from '../../src/bots/bot-command.ts';
import { setStage } from '../support/run-host.ts';
import { runProcess } from '../support/run-process.ts';

const MAIN = 'src/main.ts';
const KILLER = ['./test/process/kill-at-command.ts'];

/** A host that died between posting what a bot was told to say and writing down that it had. */
async function setUp(options: Parameters<typeof setStage>[0] = {}) {
  const stage = await setStage(options);
  const guild = stage.discord.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const bot = stage.discord.addBot({ username: 'parrot', guilds: [guild] });
  // Who says something first, so that there is a last message.
  stage.discord.addUser({ username: 'ada' }).say(general, 'before');
  await stage.addAgent({ name: 'parrot', token: bot.token });
  const { id: agentId } = await stage.agent('parrot');
  const doomed = runProcess(MAIN, stage.env, [], KILLER);
  const order = { kind: 'say', channelId: general.id, text: 'once and only once' } as const;
  const { id } = await stage.database.botCommands.send({ agentId, order, requestedBy: 'a test' });
  expect(await doomed.ended).toBe('SIGKILL');
  const texts = (): string[] => bot.sent.map(({ content }) => content);
  expect(texts()).toEqual(['once and only once']);
  const command = async (): Promise<BotCommand | undefined> => stage.database.botCommands.get(id);
  expect(await command()).toMatchObject({ state: 'pending' });
  /** Starts the next host, and resolves with what it made of the command. */
  const takeUp = async (): Promise<BotCommand | undefined> => {
    runProcess(MAIN, stage.env);
    await expect.poll(async () => (await command())?.state, { timeout: 30_000 }).not.toBe('pending');
    return command();
  };
  /** As if the host had been away for long: Discord does not know the nonce any more. */
  const age = (): void => {
    stage.exec(`UPDATE bot_commands SET payload = json_set(payload, '$.progress.since', 1000)`);
  };
  return { ...stage, general, bot, texts, takeUp, age };
}

describe('a say whose host was killed before it wrote down that it was posted', { timeout: 90_000 }, () => {
  it('is not posted again by the next one, which learns the message from its nonce', async () => {
    const { texts, takeUp, bot } = await setUp();
    expect(await takeUp()).toMatchObject({
      state: 'done',
      result: `posted as ${bot.sent[0]?.id ?? ''}`,
    });
    expect(texts()).toEqual(['once and only once']);
  });

  it('is found in the channel once Discord has forgotten the nonce', async () => {
    const { texts, takeUp, bot, age } = await setUp({ nonceLifetime: 1 });
    age();
    expect(await takeUp()).toMatchObject({
      state: 'done',
      result: `posted as ${bot.sent[0]?.id ?? ''}`,
    });
    expect(texts()).toEqual(['once and only once']);
  });

  it('fails in doubt, and is not posted again, where the channel cannot be read', async () => {
    const { texts, takeUp, bot, age, general } = await setUp({ nonceLifetime: 1 });
    age();
    general.deny(bot, 'history');
    expect(await takeUp()).toMatchObject({
      state: 'failed',
      result: expect.stringContaining('it cannot be found out whether all of it arrived') as string,
    });
    expect(texts()).toEqual(['once and only once']);
  });
});

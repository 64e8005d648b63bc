import { describe, expect, it } from 'vitest';
import { manageExchanges } from '../../src/cli/exchanges/manage-exchanges.ts';
import { RECOVERY_WORDS } from '../../src/messages/recovery/recover-exchange.ts';
import { uuidV7 } from '../../src/util/uuid-v7.ts';
import { incomingMessage } from '../support/incoming-message.ts';
import { setStage } from '../support/run-host.ts';

const DAY = 86_400_000;

/** A message that was being worked on at three deaths of the process, and no host. */
async function setStageWithDeaths() {
  const stage = await setStage();
  const { discord, database } = stage;
  const guild = discord.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const ada = discord.addUser({ username: 'ada' });
  const bot = discord.addBot({ username: 'helper', guilds: [guild] });
  await stage.addAgent({ name: 'Helper', token: bot.token });
  const said = ada.say(general, `${bot.mention} hello`);
  const message = incomingMessage({
    id: said.id,
    channelId: general.id,
    guildId: guild.id,
    author: { id: ada.id, name: 'ada', isBot: false, roleIds: [] },
  });
  const { id: agentId } = await stage.agent('Helper');
  const id = uuidV7(Date.now());
  const row = [id, agentId, said.id, general.id, guild.id, ada.id, 'admitted', 'mention', message.text];
  stage.exec(
    'INSERT INTO exchanges (id, agent_id, message_id, channel_id, guild_id, user_id, state, reason, question, message, ' +
      `attempts, admitted_at) VALUES (${[...row, JSON.stringify(message)].map((text) => `'${text}'`).join(', ')}, ` +
      `3, ${Date.now()})`,
  );
  const state = (): string =>
    String(stage.rows(`SELECT state FROM exchanges WHERE id = '${id}'`)[0]?.['state']);
  const command = async (...argv: string[]): Promise<string> => {
    let out = '';
    let err = '';
    const io = {
      stdin: {},
      stdout: { write: (text: string) => (out += text) },
      stderr: { write: (text: string) => (err += text) },
    };
    const code = await manageExchanges(argv, io, {
      now: () => new Date(),
      openExchanges: () =>
        Promise.resolve({
          exchanges: database.exchangeLog,
          agents: database.agents,
          pollIntervalMs: 20,
          close: () => Promise.resolve(),
        }),
      confirm: () => Promise.resolve(false),
    });
    expect([code, err]).toEqual([0, '']);
    return out;
  };
  const untilIs = (wanted: string): Promise<void> => expect.poll(state, { timeout: 10_000 }).toBe(wanted);
  const contents = (): string[] => bot.sent.map(({ content }) => content);
  return { ...stage, general, ada, bot, said, id, state, command, untilIs, contents };
}

describe('a message that was being worked on at three deaths of the process', () => {
  it('is set aside, its user is told once, and the operator sees it', async () => {
    const stage = await setStageWithDeaths();
    const { untilIs, contents, command, bot, said, id, state } = stage;
    const host = await stage.start();
    await untilIs('dead-letter');
    expect(contents()).toEqual([RECOVERY_WORDS.setAside]);
    expect(said.repliesOf(bot)).toHaveLength(1);
    expect(JSON.parse(await command('list', '--state', 'dead-letter', '--json'))).toMatchObject([
      { id, agent: 'Helper', state: 'dead-letter', answer: [RECOVERY_WORDS.setAside], link: said.url },
    ]);
    await host.stop();
    const next = await stage.start();
    await expect.poll(() => bot.connected).toBe(1);
    await next.stop();
    expect([state(), contents()]).toEqual(['dead-letter', [RECOVERY_WORDS.setAside]]);
  });

  it('is answered once, in the place of that notice, when the operator says so while the host runs', async () => {
    const stage = await setStageWithDeaths();
    const { untilIs, contents, command, bot, id } = stage;
    const host = await stage.start();
    await untilIs('dead-letter');
    expect(await command('replay', id.slice(-8))).toContain('takes it up within 0.02 s');
    await untilIs('delivered');
    await host.stop();
    expect(contents()).toEqual(['hello']);
    expect(bot.sent[0]?.edits).toHaveLength(1);
  });

  it('is answered at the next start when no host runs, however old it is by then', async () => {
    const stage = await setStageWithDeaths();
    const { untilIs, contents, command, state, id } = stage;
    const host = await stage.start();
    await untilIs('dead-letter');
    await host.stop();
    stage.exec(`UPDATE exchanges SET admitted_at = admitted_at - ${DAY}, answered_at = answered_at - ${DAY}`);
    await command('replay', '--all');
    expect(state()).toBe('replay');
    await stage.start();
    await untilIs('delivered');
    expect(contents()).toEqual(['hello']);
    expect(await command('show', id)).toContain('state      delivered');
  });

  it('is answered in the place of its notice also where the bot may not read the channel', async () => {
    const stage = await setStageWithDeaths();
    const { untilIs, contents, command, general, bot, logger } = stage;
    const host = await stage.start();
    await untilIs('dead-letter');
    await host.stop();
    stage.exec(`UPDATE exchanges SET answered_at = answered_at - ${DAY}`);
    general.deny(bot, 'history');
    await command('replay', '--all');
    logger.lines.length = 0;
    await stage.start();
    await expect
      .poll(() => logger.lines)
      .toContainEqual(expect.objectContaining({ text: 'finishing what was left open', state: 'replay' }));
    await untilIs('delivered');
    expect(contents()).toEqual(['hello']);
  });

  it('is never answered once it is dropped', async () => {
    const stage = await setStageWithDeaths();
    const { untilIs, contents, command, general, ada, bot, state } = stage;
    await stage.start();
    await untilIs('dead-letter');
    await command('drop', '--all', '--yes');
    await bot.reply(ada.say(general, `${bot.mention} next`));
    expect(state()).toBe('failed');
    expect(contents()).toEqual([RECOVERY_WORDS.setAside, 'next']);
  });
});

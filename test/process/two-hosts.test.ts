import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { setStage } from '../support/run-host.ts';
import { runProcess } from '../support/run-process.ts';

const MAIN = 'src/main.ts';
/** So long a bot may be down when its host has crashed, in milliseconds. */
const TAKE_OVER = 20_000;
/** Far less than any lease lasts: who needs no longer did not wait for one to run out. */
const AT_ONCE = 6_000;

async function setStageForTwo(count: number) {
  const stage = await setStage({}, { DISCORD_NEW_AGENT_POLL_INTERVAL: '86400' });
  const guild = stage.discord.addGuild({ name: 'Green Room' });
  const general = guild.addTextChannel('general');
  const ada = stage.discord.addUser({ username: 'ada' });
  const bots = Array.from({ length: count }, (_, n) =>
    stage.discord.addBot({ username: `bot-${String(n)}`, guilds: [guild] }),
  );
  for (const bot of bots) await stage.addAgent({ name: bot.username, token: bot.token });
  const [first] = bots;
  if (first === undefined) throw new Error('no bots');
  const folder = path.dirname(stage.env['SECRET_KEY_FILE'] ?? '');
  /** Starts the host of this folder, as on a machine of its own. */
  const start = (name: string) =>
    runProcess(MAIN, { ...stage.env, HOST_ID_FILE: path.join(folder, name, 'host.id') });
  /** Resolves once all run and can be resumed by another process. */
  const allReady = async (): Promise<void> => {
    for (const bot of bots) {
      await bot.ready(15_000);
      const { id } = await stage.agent(bot.username);
      await expect
        .poll(async () => (await stage.database.sessions.load(id)).length, { timeout: 5_000 })
        .toBe(1);
    }
  };
  const allResumed = (times: number, timeoutMs: number) =>
    stage.discord.until(
      () => bots.every((bot) => bot.resumes === times && bot.connected === 1),
      'the resumes',
      timeoutMs,
    );
  const identifies = () => bots.map((bot) => bot.identifies);
  return { ...stage, general, ada, bots, first, start, allReady, allResumed, identifies };
}

describe('two hosts', { timeout: 60_000 }, () => {
  it('take over from each other: after a crash within 20 seconds, after SIGTERM at once, and spend no identify', async () => {
    const stage = await setStageForTwo(3);
    const one = stage.start('one');
    await stage.allReady();
    const two = stage.start('two');
    await two.until(/run by another host/);
    one.child.kill('SIGKILL');
    await one.ended;
    const said = stage.ada.say(stage.general, `${stage.first.mention} anybody there?`);
    await stage.allResumed(1, TAKE_OVER);
    expect((await stage.first.reply(said, 15_000)).content).toBe('anybody there?');

    const three = stage.start('three');
    await three.until(/run by another host/);
    two.child.kill('SIGTERM');
    expect(await two.ended).toBe(0);
    await stage.allResumed(2, AT_ONCE);
    expect(stage.identifies()).toEqual([1, 1, 1]);
    expect(stage.first.sent).toHaveLength(1);
  });

  it('are one again after one was suspended: it keeps its bots while its leases last, then lets go of them', async () => {
    const stage = await setStageForTwo(1);
    const one = stage.start('one');
    await stage.allReady();
    one.child.kill('SIGSTOP');
    // From the same folder, as when somebody starts what seems to hang once more.
    const two = stage.start('one');
    await two.until(/another host runs with this HOST_ID_FILE[\s\S]*run by another host/);
    expect(stage.first.resumes).toBe(0);
    await stage.allResumed(1, TAKE_OVER);
    one.child.kill('SIGCONT');
    await one.until(/another host has taken the bot over/);
    const said = stage.ada.say(stage.general, `${stage.first.mention} one of you`);
    expect((await stage.first.reply(said)).content).toBe('one of you');
    one.child.kill('SIGTERM');
    expect(await one.ended).toBe(0);
    expect([stage.first.sent.length, stage.first.connected, stage.first.identifies]).toEqual([1, 1, 1]);
    expect((await stage.agent('bot-0')).status.state).toBe('ready');
  });
});

it.skipIf(process.platform !== 'linux')(
  'a host that is killed and started again goes on at once: nobody else can have its bots',
  async () => {
    const stage = await setStageForTwo(3);
    const before = stage.start('one');
    await stage.allReady();
    before.child.kill('SIGKILL');
    await before.ended;
    stage.start('one');
    await stage.allResumed(1, AT_ONCE);
    expect(stage.identifies()).toEqual([1, 1, 1]);
  },
);

import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { scrapeOf, sumOf } from '../support/busy-host.ts';
import { setStage } from '../support/run-host.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const POLL = { timeout: 30_000 };

/** Only root may mount, and only on Linux. */
const mayMount = process.platform === 'linux' && process.getuid?.() === 0;
if (!mayMount) process.stderr.write('\nNobody but root can try a FULL DISK: that test is skipped.\n\n');

/** A file system of a few megabytes; gone with the test. */
async function smallDisk(): Promise<{ directory: string; fill: () => void; makeRoom: () => void }> {
  const directory = await temporaryDirectory();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', directory]);
  // Before its directory goes. Lazily: whatever is still open there ends with the process.
  onTestFinished(() => void execFileSync('umount', ['-l', directory]));
  const filler = `${directory}/filler`;
  return {
    directory,
    fill() {
      const file = openSync(filler, 'w');
      try {
        for (let size = 65_536; size >= 512;) {
          try {
            writeSync(file, Buffer.alloc(size));
          } catch {
            size /= 2;
          }
        }
      } finally {
        closeSync(file);
      }
    },
    makeRoom() {
      rmSync(filler);
    },
  };
}

it.skipIf(!mayMount)(
  'a full disk stops no host: bots stay, and what came meanwhile is answered once there is room',
  async () => {
    const disk = await smallDisk();
    const stage = await setStage({}, { DATABASE_URL: `file:${disk.directory}/troupe.db` });
    const guild = stage.discord.addGuild({ name: 'Green Room' });
    const general = guild.addTextChannel('general');
    const ada = stage.discord.addUser({ username: 'ada' });
    const bot = stage.discord.addBot({ username: 'parrot', guilds: [guild] });
    await stage.addAgent({ name: 'Parrot', token: bot.token });
    const host = await stage.start();
    await bot.ready();
    await bot.reply(ada.say(general, `${bot.mention} before`));
    const full = async () =>
      sumOf(await scrapeOf(host), 'troupe_incidents_open', { component: 'database', reason: 'disk-full' });

    disk.fill();
    const meanwhile = Array.from({ length: 20 }, (_, n) => ada.say(general, `${bot.mention} ${String(n)}`));
    await expect.poll(full, POLL).toBe(1);
    expect((await fetch(`${String(host.healthUrl)}/readiness`)).status).toBe(503);
    expect(bot.connected).toBe(1);

    disk.makeRoom();
    for (const message of meanwhile) await bot.reply(message, 30_000);
    for (const message of meanwhile) expect(message.repliesOf(bot)).toHaveLength(1);
    await expect.poll(full, POLL).toBeUndefined();
    expect(await Promise.race([host.failed, Promise.resolve('goes on')])).toBe('goes on');
    expect(bot.identifies).toBe(1);
  },
);

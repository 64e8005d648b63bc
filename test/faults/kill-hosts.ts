import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { RECOVERY_WORDS } from '../../src/messages/recovery/recover-exchange.ts';
import { splitMessage } from '../../src/messages/split/split-message.ts';
import { TESTED_DATABASES, type TestedDatabase } from '../support/each-database.ts';
import { startStandInLlm } from '../support/llm/stand-in-llm.ts';
import { setStage } from '../support/run-host.ts';
import { llmEnvironment } from '../support/run-llm-host.ts';
import { ROOT, runProcess } from '../support/run-process.ts';
import { COMMITS } from './commits.ts';
import { createTraffic, type Speaker } from './traffic.ts';

/** How often a host is killed, over all databases. A night can run thousands. */
const RUNS = Number(process.env['TROUPE_FAULT_RUNS'] ?? 12);

/** Chooses what happens; told with a failure, so that it can be had again. */
const SEED = Number(process.env['TROUPE_FAULT_SEED'] ?? Date.now() % 1_000_000);

/** A run in which the host does not come to its death by itself is ended so, in milliseconds. */
const RUN_TIMEOUT = 3_000;

/**
 * Nobody asks more while so many wait: a slow machine must not pile up what no host could get done, until answers are so
 * old and so far back that nobody can tell whether they arrived.
 */
const MOST_WAITING = 200;

const MESSAGE_LENGTH = 100;

const POINTS = Object.keys(COMMITS).flatMap((commit) => [`before:${commit}`, `after:${commit}`]);

const databases = TESTED_DATABASES.filter(({ isThere }) => isThere);

/** A small generator of numbers from 0 up to 1: the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * States that a host which is killed at every commit point, again and again under traffic, loses no message and answers
 * none twice, on this database.
 */
export function itSurvivesKills(provider: TestedDatabase['provider']): void {
  const database = TESTED_DATABASES.find((one) => one.provider === provider);
  if (database === undefined) throw new Error(`no ${provider}`);
  const index = databases.indexOf(database);
  const runs = Math.max(1, Math.ceil((RUNS - index) / databases.length));

  it.skipIf(!database.isThere)(
    `loses no message and answers none twice when the host is killed at every commit, on ${database.name}`,
    { timeout: 200_000 + runs * 15_000 },
    async () => {
      const random = randomOf(SEED + index);
      const llm = await startStandInLlm();
      onTestFinished(() => llm.stop());
      const { url } = await database.make();
      const stage = await setStage(
        { maxIdentifiesPerBot: 100_000 },
        {
          ...llmEnvironment(llm),
          DATABASE_URL: url,
          DISCORD_MAX_MESSAGE_LENGTH: String(MESSAGE_LENGTH),
          MISSED_MESSAGES_LIMIT: '10000',
          LOG_LEVEL: process.env['TROUPE_FAULT_LOG'] ?? 'warn',
        },
      );
      const { discord } = stage;
      llm.reply(({ messages }) => ({
        text: `Model: ${/q\d+q [^\n<]*/.exec(messages.at(-1)?.text ?? '')?.[0].trim() ?? 'hello'}`,
        latency: { betweenTokensMs: 3 },
      }));
      const guild = discord.addGuild({ name: 'Green Room' });
      const channels = ['one', 'two'].map((name) => guild.addTextChannel(name));
      const users = Array.from({ length: 80 }, (_, n) => discord.addUser({ username: `user-${n}` }));
      // A bot finds what it missed in direct messages that it knows: these say hello first.
      const acquaintances = users.slice(0, 20);
      const speakers: Speaker[] = [];
      for (const [name, type, prefix] of [
        ['echo', 'echo', 'Echo: '],
        ['model', 'llm', 'Model: '],
      ] as const) {
        const bot = discord.addBot({ username: name, guilds: [guild] });
        const config = type === 'echo' ? { prefix } : { provider: 'openai', model: 'gpt-4o', max_history: 0 };
        await stage.addAgent({ name, type, token: bot.token, config });
        speakers.push({ bot, answerTo: (text) => splitMessage(prefix + text, MESSAGE_LENGTH) });
      }
      const traffic = createTraffic(discord, { channels, users, acquaintances }, speakers, random);

      const start = (killAt?: string) =>
        runProcess(
          'src/main.ts',
          { ...stage.env, ...(killAt !== undefined && { TROUPE_KILL_AT: killAt }) },
          [],
          killAt === undefined ? [] : [path.join(ROOT, 'test/faults/kill-at-commit.ts')],
        );
      const first = start();
      await Promise.all(speakers.map(({ bot }) => bot.ready(30_000)));
      for (const { bot } of speakers) {
        await Promise.all(
          acquaintances.map((user) => bot.reply(user.say(discord.dm(bot, user), 'hello'), 30_000)),
        );
      }
      first.child.kill('SIGKILL');
      await first.ended;

      const deaths: string[] = [];
      for (let run = 0; run < runs; run++) {
        const point = POINTS[(run * databases.length + index + SEED) % POINTS.length] ?? '';
        const killAt = `${point}:${1 + Math.floor(random() * 3)}`;
        const host = start(killAt);
        const asking = setInterval(() => {
          if (traffic.unanswered().length < MOST_WAITING) traffic.ask();
        }, 60);
        const timer = setTimeout(() => host.child.kill('SIGKILL'), RUN_TIMEOUT);
        const end = await host.ended;
        clearInterval(asking);
        clearTimeout(timer);
        expect(end, host.output()).toBe('SIGKILL');
        deaths.push(killAt);
        // Now and then Discord forgets the session: then what was missed has to be found.
        if (run % 5 === 4) for (const { bot } of speakers) bot.expireSession();
      }
      const last = start();
      const isNotice = (text: string): boolean => text.endsWith(RECOVERY_WORDS.setAside);
      const problems = (): string => traffic.wrong(isNotice).slice(0, 10).join('\n');
      await discord
        .until(() => traffic.wrong(isNotice).length === 0, 'every message to be answered once', 120_000)
        .catch(() => undefined);
      expect(problems(), `seed ${SEED}, killed at ${deaths.join(', ')}\n${last.output()}`).toBe('');
      expect(traffic.asked.length).toBeGreaterThan(runs);
      const notices = traffic.asked.filter(({ question, bot }) =>
        question.repliesOf(bot).some((one) => isNotice(one.content)),
      );
      // Some are set aside as suspects; it must not be what usually happens.
      expect(notices.length).toBeLessThanOrEqual(traffic.asked.length / 20);
      last.child.kill('SIGTERM');
      await last.ended;
      const counts = `${deaths.length} deaths, ${traffic.asked.length} messages, ${notices.length} set aside`;
      process.stdout.write(`${database.name}: ${counts}\n`);
    },
  );
}

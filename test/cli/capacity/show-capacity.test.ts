import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import type { CapacityReport } from '../../../src/capacity/capacity-report.ts';
import { describeCapacity } from '../../../src/cli/capacity/describe-capacity.ts';
import { readCapacity } from '../../../src/cli/capacity/read-capacity.ts';
import { showCapacity } from '../../../src/cli/capacity/show-capacity.ts';
import { capacityMetrics } from '../../../src/observability/metrics/capacity-metrics.ts';
import { Meters } from '../../../src/observability/metrics/meters.ts';
import { setStage } from '../../support/run-host.ts';
import { runProcess } from '../../support/run-process.ts';

const REPORT: CapacityReport = {
  bots: 48,
  maxBots: 50,
  more: 2,
  limit: 'max-concurrent-bots',
  room: { 'max-concurrent-bots': 2, memory: 528, 'event-loop': 700, database: 2_950 },
  minutes: 60,
  memory: { used: 187_123_712, usable: 800_000_000, perBot: 1_060_000 },
  busiest: { processor: 0.31, eventLoop: 0.25, eventLoopDelay: 0.0123, database: 0.04, messages: 12.5 },
};

async function run(argv: string[], address: { host: string; port: number }) {
  const outcome = { code: -1, out: '', err: '' };
  const io = {
    stdout: { write: (text: string) => (outcome.out += text) },
    stderr: { write: (text: string) => (outcome.err += text) },
  };
  outcome.code = await showCapacity(argv, io, { address: () => address });
  return outcome;
}

/** Something that listens and answers this to everything. */
async function listener(body: string) {
  const server = createServer((_, response) => response.end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

it('reads from the metrics of a host what that has put there', () => {
  const meters = new Meters();
  capacityMetrics(meters, () => REPORT);
  expect(readCapacity(meters.scrape().body)).toEqual(REPORT);
});

it('says how many more bots, what the limit is, and what would be the next', () => {
  const text = describeCapacity(REPORT);
  expect(text).toContain('48 bots run here; this host will bear 2 more. The limit is MAX_CONCURRENT_BOTS.');
  expect(text).toContain('It is 50; raised, the limit would be memory, at 528 more.');
  expect(text).toContain('187 of 800 MB used; 1.1 MB for a bot');
  expect(text).toContain('25 % busy, 12 ms late (p99)');
});

it('says that it only assumes, as long as there is no trend', () => {
  expect(describeCapacity({ ...REPORT, minutes: 0 })).toContain('no trend yet');
});

it('asks the running host, and a program reads what it says', async () => {
  const stage = await setStage();
  const bot = stage.discord.addBot({ username: 'parrot' });
  await stage.addAgent({ name: 'Parrot', token: bot.token });
  const host = await stage.start();
  await stage.untilAgent('Parrot', 'ready');
  const { hostname, port } = new URL(String(host.healthUrl));
  const { code, out } = await run(['--json'], { host: hostname, port: Number(port) });
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ bots: 1, max_bots: 50, more: 49, limit: 'max-concurrent-bots' });
  // Whoever listens everywhere is asked over loopback.
  expect((await run([], { host: '0.0.0.0', port: Number(port) })).out).toContain('1 bot runs here');

  const command = runProcess('scripts/show-capacity.ts', { HTTP_HOST: hostname, HTTP_PORT: port }, [
    '--json',
  ]);
  expect(await command.ended).toBe(0);
  expect(JSON.parse(command.output())).toMatchObject({ bots: 1, limit: 'max-concurrent-bots' });
});

it('says where it looked and what to do when no host answers there', async () => {
  const address = await listener('');
  const { code, err } = await run([], { host: '127.0.0.1', port: 1 });
  expect(code).toBe(1);
  expect(err).toMatch(/no host answers at http:\/\/127\.0\.0\.1:1[\s\S]*HTTP_HOST and HTTP_PORT/);
  const other = await run([], address);
  expect([other.code, other.out]).toEqual([1, '']);
  expect(other.err).toMatch(/is not a host of this version/);
});

it('has help, and refuses what makes no sense', async () => {
  const help = await run(['--help'], { host: '127.0.0.1', port: 1 });
  expect([help.code, help.out]).toEqual([0, expect.stringContaining('troupe_capacity_')]);
  expect((await run(['--jsn'], { host: '127.0.0.1', port: 1 })).code).toBe(2);
});

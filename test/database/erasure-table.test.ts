import { readFile } from 'node:fs/promises';
import Sqlite from 'libsql';
import { expect, it, onTestFinished } from 'vitest';
import { DIALECTS } from '../../src/database/dialect.ts';
import { ErasureTable } from '../../src/database/erasure-table.ts';
import { SecretBox } from '../../src/database/secret-box.ts';
import { Statements } from '../../src/database/statements.ts';
import { NOTHING } from '../../src/database/user-data.ts';
import { withoutLease } from '../../src/leases/lease.ts';
import { silentLogger } from '../../src/observability/logger.ts';
import { uuidV7 } from '../../src/util/uuid-v7.ts';
import { testAuditor } from '../support/test-auditor.ts';
import { describeOnEachDatabase } from '../support/each-database.ts';
import { incomingMessage } from '../support/incoming-message.ts';
import { testDatabase } from '../support/test-database.ts';
import { addAgent, writeDown } from '../support/user-rows.ts';

const ADA = '813847887657123845';
/** Whose id ends like Ada's. */
const BEN = `1${ADA}`;
const KEY = Buffer.alloc(32, 7);
const OTHER_KEY = Buffer.alloc(32, 8);

const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);

describeOnEachDatabase('ErasureTable', (makeDatabase) => {
  async function fill() {
    const place = await makeDatabase();
    const database = await place.open();
    const { client } = place.client();
    const helper = await addAgent(database, 'Helper');
    const muse = await addAgent(database, 'Muse');
    await writeDown(client, { agentId: helper, userId: ADA, at: minutesAgo(9) });
    await writeDown(client, { agentId: helper, userId: ADA, at: minutesAgo(8), scope: 'dm' });
    await writeDown(client, { agentId: muse, userId: ADA, at: minutesAgo(7) });
    await writeDown(client, { agentId: muse, userId: BEN, at: minutesAgo(6) });
    return { place, database, client, helper, muse };
  }

  it('erases everything of a user with all agents, and nothing of anybody else', async () => {
    const { database, client } = await fill();
    const before = await database.userData.export(BEN);
    const { erasure } = await database.erasures.erase(ADA);
    expect(erasure?.counts).toEqual({
      memories: 3,
      turns: 3,
      exchanges: 3,
      ended: 0,
      calls: 3,
      counters: 2,
      findings: 3,
    });
    expect(await database.erasures.left(ADA)).toEqual(NOTHING);
    expect(await database.userData.shares(ADA)).toEqual([]);
    expect(await database.userData.export(BEN)).toEqual(before);
    const blank = { userId: '', question: '', message: null, answer: null, posted: null };
    expect(await client.exchange.findMany({ where: { userId: '' } })).toEqual([
      expect.objectContaining({ ...blank, state: 'delivered' }),
      expect.objectContaining(blank),
      expect.objectContaining(blank),
    ]);
  });

  it('keeps the books: what was spent by agents and the host, without the user', async () => {
    const { database, client, helper } = await fill();
    await database.erasures.erase(ADA);
    expect(await client.modelCall.count({ where: { userId: null, inputTokens: 3 } })).toBe(3);
    const scopes = (await client.budgetCounter.findMany()).map(({ scope }) => scope);
    expect(scopes).toContain(`agent:${helper}`);
    expect(scopes.filter((scope) => scope.endsWith(`:${ADA}`))).toEqual([]);
  });

  it('ends what waits for an answer or for the operator, for good', async () => {
    const { database, client, helper } = await fill();
    const states = ['admitted', 'streaming', 'answered', 'delivering', 'dead-letter', 'replay'];
    for (const state of states) {
      await writeDown(client, { agentId: helper, userId: ADA, at: minutesAgo(1), state });
    }
    const { erasure } = await database.erasures.erase(ADA);
    expect(erasure?.counts.ended).toBe(states.length);
    const ended = await client.exchange.findMany({ where: { reason: 'erased' } });
    expect(ended.map(({ state }) => state)).toEqual(states.map(() => 'failed'));
    expect(ended.filter(({ finishedAt }) => finishedAt === null)).toEqual([]);
    expect(await database.journal.open(helper)).toEqual([]);
    expect(await database.journal.replays([helper])).toEqual([]);
  });

  it('lets nothing come back of what was being answered meanwhile', async () => {
    const { database, client, helper } = await fill();
    const at = minutesAgo(1);
    const exchangeId = await writeDown(client, { agentId: helper, userId: ADA, at, state: 'admitted' });
    await database.erasures.erase(ADA);
    const { memoryId } = await database.memory.recall({ agentId: helper, userId: ADA, scope: '' }, 5);
    const subject = { agentId: helper, userId: ADA, guildId: '3', exchangeId, purpose: 'answer' } as const;
    const planned = { subject, provider: 'openai', model: 'gpt', most: { nanoUsd: 5, tokens: 10 } };
    await database.usage.reserve(planned, []);
    const finding = { agentId: helper, exchangeId, userId: ADA, rule: 'r', source: 'message' };
    database.guardLog.record([{ ...finding, action: 'warned', at }]);
    const turn = { exchangeId, question: 'words', answer: 'more words', at: new Date() };
    expect(await database.memory.remember(memoryId, turn)).toBe(false);
    const reply = { pieces: ['words'], ending: 'delivered' } as const;
    await expect(database.journal.reply(exchangeId, reply, withoutLease(helper))).rejects.toThrow();
    database.journal.finish(exchangeId, { state: 'delivered' }, withoutLease(helper));
    await database.journal.flush();
    await expect.poll(() => client.guardFinding.count({ where: { exchangeId } })).toBe(2);
    expect(await client.modelCall.count({ where: { exchangeId } })).toBe(2);
    expect(await database.erasures.left(ADA)).toEqual(NOTHING);
    expect(await client.exchange.findUnique({ where: { id: exchangeId } })).toMatchObject({
      state: 'failed',
      reason: 'erased',
      answer: null,
    });
  });

  it('does not have an erased message answered when Discord sends it again', async () => {
    const { database, client, helper } = await fill();
    const [sent] = await client.exchange.findMany({ where: { agentId: helper } });
    await database.erasures.erase(ADA);
    const message = incomingMessage({ id: sent?.messageId ?? '' });
    const admission = { id: uuidV7(Date.now()), agentId: helper, reason: 'mention', message, begun: true };
    expect(await database.journal.admit(admission, withoutLease(helper))).toBe(false);
  });

  it('treats somebody who writes again after an erasure as anybody else', async () => {
    const { database, client, helper } = await fill();
    await database.erasures.erase(ADA);
    await writeDown(client, { agentId: helper, userId: ADA, at: new Date() });
    expect(await database.userData.shares(ADA)).toMatchObject([
      { agentName: 'Helper', memories: 1, turns: 1, exchanges: 1, calls: 1, counters: 1, findings: 1 },
    ]);
    await database.erasures.erase(ADA);
    expect(await database.erasures.left(ADA)).toEqual(NOTHING);
    expect(await database.erasures.find(ADA)).toMatchObject([
      { counts: { exchanges: 3 } },
      { counts: { exchanges: 1 } },
    ]);
  });

  it('keeps a record that names nobody, and that the secret key and earlier ones find', async () => {
    const { place, database, client } = await fill();
    await database.erasures.erase(ADA);
    expect(JSON.stringify(await client.erasure.findMany())).not.toContain(ADA);
    expect(await database.erasures.find(BEN)).toEqual([]);
    const file = '';
    const rotated = await place.open({ secretKey: { key: OTHER_KEY, previous: [KEY], file } });
    expect(await rotated.erasures.find(ADA)).toHaveLength(1);
    const stranger = await place.open({ secretKey: { key: OTHER_KEY, file } });
    expect(await stranger.erasures.find(ADA)).toEqual([]);
  });

  it('records nothing when there was nothing', async () => {
    const { database, client } = await fill();
    expect((await database.erasures.erase('5')).erasure).toBeUndefined();
    expect(await client.erasure.count()).toBe(0);
  });

  it('leaves no answer in the journal of what a user had forgotten', async () => {
    const { database, client, helper } = await fill();
    await database.memory.forget({ userId: ADA, agentId: helper });
    const rows = await client.exchange.findMany({ where: { agentId: helper, userId: ADA } });
    expect(rows).toMatchObject([
      { question: '', answer: null },
      { question: '', answer: null },
    ]);
  });

  it('erases all or nothing', async () => {
    const { database, client } = await fill();
    const before = await database.userData.export(ADA);
    await client.$executeRawUnsafe('DROP TABLE erasures');
    await expect(database.erasures.erase(ADA)).rejects.toThrow();
    expect(await database.userData.export(ADA)).toEqual(before);
  });

  it('exports everything that there is, with names, times and large numbers as they are', async () => {
    const { database, helper } = await fill();
    const { memories, exchanges, calls, counters, findings } = await database.userData.export(ADA);
    expect([memories, exchanges, calls, counters, findings].map((rows) => rows.length)).toEqual([
      3, 3, 3, 2, 3,
    ]);
    expect(memories[0]).toMatchObject({
      agent: 'Helper',
      agent_id: helper,
      scope: 'everywhere',
      summary: 'summary hello',
      turns: [{ question: 'asked hello', answer: 'told hello' }],
    });
    expect(exchanges[0]).toMatchObject({
      agent: 'Helper',
      question: 'question hello',
      answer: { pieces: ['reply hello'], ending: 'delivered' },
      posted: ['81', '82'],
      state: 'delivered',
      guild_id: null,
      admitted_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
    });
    expect(calls[0]).toMatchObject({ nano_usd: '9007199254740993', counted: true, input_tokens: 3 });
    expect(findings[0]).toMatchObject({ rule: 'ignore-previous', source: 'message' });
    expect(JSON.stringify(memories)).not.toContain('memory_id');
  });
});

const occurrences = async (file: string, words: string): Promise<number> =>
  (await readFile(file, 'latin1').catch(() => '')).split(words).length - 1;

it('leaves no word and no id of an erased user in any file of SQLite', async () => {
  const place = await testDatabase();
  const database = await place.open();
  const { client } = place.client();
  const agents = [await addAgent(database, 'Helper'), await addAgent(database, 'Muse')];
  // Short ones, and those that SQLite spreads over several pages; others' rows between them.
  for (let n = 0; n < 120; n++) {
    const happening = { agentId: agents[n % 2] ?? '', at: minutesAgo(1_000 - n), scope: n % 3 ? '' : 'dm' };
    const words = 'PLANTED '.repeat(n % 5 === 0 ? 900 : 1 + (n % 60));
    await writeDown(client, { ...happening, userId: ADA, words, state: n % 9 ? 'delivered' : 'admitted' });
    await writeDown(client, { ...happening, userId: String(500 + (n % 7)), words: 'other '.repeat(n) });
  }
  const files = ['', '-wal', '-shm'].map((end) => `${place.file}${end}`);
  const found = async (words: string): Promise<number> =>
    (await Promise.all(files.map((file) => occurrences(file, words)))).reduce((sum, one) => sum + one, 0);
  expect(await found('PLANTED')).toBeGreaterThan(120);
  expect(await found(ADA)).toBeGreaterThan(120);
  const { overwritten } = await database.erasures.erase(ADA);
  expect(overwritten).toBe(true);
  expect(await found('PLANTED')).toBe(0);
  expect(await found(ADA)).toBe(0);
});

it('says so when the words are still in the write-ahead log, because another program reads', async () => {
  const place = await testDatabase();
  const database = await place.open();
  const { client, adapter } = place.client();
  const agentId = await addAgent(database, 'Helper');
  await writeDown(client, { agentId, userId: ADA, at: minutesAgo(1) });
  const reader = new Sqlite(place.file);
  onTestFinished(() => {
    reader.close();
  });
  reader.exec('BEGIN');
  reader.prepare('SELECT COUNT(*) FROM exchanges').all();
  const statements = new Statements(await adapter.connect(), DIALECTS.sqlite);
  const erasures = new ErasureTable({
    statements,
    auditor: testAuditor(statements),
    secrets: new SecretBox(KEY),
    now: () => new Date(),
    logger: silentLogger,
    logPatience: 0,
  });
  expect(await erasures.erase(ADA)).toMatchObject({
    erasure: { counts: { exchanges: 1 } },
    overwritten: false,
  });
  reader.exec('COMMIT');
  expect(await erasures.erase(ADA)).toEqual({ erasure: undefined, overwritten: true });
  expect(await occurrences(`${place.file}-wal`, ADA)).toBe(0);
});

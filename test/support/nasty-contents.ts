import { DUMP_TABLES } from '../../src/database/dump-tables.ts';
import { SecretBox } from '../../src/database/secret-box.ts';
import { silentLogger } from '../../src/observability/logger.ts';
import { openMigrated } from '../../src/database/open-migrated.ts';
import { TEST_KEY, type TestDatabase } from './test-database.ts';

/** An id that sorts by its number. */
export function id(number: number): string {
  return `01a1fba2-0000-7000-8000-${String(number).padStart(12, '0')}`;
}

/** What is sealed in {@link fillNastily}; it must not be found anywhere. */
export const TOKEN = 'MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcDE.plain-token-of-the-first-agent';
export const API_KEY = 'sk-plain-key-of-the-first-agent';

const AT = new Date('2026-11-21T10:15:30.001Z');
const LATER = new Date('2026-11-21T10:15:30.999Z');

/** Fills every table with what databases disagree about. The schema is made. */
export async function fillNastily(database: TestDatabase): Promise<void> {
  const box = new SecretBox(TEST_KEY);
  const opened = await openMigrated(database.config, silentLogger);
  const { client } = opened;
  try {
    const agent = {
      enabled: true,
      type: 'llm',
      respondToDm: true,
      respondToEveryone: false,
      respondWithoutMention: false,
      guildWhitelist: ['123456789012345678'],
      channelWhitelist: [],
      state: 'stopped',
      stateReason: '',
      stateChangedAt: AT,
      createdAt: AT,
      updatedAt: LATER,
    };
    await client.agent.createMany({
      data: [
        {
          ...agent,
          id: id(1),
          name: 'Zoë 🦊 "quoted" \\',
          nameKey: 'zoë 🦊 "quoted" \\',
          discordToken: box.seal(TOKEN, id(1)),
          tokenFingerprint: box.fingerprint(TOKEN),
          allowedUsers: [],
          blockedUsers: ['1', '18446744073709551615'],
          rateLimit: 7,
          config: {
            model: 'x',
            api_key: { $sealed: box.seal(API_KEY, id(1)) },
            fallbacks: [{ api_key: { $sealed: box.seal(API_KEY, id(1)) }, n: null, empty: '', f: 0.1 }],
            text: 'a\n\t\u0001 “ü” 🦊  ',
            ['__proto__x']: { 'odd key ': [[], {}, true, -1.5e-7] },
          },
          applicationId: '1',
          botUserId: '2',
          botUsername: 'b',
        },
        {
          ...agent,
          id: id(2),
          name: 'Plain',
          nameKey: 'plain',
          enabled: false,
          config: {},
          stateReason: 'a  ',
        },
      ],
    });
    const memory = { agentId: id(1), createdAt: AT, updatedAt: LATER };
    await client.memory.createMany({
      data: [
        { ...memory, id: id(10), userId: '1', scope: '', summary: null },
        { ...memory, id: id(11), userId: '1', scope: 'dm', summary: '', summaryUntil: id(20) },
        { ...memory, id: id(12), userId: '2', scope: '', summary: '🦊'.repeat(1_000) },
      ],
    });
    await client.memoryTurn.createMany({
      data: [
        { memoryId: id(10), exchangeId: id(20), question: 'q  ', answer: ' \r\n a ', at: AT },
        { memoryId: id(10), exchangeId: id(21), question: '', answer: "'; DROP TABLE agents; --", at: LATER },
        { memoryId: id(11), exchangeId: id(20), question: 'é'.repeat(1_000_000), answer: '{"a":1}', at: AT },
        { memoryId: id(12), exchangeId: id(22), question: '\u202E\u200B\uFEFFx', answer: 'null', at: AT },
      ],
    });
    const exchange = { agentId: id(1), channelId: '5', reason: 'mention', question: 'q', admittedAt: AT };
    await client.exchange.createMany({
      data: Array.from({ length: 700 }, (_, index) => ({
        ...exchange,
        id: id(1000 + index),
        messageId: String(10n ** 18n + BigInt(index)),
        userId: index % 2 === 0 ? '' : '18446744073709551615',
        guildId: index % 3 === 0 ? null : '',
        state: 'delivered',
        question: index === 3 ? 'long '.repeat(400_000) : `q ${index}`,
        attempts: index % 5,
        finishedAt: LATER,
      })),
    });
    await client.exchange.createMany({
      data: [
        { ...exchange, id: id(1), messageId: '1', userId: '1', state: 'admitted', message: '{"x":1}' },
        {
          ...exchange,
          id: id(2),
          messageId: '2',
          userId: '1',
          state: 'delivering',
          answer: '[]',
          posted: '3 4',
          answeredAt: AT,
        },
        { ...exchange, id: id(3), messageId: '3', userId: '1', state: 'dead-letter', message: '{"y":1}' },
      ],
    });
    await client.lastSeen.create({
      data: { agentId: id(1), messageId: '1400000000000000000', updatedAt: AT },
    });
    const call = {
      agentId: id(1),
      purpose: 'answer',
      provider: 'openai',
      model: 'gpt 🦊',
      inputTokens: 2_147_483_647,
      cachedTokens: 0,
      outputTokens: 1,
      counted: false,
      latencyMs: 1,
      outcome: 'ok',
      at: AT,
    };
    await client.modelCall.createMany({
      data: [
        { ...call, id: id(30), nanoUsd: 9_007_199_254_740_993n },
        { ...call, id: id(31), nanoUsd: null, userId: '1', guildId: '2', exchangeId: id(1), counted: true },
        { ...call, id: id(32), nanoUsd: 0n },
      ],
    });
    await client.budgetCounter.createMany({
      data: [
        { scope: 'host', day: '2026-11-21', nanoUsd: 9_223_372_036_854_775_807n, tokens: 0n },
        { scope: 'host', day: '2026-11-22', nanoUsd: 0n, tokens: 9_007_199_254_740_993n },
        { scope: `agent:${id(1)}`, day: '2026-11-21', nanoUsd: 1n, tokens: -1n },
      ],
    });
    await client.guardFinding.create({
      data: {
        id: id(40),
        agentId: id(1),
        exchangeId: id(1),
        userId: '1',
        rule: 'r',
        action: 'warned',
        source: '',
        at: AT,
      },
    });
    await client.setting.create({ data: { name: 'LOG_LEVEL', value: 'debug', updatedAt: AT } });
    await client.identify.create({ data: { id: id(50), applicationId: '1', at: LATER } });
    await client.erasure.create({
      data: { id: id(60), subject: 'a'.repeat(64), counts: '{"memories":1}', at: AT },
    });
  } finally {
    await opened.close();
  }
}

/** Every row of every table that backups hold, read past the code that makes them. */
export async function contentsOf(database: TestDatabase): Promise<Record<string, object[]>> {
  const contents: Record<string, object[]> = {};
  for (const { name, key, columns } of DUMP_TABLES) {
    // It has what the commands of a test did, restoring included.
    if (name === 'audit_entries') continue;
    const rows = await database.query(`SELECT * FROM ${name} ORDER BY ${key.join(', ')}`);
    contents[name] = rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([column, value]) => [
          column,
          columns[column]?.type === 'json' && value !== null ? (JSON.parse(value) as unknown) : value,
        ]),
      ),
    );
  }
  return contents;
}

import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { BotFailure } from '../../src/bots/bot-failure.ts';
import { type ChatFailure, ChatModelError } from '../../src/agents/chat-model.ts';
import { databaseReasonOf } from '../../src/database/database-errors.ts';
import { failureOfClose } from '../../src/discord/close-codes.ts';
import { isUnreachable, DeliveryError } from '../../src/messages/outbox.ts';
import { POLICY, policyOf, type Rule } from '../../src/recovery/policy.ts';
import { ROOT } from '../support/run-process.ts';

const RULES = Object.entries(POLICY as Record<string, Record<string, Rule>>).flatMap(([area, rules]) =>
  Object.entries(rules).map(([reason, rule]) => ({ area, reason, rule })),
);

const seconds = (ms: number): string => `${String(ms / 1_000)} s`;

/** A rule as a row of the table in docs/reliability.md. */
function rowOf({ area, reason, rule }: (typeof RULES)[number]): string {
  const { severity, action, backOff, exitCode, because } = rule;
  const waits = [...new Set(backOff && [backOff.base, backOff.cap])].map(seconds).join(' to ');
  const how = exitCode === undefined ? waits : `exit code ${String(exitCode)}`;
  return [area, `\`${reason}\``, severity, action, how, because].join(' | ');
}

/** The rows of all tables in a text, without the white space that aligns them. */
function rowsIn(text: string): string[] {
  const lines = text.split('\n').filter((line) => line.startsWith('| '));
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim())
      .join(' | '),
  );
}

describe('the policy', () => {
  it('stands in docs/reliability.md as it is in the code, row by row', async () => {
    const rows = rowsIn(await readFile(`${ROOT}/docs/reliability.md`, 'utf8'));
    const start = rows.indexOf('Part | Reason | Severity | Done | Waits or exit code | Why');
    expect(rows.slice(start + 2, start + 2 + RULES.length)).toEqual(RULES.map(rowOf));
  });

  it.each(RULES)('is of one piece: $area $reason', ({ rule }) => {
    expect(rule.action === 'stop').toBe(rule.severity === 'critical');
    expect(rule.exitCode !== undefined && rule.remedy !== undefined).toBe(rule.action === 'stop');
    expect(rule.because).not.toBe('');
    if (rule.action === 'park') expect(rule.severity).toBe('persistent');
  });

  it.each(RULES.filter(({ area }) => area === 'provider'))(
    'ends what is not heard of any more: $area $reason of an agent that has another provider by now',
    ({ rule }) => {
      expect(rule.quiet).toBeGreaterThan(0);
    },
  );

  it('is not a reason to stop that the database is away, full, or cannot be written for now', () => {
    for (const reason of ['unavailable', 'disk-full', 'read-only', 'not-let-in'] as const)
      expect(policyOf('database', reason)).toMatchObject({ severity: 'transient', action: 'retry' });
  });
});

describe('what the policy decides', () => {
  it.each([
    [4000, 'closed', true],
    [4003, 'session-lost', true],
    [4004, 'bad-token', false],
    [4007, 'session-lost', true],
    [4010, 'bad-shard', false],
    [4011, 'sharding-required', false],
    [4012, 'api-retired', false],
    [4013, 'bad-intents', false],
    [4014, 'intents-off', false],
    [4200, 'reconnect-asked', true],
    [1006, 'closed', true],
  ])('close code %i is %s; tried again: %s', (code, kind, isRetried) => {
    const failure = failureOfClose(code, '1');
    expect(failure).toMatchObject({ kind, retryable: isRetried });
    expect(new BotFailure('x', { kind: failure.kind }).retryable).toBe(isRetried);
  });

  it('which calls to a model are made again', () => {
    const failures = Object.keys(POLICY.provider).filter(
      (reason) => !['streams-break', 'no-streaming', 'circuit-open'].includes(reason),
    ) as ChatFailure[];
    const retried = failures.filter((failure) => new ChatModelError(failure, 'x').retryable);
    expect(retried.toSorted()).toEqual(['idle', 'overloaded', 'rate-limited', 'unavailable']);
  });

  it('which deliveries are tried again', () => {
    const reasons = Object.keys(POLICY.delivery) as (keyof typeof POLICY.delivery)[];
    expect(reasons.filter((reason) => isUnreachable(new DeliveryError(reason, 'x')))).toEqual([
      'discord-unreachable',
    ]);
  });

  it.each([
    ['PostgreSQL: no table', { cause: { kind: 'postgres', originalCode: '42P01' } }, 'schema-gone'],
    ['PostgreSQL: no database', { code: '3D000' }, 'schema-gone'],
    ['MySQL: no table', { cause: { kind: 'mysql', originalCode: '1146' } }, 'schema-gone'],
    ['SQLite: no table', { message: 'SQLITE_ERROR: no such table: exchanges' }, 'schema-gone'],
    ['PostgreSQL: full', { code: '53100' }, 'disk-full'],
    ['SQLite: full', { cause: { kind: 'sqlite', originalCode: '13' } }, 'disk-full'],
    ['SQLite: only for reading', { rawCode: 1032 }, 'read-only'],
    ['MySQL: only for reading', { errno: 1290 }, 'read-only'],
    ['a password that changed', { code: '28P01' }, 'not-let-in'],
    ['a socket', { code: 'ECONNREFUSED' }, 'unavailable'],
    ['a value that it does not take', { code: '22001' }, 'refused'],
  ])('what is wrong with the database: %s', (_, error, reason) => {
    expect(databaseReasonOf(error)).toBe(reason);
  });
});

it('has no rule that nothing in the program asks for', async () => {
  const files = await readdir(`${ROOT}/src`, { recursive: true });
  const sources = files.filter((file) => file.endsWith('.ts') && !/generated|recovery.rules-/.test(file));
  const texts = await Promise.all(sources.map((file) => readFile(`${ROOT}/src/${file}`, 'utf8')));
  const isUsed = (reason: string): boolean => texts.some((text) => text.includes(`'${reason}'`));
  expect(RULES.filter(({ reason }) => !isUsed(reason))).toEqual([]);
});

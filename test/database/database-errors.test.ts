import { expect, it } from 'vitest';
import { isUnavailable } from '../../src/database/database-errors.ts';

/** As MariaDB's driver throws it, and as Prisma's adapter passes it on. */
const mysql = (errno: number) => [
  Object.assign(new Error('refused'), { errno, sqlState: 'HY000' }),
  new Error('refused', { cause: { kind: 'mysql', originalCode: String(errno) } }),
];

/** As PostgreSQL's driver throws it, and as Prisma's adapter passes it on. */
const postgresql = (code: string) => [
  Object.assign(new Error('refused'), { code }),
  new Error('refused', { cause: { kind: 'postgres', originalCode: code } }),
];

it.each([
  ['a node of a cluster that is not ready', mysql(1047)],
  ['a host that is blocked after failed connections', mysql(1129)],
  ['a user whose limit is reached', mysql(1226)],
  ['a file that cannot be written', mysql(1026)],
  ['an error of the storage engine', mysql(1030)],
  ['an error at a commit', mysql(1180)],
  ['a password that is not right any more, at MySQL', mysql(1045)],
  ['an error of the server’s disk', postgresql('58030')],
  ['an error of the server’s system', postgresql('58000')],
  ['a limit of the server’s that is reached', postgresql('53400')],
  ['a password that is not right any more, at PostgreSQL', postgresql('28P01')],
  ['a user who may not log in', postgresql('28000')],
])('%s is taken for what may pass', (_, errors) => {
  expect(errors.map(isUnavailable)).toEqual([true, true]);
});

it.each([
  ['a wrong statement, at MySQL', mysql(1064)],
  ['a missing right, at MySQL', mysql(1142)],
  ['a wrong statement, at PostgreSQL', postgresql('42601')],
  ['a missing right, at PostgreSQL', postgresql('42501')],
  ['a broken check', postgresql('23514')],
])('%s is taken for a refusal', (_, errors) => {
  expect(errors.map(isUnavailable)).toEqual([false, false]);
});

import { expect, it } from 'vitest';
import { type Actor } from '../../src/audit/audit-log.ts';
import { ConflictError, InputError } from '../../src/errors.ts';
import { describeOnEachDatabase } from '../support/each-database.ts';

describeOnEachDatabase('the tables of who may', (make) => {
  const ADA: Actor = { kind: 'admin-user', id: 'ada', name: 'Ada' };
  const person = (name: string, role: 'viewer' | 'operator' | 'admin' = 'admin') => ({
    name,
    role,
    passwordHash: '$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$dGFndGFndGFndGFndGFndGFn',
  });
  const hash = (letter: string) => letter.repeat(64);
  const soon = new Date('2126-01-01T00:00:00.000Z');

  it('let one be the first admin, however many hosts try at once', async () => {
    const file = await make();
    const [one, other] = [await file.open(), await file.open()];
    const tries = await Promise.allSettled(
      Array.from({ length: 6 }, (_, index) =>
        (index % 2 === 0 ? one : other).adminUsers.createFirst(person(`person ${index}`)),
      ),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of tries) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(ConflictError);
    }
    expect(await one.adminUsers.list()).toHaveLength(1);
    expect(await one.auditLog.verify()).toMatchObject({ isWhole: true, entries: 1n });
  });

  it('always leave an admin, also when two take each other away at once', async () => {
    const database = await (await make()).open();
    const { adminUsers } = database;
    const [a, b] = [await adminUsers.create(person('a')), await adminUsers.create(person('b'))];
    const both = await Promise.allSettled([adminUsers.delete(a.id), adminUsers.setRole(b.id, 'viewer')]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await adminUsers.hasAdmin()).toBe(true);
  });

  it('know a name however it is written, once', async () => {
    const { adminUsers } = await (await make()).open();
    await adminUsers.create(person('Ádá'));
    await expect(adminUsers.create(person(' áDÁ'))).rejects.toThrow(InputError);
    expect((await adminUsers.find('ÁDÁ '))?.name).toBe('Ádá');
    expect(await adminUsers.find('Ada')).toBeUndefined();
  });

  it('count each try before it is compared, and forget them with the right password', async () => {
    const file = await make();
    const [one, other] = [(await file.open()).adminUsers, (await file.open()).adminUsers];
    const { id } = await one.create(person('a'));
    const lockAtFive = (tries: number): number => (tries < 5 ? 0 : 60_000);
    const tries = await Promise.all(
      Array.from({ length: 12 }, (_, n) => (n % 2 === 0 ? one : other).takeTry(id, lockAtFive, false)),
    );
    expect(tries.filter(({ isAllowed }) => isAllowed)).toHaveLength(5);
    const { failedLogins, lockedUntil } = (await one.find('a')) ?? {};
    expect(failedLogins).toBe(5);
    expect(tries.filter((one) => !one.isAllowed).map((one) => one.lockedUntil)).toEqual(
      Array.from({ length: 7 }, () => lockedUntil),
    );
    expect((await one.takeTry(id, lockAtFive, true)).isAllowed).toBe(true);
    expect(await one.unlock(id)).toBe(true);
    expect(await one.unlock(id)).toBe(false);
    await one.takeTry(id, lockAtFive, false);
    await one.recordSuccess(id);
    expect(await one.find('a')).toMatchObject({ failedLogins: 0, lockedUntil: undefined });
  });

  it('open a session for the present password alone', async () => {
    const { adminUsers, adminSessions } = await (await make()).open();
    const { id } = await adminUsers.create(person('a'));
    const open = (passwordHash: string, letter: string) =>
      adminSessions.open({
        adminUserId: id,
        passwordHash,
        tokenHash: hash(letter),
        address: '::1',
        userAgent: '',
        expiresAt: soon,
      });
    const old = person('a').passwordHash;
    const fresh = `${old}x`;
    const opening = Promise.all(['a', 'b', 'c'].map((letter) => open(old, letter)));
    await adminUsers.setPassword(id, fresh);
    await opening;
    expect(await adminSessions.list(id)).toEqual([]);
    expect(await open(old, 'd')).toBeUndefined();
    expect(await open(fresh, 'e')).toMatchObject({ userName: 'a' });
  });

  it('know no name with a NUL or without an end, and take none amiss', async () => {
    const { adminUsers } = await (await make()).open();
    await adminUsers.create(person('a'));
    for (const name of ['a\0', '\0', 'a'.repeat(100_000), '\ud800'])
      expect(await adminUsers.find(name)).toBeUndefined();
  });

  it('end sessions with a new password, and everything with their user', async () => {
    const file = await make();
    const database = await file.open();
    const { adminUsers, adminSessions, apiTokens } = database.storesFor(ADA);
    const { id } = await adminUsers.create(person('a'));
    await adminUsers.create(person('b'));
    const session = (letter: string) =>
      adminSessions.open({
        adminUserId: id,
        passwordHash: person('').passwordHash,
        tokenHash: hash(letter),
        address: '::1',
        userAgent: 'x'.repeat(500),
        expiresAt: soon,
      });
    const [kept] = [await session('a'), await session('b'), await session('c')];
    expect(kept).toMatchObject({ userName: 'a', role: 'admin', userAgent: 'x'.repeat(190), expiresAt: soon });
    expect(await adminSessions.knowsAddress(id, '::1')).toBe(true);
    expect(await adminSessions.knowsAddress(id, '::2')).toBe(false);
    await adminUsers.setPassword(id, person('').passwordHash, kept?.id);
    expect((await adminSessions.list(id)).map((one) => one.id)).toEqual([kept?.id]);
    const token = await apiTokens.create({
      adminUserId: id,
      name: 'ci',
      tokenHash: hash('d'),
      role: 'viewer',
      scopes: ['agents', 'usage'],
      expiresAt: undefined,
    });
    expect(await apiTokens.find(hash('d'))).toEqual(token);
    expect(token).toMatchObject({
      ownerName: 'a',
      ownerRole: 'admin',
      scopes: ['agents', 'usage'],
      lastUsedAt: undefined,
    });
    await apiTokens.touch(token.id);
    expect((await apiTokens.find(hash('d')))?.lastUsedAt).toBeInstanceOf(Date);
    await adminUsers.delete(id);
    expect(await adminSessions.find(hash('a'))).toBeUndefined();
    expect(await apiTokens.find(hash('d'))).toBeUndefined();
    const actions = (await database.auditLog.list({ limit: 20 })).map(({ action }) => action);
    expect(actions.toReversed().slice(2)).toEqual([
      ...['session.open', 'session.open', 'session.open', 'admin-user.password', 'api-token.create'],
      'admin-user.delete',
    ]);
    const rows = JSON.stringify(await file.query('SELECT * FROM audit_entries'));
    for (const secret of [hash('a'), hash('d'), 'argon2']) expect(rows).not.toContain(secret);
  });
});

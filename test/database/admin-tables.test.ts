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

  it('count every wrong password of two at once, and forget them with the right one', async () => {
    const { adminUsers } = await (await make()).open();
    const { id } = await adminUsers.create(person('a'));
    await Promise.all(Array.from({ length: 4 }, () => adminUsers.recordFailure(id, () => 0)));
    expect(await adminUsers.find('a')).toMatchObject({ failedLogins: 4, lockedUntil: undefined });
    const until = await adminUsers.recordFailure(id, (failures) => failures * 1_000);
    expect((await adminUsers.find('a'))?.lockedUntil).toEqual(until);
    expect(await adminUsers.unlock(id)).toBe(true);
    expect(await adminUsers.unlock(id)).toBe(false);
    await adminUsers.recordFailure(id, () => 0);
    await adminUsers.recordSuccess(id);
    expect(await adminUsers.find('a')).toMatchObject({ failedLogins: 0, lockedUntil: undefined });
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
        tokenHash: hash(letter),
        address: '::1',
        userAgent: 'x'.repeat(500),
        expiresAt: soon,
      });
    const [kept] = [await session('a'), await session('b'), await session('c')];
    expect(kept).toMatchObject({ userName: 'a', role: 'admin', userAgent: 'x'.repeat(190), expiresAt: soon });
    expect(await adminSessions.knowsAddress(id, '::1')).toBe(true);
    expect(await adminSessions.knowsAddress(id, '::2')).toBe(false);
    await adminUsers.setPassword(id, person('').passwordHash, kept.id);
    expect((await adminSessions.list(id)).map((one) => one.id)).toEqual([kept.id]);
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

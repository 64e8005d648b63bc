import { expect, it } from 'vitest';
import { describeOnEachDatabase } from '../support/each-database.ts';

describeOnEachDatabase('IdempotencyTable', (makeDatabase) => {
  it('gives a key to one of all that try at once, and the others what became of it', async () => {
    const place = await makeDatabase();
    const [one, two] = [(await place.open()).idempotency, (await place.open()).idempotency];
    const claims = await Promise.all([one, two, one, two, one].map((store) => store.claim('id', 'hash')));
    expect(claims.filter(({ kind }) => kind === 'new')).toHaveLength(1);
    expect(claims.filter(({ kind }) => kind === 'in-flight')).toHaveLength(4);
    const answer = { status: 201, response: '{"body":"ünï"}' };
    await two.keep('id', answer);
    expect(await one.claim('id', 'other')).toEqual({ kind: 'answered', requestHash: 'hash', answer });
    await one.release('id');
    expect(await one.claim('id', 'hash')).toMatchObject({ kind: 'answered' });
  });

  it('has a key free again that was given back, and after a day', async () => {
    let now = new Date('2026-11-30T10:00:00Z');
    const place = await makeDatabase();
    const { idempotency: store } = await place.open({ now: () => now });
    await store.claim('id', 'hash');
    await store.release('id');
    expect(await store.claim('id', 'other')).toEqual({ kind: 'new' });
    await store.keep('id', { status: 201, response: '' });
    now = new Date('2026-12-01T09:59:59Z');
    expect(await store.claim('id', 'other')).toMatchObject({ kind: 'answered' });
    now = new Date('2026-12-01T10:00:01Z');
    expect(await store.claim('id', 'other')).toEqual({ kind: 'new' });
  });
});

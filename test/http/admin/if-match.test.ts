import { expect, it } from 'vitest';
import { openApi } from '../../support/api-stage.ts';
import { describeOnEachDatabase } from '../../support/each-database.ts';
import { testDatabase } from '../../support/test-database.ts';

it('refuses to change another version than the one that was seen, and to change without saying which', async () => {
  const { call } = await openApi();
  const { headers } = await call('POST', '/api/agents', { body: { name: 'Parrot' } });
  const path = String(headers.get('location'));
  await call('POST', `${path}/disable`);
  const stale = { 'if-match': '"1"' };
  const late = await call('PATCH', path, { headers: stale, body: { rate_limit: 9 } });
  expect([late.status, late.body['detail']]).toEqual([412, expect.stringContaining('version 2, not 1')]);
  expect((await call('DELETE', path, { headers: stale })).status).toBe(412);
  expect((await call('PATCH', path, { body: { rate_limit: 9 } })).status).toBe(428);
  expect((await call('GET', path)).body).toMatchObject({ rate_limit: 0, version: 2 });
});

it('makes one of two changes to the version that both saw, and both where it does not matter which', async () => {
  const database = await (await testDatabase()).open();
  let meeting: { readonly all: PromiseWithResolvers<undefined>; count: number } | undefined;
  const meet = (): void => {
    meeting = { all: Promise.withResolvers<undefined>(), count: 0 };
  };
  const agents = {
    // Both have read before either writes.
    list: async () => {
      const found = await database.agents.list();
      if (meeting !== undefined && ++meeting.count === 2) meeting.all.resolve(undefined);
      if (meeting !== undefined && meeting.count <= 2) await meeting.all.promise;
      return found;
    },
    openConfig: database.agents.openConfig.bind(database.agents),
    openToken: database.agents.openToken.bind(database.agents),
  };
  // Two hosts: one makes changes one after the other.
  const first = await openApi({ database, parts: { agents } });
  const hosts = [first, await openApi({ database, parts: { agents } })];
  const { call } = first;
  const { headers } = await call('POST', '/api/agents', { body: { name: 'Parrot' } });
  const path = String(headers.get('location'));
  const changes = [{ rate_limit: 1 }, { respond_to_dm: false }];
  const change = (tag: string) =>
    Promise.all(
      changes.map((body, index) =>
        (hosts[index] ?? first).call('PATCH', path, { headers: { 'if-match': tag }, body }),
      ),
    );
  meet();
  expect((await change('"1"')).map(({ status }) => status).toSorted()).toEqual([200, 412]);
  meet();
  expect((await change('*')).map(({ status }) => status)).toEqual([200, 200]);
  meeting = undefined;
  expect((await call('GET', path)).body).toMatchObject({ rate_limit: 1, respond_to_dm: false });
});

it.each([
  { tag: '"1", "7"', status: 200 },
  { tag: '"7",\t"1",', status: 200 },
  { tag: '"of,another", "1"', status: 200 },
  { tag: '*', status: 200 },
  { tag: '"2", "7"', status: 412 },
  { tag: '"01"', status: 412 },
  { tag: '"1-gzip"', status: 412 },
  { tag: 'W/"1"', status: 412 },
  { tag: 'W/"1", "1"', status: 200 },
  { tag: '1', status: 400 },
  { tag: '"1" "7"', status: 400 },
  { tag: '"1", *', status: 400 },
  { tag: ',', status: 400 },
])('answers a change of version 1 under If-Match: $tag with $status', async ({ tag, status }) => {
  const { call } = await openApi();
  const { headers } = await call('POST', '/api/agents', { body: { name: 'Parrot' } });
  const path = String(headers.get('location'));
  const change = { headers: { 'if-match': tag }, body: { rate_limit: 9 } };
  expect((await call('PATCH', path, change)).status).toBe(status);
  if (status === 412) expect((await call('DELETE', path, change)).status).toBe(412);
});

it('deletes what is of one of the versions that were seen', async () => {
  const { call } = await openApi();
  const { headers } = await call('POST', '/api/agents', { body: { name: 'Parrot' } });
  const path = String(headers.get('location'));
  expect((await call('DELETE', path, { headers: { 'if-match': '"7", "1"' } })).status).toBe(204);
  expect((await call('GET', path)).status).toBe(404);
});

it('says what to send where a proxy has made a tag weak', async () => {
  const { call } = await openApi();
  const { headers } = await call('POST', '/api/agents', { body: { name: 'Parrot' } });
  const change = { headers: { 'if-match': 'W/"1"' }, body: { rate_limit: 9 } };
  const { body } = await call('PATCH', String(headers.get('location')), change);
  expect(body['detail']).toContain('Send If-Match: "1"');
});

describeOnEachDatabase('changes to whatever an agent is now', (make) => {
  it('are all made, however many at once, by whichever host', async () => {
    const test = await make();
    const first = await openApi({ database: await test.open() });
    const hosts = [first, await openApi({ database: await test.open() })];
    const { call } = first;
    const { headers } = await call('POST', '/api/agents', { body: { name: 'Parrot' } });
    const path = String(headers.get('location'));
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (hosts[index % 2] ?? first).call('PATCH', path, {
          headers: { 'if-match': '*' },
          body: { rate_limit: index + 1 },
        }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect((await call('GET', path)).body).toMatchObject({ version: 21 });
  });
});

import { expect, it } from 'vitest';
import { agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import { type Actor, HOST_ACTOR } from '../../src/audit/audit-log.ts';
import type { Database } from '../../src/database/open-database.ts';
import { describeOnEachDatabase } from '../support/each-database.ts';
import { runProcess } from '../support/run-process.ts';

describeOnEachDatabase('the audit log', (make) => {
  const ADA: Actor = { kind: 'admin-user', id: 'user-ada', name: 'Ada' };
  const TOKEN = 'MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs';
  const API_KEY = 'a key of no known shape, 4711';

  const changeOf = (id: string, after: unknown = { n: id }) => ({
    action: 'test.change',
    subject: { kind: 'test', id },
    after,
  });

  async function fill({ auditLog }: Database, count: number): Promise<void> {
    const ids = Array.from({ length: count }, (_, index) => String(index + 1));
    await auditLog.append(
      ADA,
      ids.map((id) => changeOf(id)),
    );
  }

  it('numbers entries from 1 without gaps, chains each to the one before, and gives back what was done', async () => {
    const { auditLog } = await (await make()).open({ now: () => new Date('2026-11-30T12:34:56.789Z') });
    expect(await auditLog.head()).toEqual({ sequence: 0n, hash: '0'.repeat(64) });
    await auditLog.append(ADA, [changeOf('a', { name: 'é 😀 \0 \uD800', list: [1, null] })]);
    await auditLog.append(HOST_ACTOR, [{ ...changeOf('b'), before: 'old' }, changeOf('c', null)]);
    const entries = await auditLog.list({ limit: 10 });
    expect(entries.map(({ sequence, actor, subject }) => [sequence, actor.name, subject.id])).toEqual([
      [3n, 'host', 'c'],
      [2n, 'host', 'b'],
      [1n, 'Ada', 'a'],
    ]);
    expect(entries[2]?.at).toEqual(new Date('2026-11-30T12:34:56.789Z'));
    expect(entries[1]).toMatchObject({ before: 'old', after: { n: 'b' } });
    expect(entries[0]).not.toHaveProperty('after');
    const lastHash = entries[0]?.hash;
    expect(await auditLog.verify()).toEqual({ isWhole: true, entries: 3n, lastHash });
    expect(await auditLog.head()).toEqual({ sequence: 3n, hash: lastHash });
  });

  it.each([
    {
      what: 'the name of who did it is changed',
      sql: ["UPDATE audit_entries SET actor_name = 'Eve' WHERE sequence = 3"],
      at: 3n,
    },
    {
      what: 'what it was after is changed',
      sql: ["UPDATE audit_entries SET state_after = '{}' WHERE sequence = 2"],
      at: 2n,
    },
    { what: 'the first is taken out', sql: ['DELETE FROM audit_entries WHERE sequence = 1'], at: 1n },
    { what: 'one is taken out', sql: ['DELETE FROM audit_entries WHERE sequence = 4'], at: 4n },
    {
      what: 'one is taken out and the others are moved up',
      sql: [
        'DELETE FROM audit_entries WHERE sequence = 4',
        'UPDATE audit_entries SET sequence = 4 WHERE sequence = 5',
        'UPDATE audit_entries SET sequence = 5 WHERE sequence = 6',
      ],
      at: 4n,
    },
    {
      what: 'two change places',
      sql: [
        'UPDATE audit_entries SET sequence = 99 WHERE sequence = 2',
        'UPDATE audit_entries SET sequence = 2 WHERE sequence = 3',
        'UPDATE audit_entries SET sequence = 3 WHERE sequence = 99',
      ],
      at: 2n,
    },
    {
      what: 'one is put in between',
      sql: [
        'UPDATE audit_entries SET sequence = 7 WHERE sequence = 6',
        'UPDATE audit_entries SET sequence = 6 WHERE sequence = 5',
        "INSERT INTO audit_entries (sequence, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, hash) SELECT 5, at, actor_kind, actor_id, actor_name, 'x', subject_kind, subject_id, hash FROM audit_entries WHERE sequence = 4",
      ],
      at: 5n,
    },
    ...[0n, -7n].map((at) => ({
      what: `one is put in before the first, as ${String(at)}`,
      sql: [
        `INSERT INTO audit_entries (sequence, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, hash) SELECT ${String(at)}, at, actor_kind, actor_id, actor_name, 'x', subject_kind, subject_id, hash FROM audit_entries WHERE sequence = 4`,
      ],
      at,
    })),
  ])('names the first broken entry when $what', async ({ sql, at }) => {
    const file = await make();
    const database = await file.open();
    await fill(database, 6);
    for (const statement of sql) await file.query(statement);
    expect(await database.auditLog.verify()).toMatchObject({ isWhole: false, brokenAt: at });
  });

  it('names an entry whose time somebody changed to none, where the database takes that', async () => {
    const file = await make();
    if (file.provider !== 'sqlite') return;
    const database = await file.open();
    await fill(database, 6);
    await file.query("UPDATE audit_entries SET at = 'garbage' WHERE sequence = 5");
    expect(await database.auditLog.verify()).toMatchObject({ isWhole: false, brokenAt: 5n });
    expect(await database.auditLog.list({ limit: 10 })).toHaveLength(6);
  });

  it('finds a truncated end, and a chain that was made anew, by an entry that was noted down', async () => {
    const file = await make();
    const database = await file.open();
    await fill(database, 5);
    const noted = await database.auditLog.head();
    expect(await database.auditLog.verify(noted)).toMatchObject({ isWhole: true });
    await fill(database, 1);
    expect(await database.auditLog.verify(noted)).toMatchObject({ isWhole: true, entries: 6n });
    await file.query('DELETE FROM audit_entries WHERE sequence > 3');
    expect(await database.auditLog.verify()).toMatchObject({ isWhole: true, entries: 3n });
    expect(await database.auditLog.verify(noted)).toMatchObject({ isWhole: false, brokenAt: 4n });
    await fill(database, 3);
    expect(await database.auditLog.verify()).toMatchObject({ isWhole: true, entries: 6n });
    expect(await database.auditLog.verify(noted)).toMatchObject({ isWhole: false, brokenAt: 5n });
  });

  it('stays whole when two processes and this one write to it at once', async () => {
    const file = await make();
    const database = await file.open();
    const program = 'test/support/append-process.ts';
    const others = ['p', 'q'].map((name) => runProcess(program, {}, [file.url, '40', name]));
    const own = Array.from({ length: 20 }, (_, index) =>
      database.auditLog.append(ADA, [changeOf(`r-${index}`)]),
    );
    await Promise.all(own);
    expect(await Promise.all(others.map(({ ended }) => ended))).toEqual([0, 0]);
    expect(others.map(({ output }) => output())).toEqual(['', '']);
    const entries = await database.auditLog.list({ limit: 1_000 });
    expect(entries.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 100 }, (_, index) => BigInt(100 - index)),
    );
    expect(await database.auditLog.verify()).toMatchObject({ isWhole: true, entries: 100n });
  });

  it('has its changes undone with it, and is undone with them', async () => {
    const file = await make();
    const database = await file.open();
    const definition = agentDefinitionSchema.parse({ name: 'a' });
    await database.agents.apply([{ kind: 'create', definition, token: undefined }]);
    // The same name again: nothing of it happens.
    const twice = [definition, { ...definition, name: 'b' }, definition].map((one) => ({
      kind: 'create' as const,
      definition: one,
      token: undefined,
    }));
    await expect(database.agents.apply(twice)).rejects.toThrow('already');
    expect((await database.auditLog.list({ limit: 10 })).map(({ action }) => action)).toEqual([
      'agent.create',
    ]);
    // A log that cannot be written keeps the change from being made.
    const [agent] = await database.agents.list();
    await file.query('ALTER TABLE audit_entries RENAME TO hidden_entries');
    await expect(database.agents.apply([{ kind: 'delete', id: agent?.id ?? '' }])).rejects.toThrow();
    await expect(database.settings.set('LOG_LEVEL', 'debug')).rejects.toThrow();
    await file.query('ALTER TABLE hidden_entries RENAME TO audit_entries');
    expect(await database.agents.list()).toHaveLength(1);
    expect((await database.settings.read()).size).toBe(0);
  });

  it('says who changed what of an agent, and shows no secret and no user', async () => {
    const file = await make();
    const database = await file.open();
    const stores = database.storesFor(ADA);
    const USER = '81384788765712384';
    const base = { name: 'Helper', type: 'llm', blockedUsers: [USER] };
    const config = { provider: 'openai', model: 'm', system_prompt: 'Be kind.', api_key: API_KEY };
    const make1 = agentDefinitionSchema.parse({ ...base, config });
    await stores.agents.apply([{ kind: 'create', definition: make1, token: TOKEN }]);
    const id = (await stores.agents.list())[0]?.id ?? '';
    const update = (settings: object, token?: string) =>
      stores.agents.apply([
        {
          kind: 'update',
          id,
          definition: agentDefinitionSchema.parse({ ...base, config, ...settings }),
          token,
        },
      ]);
    await update({ config: { ...config, system_prompt: 'Be brief.' } });
    await update({ config: { ...config, system_prompt: 'Be brief.', api_key: `${API_KEY}2` } });
    await update({
      config: { ...config, system_prompt: 'Be brief.', api_key: `${API_KEY}2` },
      enabled: false,
    });
    await update({
      config: { ...config, system_prompt: 'Be brief.', api_key: `${API_KEY}2` },
      enabled: false,
    });
    await stores.agents.apply([{ kind: 'delete', id }]);
    const entries = (await database.auditLog.list({ limit: 10 })).toReversed();
    expect(entries.map(({ action }) => action)).toEqual([
      'agent.create',
      'agent.update',
      'agent.update',
      'agent.disable',
      'agent.delete',
    ]);
    expect(entries.every(({ actor, subject }) => actor.name === 'Ada' && subject.id === id)).toBe(true);
    expect(entries[0]?.after).toMatchObject({
      name: 'Helper',
      discord_token: expect.stringMatching(/^\[secret [0-9a-f]{8}\]$/) as string,
      blocked_users: { users: 1 },
    });
    expect(entries[1]).toMatchObject({
      before: { name: 'Helper', config: { system_prompt: 'Be kind.' } },
      after: { name: 'Helper', config: { system_prompt: 'Be brief.' } },
    });
    expect(Object.keys(entries[1]?.after as object)).toEqual(['name', 'config']);
    expect(entries[2]?.before).not.toEqual(entries[2]?.after);
    const rows = JSON.stringify(await file.query('SELECT * FROM audit_entries'));
    for (const secret of [TOKEN, API_KEY, USER]) expect(rows).not.toContain(secret);
  });

  it('has every change of settings, memories and users, each once and only when there was one', async () => {
    const database = await (await make()).open({ actor: ADA });
    await database.settings.set('LOG_LEVEL', 'debug');
    await database.settings.set('LOG_LEVEL', 'debug');
    await database.settings.set('LOG_LEVEL', 'warn');
    await database.settings.unset('LOG_LEVEL');
    await database.settings.unset('LOG_LEVEL');
    const definition = agentDefinitionSchema.parse({ name: 'a' });
    await database.agents.apply([{ kind: 'create', definition, token: undefined }]);
    const agentId = (await database.agents.list())[0]?.id ?? '';
    const userId = '81384788765712384';
    await database.memory.recall({ agentId, userId, scope: '' }, 1);
    await database.memory.forget({ userId });
    await database.memory.forget({ userId });
    await database.memory.recall({ agentId, userId, scope: '' }, 1);
    await database.erasures.erase(userId);
    await database.erasures.erase(userId);
    await database.exchangeLog.replay(undefined);
    const entries = (await database.auditLog.list({ limit: 20 })).toReversed();
    expect(entries.map(({ action, before, after }) => [action, before, after])).toEqual([
      ['setting.set', undefined, 'debug'],
      ['setting.set', 'debug', 'warn'],
      ['setting.unset', 'warn', undefined],
      ['agent.create', undefined, expect.anything()],
      ['memory.forget', { memories: 1, turns: 0 }, undefined],
      ['user.erase', undefined, expect.objectContaining({ memories: 1 })],
    ]);
    expect(
      JSON.stringify(entries, (_, value: unknown) => (typeof value === 'bigint' ? 0 : value)),
    ).not.toContain(userId);
  });

  it('lists what is asked for', async () => {
    const { auditLog, settings } = await (await make()).open();
    await auditLog.append(ADA, [changeOf('a'), changeOf('b')]);
    await settings.set('LOG_LEVEL', 'debug');
    const list = async (filter: object) =>
      (await auditLog.list({ limit: 10, ...filter })).map(({ sequence }) => Number(sequence));
    expect(await list({})).toEqual([3, 2, 1]);
    expect(await list({ action: 'setting.set' })).toEqual([3]);
    expect(await list({ actorId: 'user-ada' })).toEqual([2, 1]);
    expect(await list({ subjectId: 'b' })).toEqual([2]);
    expect(await list({ before: 3n, limit: 1 })).toEqual([2]);
    expect(await list({ since: new Date(Date.now() + 60_000) })).toEqual([]);
  });
});

import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type AgentDefinition, agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import type { AgentRecord } from '../../src/agents/agent-record.ts';
import type { AgentChange, AgentStore } from '../../src/agents/agent-store.ts';
import { AgentTable } from '../../src/database/agent-table.ts';
import { SecretBox, SecretKeyError } from '../../src/database/secret-box.ts';
import { ConflictError, InputError } from '../../src/errors.ts';
import { testAuditor } from '../support/test-auditor.ts';
import { TEST_KEY } from '../support/test-database.ts';
import { describeOnEachDatabase } from '../support/each-database.ts';

describeOnEachDatabase('the agents table', (make) => {
  const TOKEN = 'MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs';

  const definition = (name: string, settings: Partial<AgentDefinition> = {}): AgentDefinition =>
    agentDefinitionSchema.parse({ name, ...settings });
  const create = (name: string, token?: string, settings?: Partial<AgentDefinition>): AgentChange => ({
    kind: 'create',
    definition: definition(name, settings),
    token,
  });
  const update = (
    agent: AgentRecord,
    settings: Partial<AgentDefinition>,
    token?: string | null,
  ): AgentChange => ({
    kind: 'update',
    id: agent.id,
    definition: definition(settings.name ?? agent.name, settings),
    token,
  });

  async function find(agents: AgentStore, name: string): Promise<AgentRecord> {
    const agent = (await agents.list()).find((candidate) => candidate.name === name);
    if (agent === undefined) throw new Error(`there is no agent ${name}`);
    return agent;
  }

  const refusal = (promise: Promise<void>) =>
    promise.then(
      () => {
        throw new Error('it was applied');
      },
      (error: unknown) => error,
    );

  describe('an agent', () => {
    it('comes back as it was made', async () => {
      const at = new Date('2026-11-20T12:34:56.789Z');
      const { agents } = await (await make()).open({ now: () => at });
      const made = definition('Ünï — 名前 😀', {
        enabled: false,
        type: 'llm',
        respondToDm: false,
        respondToEveryone: true,
        respondWithoutMention: true,
        guildWhitelist: ['1'],
        channelWhitelist: ['2', '3'],
        allowedUsers: ['4'],
        allowedRoles: ['5', '6'],
        blockedUsers: ['7'],
        rateLimit: 8,
        config: { deep: { list: [1, 2.5, null, true, 'x'], empty: {} }, text: 'a\0b \uD83D c', big: 2 ** 40 },
      });
      await agents.apply([{ kind: 'create', definition: made, token: TOKEN }]);
      expect(await agents.list()).toEqual([
        {
          ...made,
          // Without what some databases cannot keep in JSON.
          config: { ...made.config, text: 'ab \uFFFD c' },
          id: expect.any(String) as string,
          sealedToken: expect.any(String) as string,
          identity: undefined,
          status: { state: 'stopped', reason: 'no host has run it yet' },
          version: 1,
          pausedAt: undefined,
          presence: undefined,
          createdAt: at,
          updatedAt: at,
        },
      ]);
    });

    it('keeps every snowflake exactly', async () => {
      const ids = [
        '1',
        '9007199254740993',
        '123456789012345678',
        '1234567890123456789',
        '18446744073709551615',
      ];
      const { agents } = await (await make()).open();
      const lists = {
        guildWhitelist: ids,
        channelWhitelist: ids.toReversed(),
        allowedUsers: ids,
        allowedRoles: ids.toReversed(),
        blockedUsers: ids,
      };
      await agents.apply([create('a', undefined, lists)]);
      const identity = { applicationId: '18446744073709551615', userId: '9007199254740993', username: 'a' };
      const { id } = await find(agents, 'a');
      await agents.saveIdentity(id, identity);
      expect(await find(agents, 'a')).toMatchObject({ ...lists, identity });
    });

    it('changes as it is told and keeps its id, age, state and token', async () => {
      const { agents } = await (await make()).open();
      await agents.apply([create('a', TOKEN)]);
      const before = await find(agents, 'a');
      await agents.saveStatus(new Map([[before.id, { state: 'ready', reason: '' }]]));
      await agents.apply([update(before, { name: 'b', config: { prefix: '>' } })]);
      expect(await agents.list()).toEqual([
        {
          ...before,
          name: 'b',
          config: { prefix: '>' },
          status: { state: 'ready', reason: '' },
          version: before.version + 1,
          updatedAt: expect.any(Date) as Date,
        },
      ]);
    });

    it('is listed after older ones', async () => {
      let now = 1_750_000_000_000;
      const { agents } = await (await make()).open({ now: () => new Date(now) });
      for (const name of ['c', 'a', 'b']) {
        await agents.apply([create(name)]);
        now += 1;
      }
      await agents.apply([update(await find(agents, 'c'), { respondToDm: false })]);
      expect((await agents.list()).map(({ name }) => name)).toEqual(['c', 'a', 'b']);
    });

    it('is listed after those that were made before it in the same step, also within one millisecond', async () => {
      const { agents } = await (await make()).open({ now: () => new Date(1_750_000_000_000) });
      const names = Array.from({ length: 20 }, (_, index) => `agent ${index}`);
      await agents.apply(names.map((name) => create(name)));
      expect((await agents.list()).map(({ name }) => name)).toEqual(names);
    });

    it('is changed and deleted only in the version that is asked for', async () => {
      const { agents } = await (await make()).open();
      await agents.apply([create('A')]);
      const first = await find(agents, 'A');
      await agents.apply([{ ...update(first, { rateLimit: 1 }), ifVersion: first.version } as AgentChange]);
      const second = await find(agents, 'A');
      expect(second.version).toBe(first.version + 1);
      for (const stale of [
        { ...update(first, { rateLimit: 2 }), ifVersion: first.version } as AgentChange,
        { kind: 'delete', id: first.id, ifVersion: first.version } as const,
      ]) {
        expect(await refusal(agents.apply([stale]))).toBeInstanceOf(ConflictError);
      }
      expect(await find(agents, 'A')).toEqual(second);
      await agents.apply([{ kind: 'delete', id: first.id, ifVersion: second.version }]);
      expect(await agents.list()).toEqual([]);
    });

    it('can be told apart from one that was deleted meanwhile', async () => {
      const { agents } = await (await make()).open();
      await agents.apply([create('a')]);
      const gone = await find(agents, 'a');
      await agents.apply([{ kind: 'delete', id: gone.id }]);
      const error = await refusal(agents.apply([create('b'), update(gone, {})]));
      expect(error).toBeInstanceOf(InputError);
      expect((error as InputError).message).toContain('"a"');
      expect(await agents.list()).toEqual([]);
      await agents.saveStatus(new Map([[gone.id, { state: 'ready', reason: '' }]]));
      await agents.saveIdentity(gone.id, { applicationId: '1', userId: '2', username: 'x' });
      await agents.apply([{ kind: 'delete', id: gone.id }]);
      expect(await agents.list()).toEqual([]);
    });
  });

  describe('a token', () => {
    it('is nowhere in the database, and opens with the key', async () => {
      const database = await make();
      const { agents } = await database.open();
      await agents.apply([create('a', TOKEN)]);
      await agents.apply([update(await find(agents, 'a'), {}, `${TOKEN}-new`)]);
      expect(agents.openToken(await find(agents, 'a'))).toBe(`${TOKEN}-new`);
      const bytes = await database.contents();
      expect(bytes.includes('v1.')).toBe(true);
      for (const encoding of ['utf8', 'base64', 'base64url', 'hex'] as const) {
        expect(bytes.includes(Buffer.from(TOKEN).toString(encoding)), encoding).toBe(false);
      }
      // Neither is a part of it: the last one is the secret.
      expect(bytes.includes(TOKEN.split('.')[2] ?? '')).toBe(false);
    });

    it('can be taken away and given again', async () => {
      const { agents } = await (await make()).open();
      await agents.apply([create('a', TOKEN)]);
      await agents.apply([update(await find(agents, 'a'), {}, null)]);
      const bare = await find(agents, 'a');
      expect([bare.sealedToken, agents.openToken(bare)]).toEqual([undefined, undefined]);
      await agents.apply([update(bare, {}, TOKEN)]);
      expect(agents.openToken(await find(agents, 'a'))).toBe(TOKEN);
    });

    it('that changes makes nobody known again: it may be another bot', async () => {
      const { agents } = await (await make()).open();
      await agents.apply([create('a', TOKEN)]);
      const { id } = await find(agents, 'a');
      const identity = { applicationId: '1', userId: '2', username: 'x' };
      await agents.saveIdentity(id, identity);
      await agents.apply([update(await find(agents, 'a'), { respondToDm: false })]);
      expect((await find(agents, 'a')).identity).toEqual(identity);
      await agents.apply([update(await find(agents, 'a'), {}, 'another')]);
      expect((await find(agents, 'a')).identity).toBeUndefined();
    });

    it('cannot be read with another key, which is said in words, and the rest of the row can', async () => {
      const database = await make();
      const { agents } = await database.open();
      await agents.apply([create('a', TOKEN)]);
      const other = await database.open({ secretKey: { key: Buffer.alloc(32, 9), file: '' } });
      const agent = await find(other.agents, 'a');
      const open = () => other.agents.openToken(agent);
      expect(open).toThrow(SecretKeyError);
      expect(open).toThrow(/another key/);
      expect(open).not.toThrow(TOKEN);
    });

    it('cannot be read from another row', async () => {
      const { agents } = await (await make()).open();
      await agents.apply([create('a', TOKEN), create('b')]);
      const [a, b] = [await find(agents, 'a'), await find(agents, 'b')];
      expect(() => agents.openToken({ id: b.id, sealedToken: a.sealedToken })).toThrow(/another row/);
    });
  });

  describe('a secret in a config', () => {
    const KEY = 'sk-proj-4f9dTmBkRzQ7wXyL';
    const config = {
      provider: 'openai',
      api_key: KEY,
      max_tokens: 1000,
      fallbacks: [
        { provider: 'xai', api_key: `${KEY}-2` },
        { headers: { Authorization: [`Bearer ${KEY}`] } },
      ],
      credentials: { user: 'me', pin: 1234 },
    };

    it('is nowhere in the database, and opens with the key', async () => {
      const database = await make();
      const { agents } = await database.open();
      await agents.apply([create('a', undefined, { config })]);
      await agents.apply([update(await find(agents, 'a'), { config: { ...config, token: `${KEY}-new` } })]);
      expect(agents.openConfig(await find(agents, 'a'))).toEqual({ ...config, token: `${KEY}-new` });
      expect(JSON.stringify(await find(agents, 'a'))).not.toContain(KEY);
      const bytes = await database.contents();
      expect(bytes.includes('v1.')).toBe(true);
      for (const encoding of ['utf8', 'base64', 'base64url', 'hex'] as const) {
        expect(bytes.includes(Buffer.from(KEY).toString(encoding)), encoding).toBe(false);
      }
    });

    it('is all that is encrypted, in a form that is no text', async () => {
      const { agents } = await (await make()).open();
      await agents.apply([create('a', undefined, { config })]);
      const sealed = { $sealed: expect.stringMatching(/^v1\./) as string };
      expect((await find(agents, 'a')).config).toEqual({
        provider: 'openai',
        api_key: sealed,
        max_tokens: 1000,
        fallbacks: [{ provider: 'xai', api_key: sealed }, { headers: { Authorization: [sealed] } }],
        credentials: { user: sealed, pin: 1234 },
      });
    });

    it('that is looked up in the environment stays as it is written', async () => {
      const { agents } = await (await make()).open();
      const written = { api_key: '${TEAM_KEY}', fallbacks: [{ api_key: '${OTHER_KEY}' }] };
      await agents.apply([create('a', undefined, { config: written })]);
      const agent = await find(agents, 'a');
      expect([agent.config, agents.openConfig(agent)]).toEqual([written, written]);
    });

    it('survives a change that hands the stored config back', async () => {
      const { agents } = await (await make()).open();
      await agents.apply([create('a', undefined, { config })]);
      const before = await find(agents, 'a');
      await agents.apply([update(before, { enabled: false, config: before.config })]);
      const after = await find(agents, 'a');
      expect(after.config).toEqual(before.config);
      expect(agents.openConfig(after)).toEqual(config);
    });

    it('cannot be read with another key or from another row: the setting is named, the rest can be read', async () => {
      const database = await make();
      const { agents } = await database.open();
      const nested = { fallbacks: [{}, { api_key: KEY }] };
      await agents.apply([create('a', undefined, { config: nested }), create('b', TOKEN, { config })]);
      const other = await database.open({ secretKey: { key: Buffer.alloc(32, 9), file: '' } });
      const [a, b] = [await find(other.agents, 'a'), await find(other.agents, 'b')];
      const open = () => other.agents.openConfig(a);
      expect(open).toThrow(SecretKeyError);
      expect(open).toThrow(/^config\.fallbacks\.1\.api_key: .*another key/);
      expect(() => other.agents.openConfig(b)).toThrow(/^config\.api_key: /);
      const remedy = expect.stringContaining('SECRET_KEY') as string;
      expect(open).toThrow(expect.objectContaining({ remedy }) as Error);
      expect(() => agents.openConfig({ id: b.id, config: a.config })).toThrow(/api_key: .*another row/);
    });
  });

  describe('a key that was lost', () => {
    it.each([
      { what: 'a token', token: TOKEN, config: {} },
      { what: 'a secret in a config', token: undefined, config: { fallbacks: [{ api_key: 'sk-1' }] } },
    ])('is told when $what was stored under it, and no new one is left behind', async ({ token, config }) => {
      const database = await make();
      const file = path.join(database.directory, 'new.key');
      const host = await database.open();
      await host.agents.apply([create('a', token, { config }), create('b')]);
      await host.close();
      await expect(database.open({ secretKey: { file } })).rejects.toThrow(/holds 1 tokens and keys/);
      expect(await readdir(database.directory)).not.toContain('new.key');
    });

    it('is nobody’s loss when nothing was stored under it', async () => {
      const database = await make();
      const file = path.join(database.directory, 'new.key');
      const host = await database.open();
      await host.agents.apply([create('a', undefined, { config: { api_key: '${KEY}', prompt: 'v1.x' } })]);
      await host.close();
      await database.open({ secretKey: { file } });
      expect(await readdir(database.directory)).toContain('new.key');
    });
  });

  describe('changes', () => {
    const clashes: { what: string; second: AgentChange; words: string }[] = [
      { what: 'the same name', second: create('Helper'), words: 'name' },
      { what: 'the same name in another case', second: create('hELPER'), words: 'name' },
      { what: 'the same name in another form of Unicode', second: create('Ｈelper'), words: 'name' },
      { what: 'the same token', second: create('Other', TOKEN), words: 'token' },
    ];

    it.each(clashes)('are refused in words, all of them, for $what', async ({ second, words }) => {
      const { agents } = await (await make()).open();
      await agents.apply([create('Helper', TOKEN), create('Third')]);
      const before = await agents.list();
      const third = await find(agents, 'Third');
      const error = await refusal(
        agents.apply([{ kind: 'delete', id: third.id }, create('First'), second, create('Last')]),
      );
      expect(error).toBeInstanceOf(InputError);
      expect((error as InputError).message).toContain(words);
      expect(JSON.stringify(error) + (error as InputError).message).not.toContain(TOKEN);
      expect(await agents.list()).toEqual(before);
    });

    it.each(clashes)('are refused likewise within one step: $what', async ({ second }) => {
      const { agents } = await (await make()).open();
      expect(await refusal(agents.apply([create('Helper', TOKEN), second]))).toBeInstanceOf(InputError);
      expect(await agents.list()).toEqual([]);
    });

    it('that rename an agent to a name that is taken are refused', async () => {
      const { agents } = await (await make()).open();
      await agents.apply([create('a', TOKEN), create('b')]);
      const b = await find(agents, 'b');
      expect(await refusal(agents.apply([update(b, { name: 'A' })]))).toBeInstanceOf(InputError);
      expect(await refusal(agents.apply([update(b, {}, TOKEN)]))).toBeInstanceOf(InputError);
      await agents.apply([update(b, { name: 'B' }, null)]);
      expect((await agents.list()).map(({ name }) => name)).toEqual(['a', 'B']);
    });

    it('let a new agent have the name and the token of one that is deleted in the same step', async () => {
      const { agents } = await (await make()).open();
      await agents.apply([create('Helper', TOKEN)]);
      const old = await find(agents, 'Helper');
      await agents.apply([create('helper', TOKEN), { kind: 'delete', id: old.id }]);
      const [made, ...more] = await agents.list();
      expect(more).toEqual([]);
      expect(made).toMatchObject({ name: 'helper' });
      expect(made?.id).not.toBe(old.id);
      expect(made && agents.openToken(made)).toBe(TOKEN);
    });

    it('that make an agent with a token are refused while another’s cannot be opened, with the way out', async () => {
      const database = await make();
      const { agents } = await database.open();
      await agents.apply([create('Helper', TOKEN)]);
      const key = Buffer.alloc(32, 8);
      const other = await database.open({ secretKey: { key, file: '' } });
      for (const token of [TOKEN, `${TOKEN}-other`]) {
        const refused = await refusal(other.agents.apply([create('Twin', token)]));
        expect(refused).toBeInstanceOf(InputError);
        expect(refused).toMatchObject({
          message: expect.stringContaining(
            'agent "Twin" cannot be made with a token: that of agent "Helper"',
          ) as string,
          remedy: expect.stringMatching(/SECRET_KEY_PREVIOUS.*enter the token of "Helper" again/) as string,
        });
      }
      expect(await agents.list()).toHaveLength(1);
      await other.agents.apply([create('Mute')]);
      const both = await database.open({ secretKey: { key, previous: [TEST_KEY], file: '' } });
      await both.agents.apply([create('Critic', `${TOKEN}-critic`)]);
      const helper = await find(other.agents, 'Helper');
      await other.agents.apply([create('Sage', `${TOKEN}-sage`), update(helper, {}, `${TOKEN}-again`)]);
      expect((await agents.list()).map(({ name }) => name)).toEqual(['Helper', 'Mute', 'Critic', 'Sage']);
    });

    it.each([
      { what: 'a name that is longer when it is folded', change: create('\uFDFA'.repeat(80)), words: 'name' },
      { what: 'a token that is none of Discord’s', change: create('a', 'x'.repeat(1_000)), words: 'token' },
    ])('are refused in words for what does not fit its column: $what', async ({ change, words }) => {
      const { agents } = await (await make()).open();
      const error = await refusal(agents.apply([change]));
      expect(error).toBeInstanceOf(InputError);
      expect((error as InputError).message).toContain(words);
      expect(await agents.list()).toEqual([]);
    });

    it('let many agents have no token', async () => {
      const { agents } = await (await make()).open();
      await agents.apply(['a', 'b', 'c'].map((name) => create(name)));
      expect(await agents.list()).toHaveLength(3);
    });

    it('that come at once are each made, or refused in words', async () => {
      const { agents } = await (await make()).open();
      const names = Array.from({ length: 10 }, (_, index) => `agent ${index}`);
      const results = await Promise.allSettled(
        [...names, ...names].map((name) => agents.apply([create(name)])),
      );
      const failed = results.filter((result) => result.status === 'rejected');
      expect(failed).toHaveLength(10);
      for (const { reason } of failed) expect(reason).toBeInstanceOf(InputError);
      expect((await agents.list()).map(({ name }) => name).toSorted()).toEqual(names);
    });
  });

  describe('where bots stand', () => {
    it('is written for each, whatever the words, and for no other', async () => {
      const { agents } = await (await make()).open();
      await agents.apply(['a', 'b', 'c', 'd'].map((name) => create(name)));
      const ids = new Map((await agents.list()).map(({ name, id }) => [name, id]));
      const id = (name: string) => ids.get(name) ?? '';
      await agents.saveStatus(
        new Map([
          [id('a'), { state: 'ready', reason: '' }],
          [id('b'), { state: 'parked', reason: 'bad token — 名前 😀' }],
          [id('c'), { state: 'ready', reason: '' }],
          ['gone', { state: 'ready', reason: '' }],
        ]),
      );
      expect(new Map((await agents.list()).map(({ name, status }) => [name, status]))).toEqual(
        new Map([
          ['a', { state: 'ready', reason: '' }],
          ['b', { state: 'parked', reason: 'bad token — 名前 😀' }],
          ['c', { state: 'ready', reason: '' }],
          ['d', { state: 'stopped', reason: 'no host has run it yet' }],
        ]),
      );
    });

    it('is written in one statement for fifty that stand alike', async () => {
      const database = await make();
      const { agents } = await database.open();
      await agents.apply(Array.from({ length: 50 }, (_, index) => create(`agent ${index}`)));
      const { client, connection, statements } = await database.connect();
      const secrets = new SecretBox(TEST_KEY);
      const table = new AgentTable(client, connection, secrets, () => new Date(), testAuditor(connection));
      const all = await agents.list();
      await table.saveStatus(new Map(all.map(({ id }) => [id, { state: 'ready', reason: '' }])));
      expect(statements.filter((sql) => sql.startsWith('UPDATE'))).toHaveLength(1);
      expect((await agents.list()).every(({ status }) => status.state === 'ready')).toBe(true);
    });

    it('survives a NUL and a lone surrogate in the words', async () => {
      const { agents } = await (await make()).open();
      await agents.apply([create('a')]);
      const { id } = await find(agents, 'a');
      await agents.saveStatus(new Map([[id, { state: 'parked', reason: 'said\0 \uD83D this' }]]));
      const { reason } = (await find(agents, 'a')).status;
      expect(reason).toBe('said \uFFFD this');
    });
  });
});

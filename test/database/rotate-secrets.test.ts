import { randomBytes } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type AgentDefinition, agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import type { AgentRecord } from '../../src/agents/agent-record.ts';
import type { AgentChange } from '../../src/agents/agent-store.ts';
import type { Database } from '../../src/database/open-database.ts';
import { SecretBox } from '../../src/database/secret-box.ts';
import { ConfigError, InputError } from '../../src/errors.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { describeOnEachDatabase } from '../support/each-database.ts';

describeOnEachDatabase('the keys of secrets', (make) => {
  const TOKEN = 'MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs';
  const API_KEY = 'sk-proj-4f9dTmBkRzQ7wXyL';

  const definition = (name: string, config: AgentDefinition['config'] = {}): AgentDefinition =>
    agentDefinitionSchema.parse({ name, config });
  const create = (name: string, token?: string, config?: AgentDefinition['config']): AgentChange => ({
    kind: 'create',
    definition: definition(name, config),
    token,
  });

  interface Stage extends TestDatabase {
    readonly keyFile: string;
    /** Opens it with its key file. */
    readonly start: () => Promise<Database>;
    /** The keys in the key file. */
    readonly keys: () => Promise<Buffer[]>;
    readonly setKeys: (...keys: Buffer[]) => Promise<void>;
  }

  async function setStage(): Promise<Stage> {
    const database = await make();
    const keyFile = path.join(database.directory, 'secret.key');
    return {
      ...database,
      keyFile,
      start: () => database.open({ secretKey: { file: keyFile } }),
      keys: async () =>
        (await readFile(keyFile, 'utf8'))
          .split('\n')
          .flatMap((line) => (line === '' ? [] : [Buffer.from(line, 'base64')])),
      setKeys: (...keys) => writeFile(keyFile, keys.map((key) => `${key.toString('base64')}\n`).join('')),
    };
  }

  async function find({ agents }: Database, name: string): Promise<AgentRecord> {
    const agent = (await agents.list()).find((candidate) => candidate.name === name);
    if (agent === undefined) throw new Error(`there is no agent ${name}`);
    return agent;
  }

  /** Every sealed text in the table, as it is stored. */
  async function sealedTexts(database: TestDatabase): Promise<string[]> {
    const rows = await database.query('SELECT discord_token, config FROM agents ORDER BY id');
    return rows.flatMap((row) => JSON.stringify(row).match(/v1\.[\w.-]+/g) ?? []);
  }

  const idOf = (key: Buffer | undefined): string => new SecretBox(key ?? Buffer.alloc(0)).keyId;

  describe('a rotation', () => {
    it('brings every token and key under a new one, and takes the old one out of the file', async () => {
      const stage = await setStage();
      const host = await stage.start();
      const [before] = await stage.keys();
      const config = { api_key: API_KEY, fallbacks: [{ api_key: `${API_KEY}-2` }], prompt: '$sealed', n: 1 };
      const many = Array.from({ length: 60 }, (_, index) => create(`agent ${index}`, `${TOKEN}-${index}`));
      await host.agents.apply([...many, create('off Discord', undefined, config), create('bare')]);
      const records = await host.agents.list();

      const progress: string[] = [];
      const rotation = await host.secrets.rotate((done, total) => progress.push(`${done}/${total}`));
      const [after, ...others] = await stage.keys();
      expect([others, idOf(after) === idOf(before)]).toEqual([[], false]);
      expect(rotation).toEqual({
        keyId: idOf(after),
        resumed: false,
        total: 62,
        renewed: 62,
        removed: [idOf(before)],
        kept: [],
        left: [],
      });
      expect(progress).toEqual(['25/62', '50/62', '62/62']);

      const sealed = await sealedTexts(stage);
      expect(sealed).toHaveLength(62);
      expect(sealed.every((one) => one.startsWith(`v1.${idOf(after)}.`))).toBe(true);
      const later = await stage.start();
      const renewed = await later.agents.list();
      expect(renewed.map((agent) => later.agents.openToken(agent))).toEqual([
        ...many.map((_, index) => `${TOKEN}-${index}`),
        undefined,
        undefined,
      ]);
      expect(later.agents.openConfig(await find(later, 'off Discord'))).toEqual(config);
      // Nothing else of a row changes.
      const rest = (agents: AgentRecord[]) =>
        agents.map((agent) => ({ ...agent, sealedToken: agent.sealedToken === undefined, config: {} }));
      expect(rest(renewed)).toEqual(rest(records));
    });

    it.skipIf(process.platform === 'win32')(
      'leaves the key file to its owner alone, with nothing beside it',
      async () => {
        const stage = await setStage();
        const host = await stage.start();
        await host.agents.apply([create('a', TOKEN)]);
        await host.secrets.rotate();
        expect((await stat(stage.keyFile)).mode & 0o777).toBe(0o600);
        expect((await readdir(stage.directory)).filter((name) => !name.startsWith('troupe.db'))).toEqual([
          'secret.key',
        ]);
      },
    );

    it('that was begun is finished, under the key that it began with', async () => {
      const stage = await setStage();
      const host = await stage.start();
      await host.agents.apply([create('a', TOKEN), create('b', undefined, { api_key: API_KEY })]);
      const [old] = await stage.keys();
      const fresh = randomBytes(32);
      await stage.setKeys(fresh, old ?? fresh);
      await host.agents.apply([create('c', `${TOKEN}-c`)]);

      expect(await host.secrets.rotate()).toMatchObject({
        resumed: true,
        total: 3,
        renewed: 2,
        removed: [idOf(old)],
      });
      expect(await stage.keys()).toEqual([fresh]);
      const later = await stage.start();
      expect(later.agents.openToken(await find(later, 'a'))).toBe(TOKEN);
      expect(later.agents.openConfig(await find(later, 'b'))).toEqual({ api_key: API_KEY });
      expect(later.agents.openToken(await find(later, 'c'))).toBe(`${TOKEN}-c`);
    });

    it('that was begun and has nothing left to encrypt only takes the old key out', async () => {
      const stage = await setStage();
      const host = await stage.start();
      await host.agents.apply([create('a', TOKEN)]);
      const [current] = await stage.keys();
      await stage.setKeys(current ?? randomBytes(32), randomBytes(32));
      expect(await host.secrets.rotate()).toMatchObject({ resumed: true, renewed: 0 });
      expect(await stage.keys()).toEqual([current]);
    });

    it('changes the keys only while nobody writes, and finds what was written under the old one until then', async () => {
      const stage = await setStage();
      const host = await stage.start();
      await host.agents.apply([create('a', TOKEN)]);
      const [old = Buffer.alloc(0)] = await stage.keys();
      const { id } = await find(host, 'a');
      const late = new SecretBox(old).seal(`${TOKEN}-late`, id);
      const { connection } = await stage.connect();
      const begun = Promise.withResolvers<undefined>();
      const held = Promise.withResolvers<undefined>();
      const write = 'UPDATE agents SET discord_token = ? WHERE id = ?';
      const writing = connection.session(async (transaction) => {
        await transaction.run(write, ['', id]);
        begun.resolve(undefined);
        await held.promise;
        await transaction.run(write, [late, id]);
      });
      await begun.promise;
      const rotation = host.secrets.rotate();
      for (let look = 0; look < 100; look++) expect(await stage.keys()).toEqual([old]);
      held.resolve(undefined);
      await writing;
      expect(await rotation).toMatchObject({ renewed: 1, left: [] });
      const later = await stage.start();
      expect(later.agents.openToken(await find(later, 'a'))).toBe(`${TOKEN}-late`);
    });

    it('may be asked for by several at once: nothing is lost', async () => {
      const stage = await setStage();
      const hosts = [await stage.start(), await stage.start(), await stage.start()] as const;
      await hosts[0].agents.apply(
        Array.from({ length: 80 }, (_, n) => create(`agent ${n}`, `${TOKEN}-${n}`)),
      );
      await Promise.all(hosts.map(({ secrets }) => secrets.rotate()));
      expect(await stage.keys()).toHaveLength(1);
      const later = await stage.start();
      expect((await later.secrets.status()).unopened).toEqual([]);
      expect(await later.secrets.status()).toMatchObject({ total: 80, rotationBegun: false });
    });

    it('changes nothing where nothing is stored: the key may be another database’s', async () => {
      const stage = await setStage();
      const host = await stage.start();
      await host.agents.apply([create('a', undefined, { api_key: '${NAME}' })]);
      const before = await stage.keys();
      expect(await host.secrets.rotate()).toBeUndefined();
      expect(await stage.keys()).toEqual(before);
    });

    it('is refused when no stored secret opens, and the file stays', async () => {
      const stage = await setStage();
      const host = await stage.start();
      await host.agents.apply([create('a', TOKEN)]);
      const wrong = randomBytes(32);
      await stage.setKeys(wrong);
      const other = await stage.start();
      await expect(other.secrets.rotate()).rejects.toThrow(ConfigError);
      expect(await stage.keys()).toEqual([wrong]);
    });

    it('leaves what no key opens as it is, names it, and goes on with the rest', async () => {
      const stage = await setStage();
      const host = await stage.start();
      await host.agents.apply([create('a', TOKEN), create('b', `${TOKEN}-b`, { api_key: API_KEY })]);
      const { id } = await find(host, 'b');
      const foreign = new SecretBox(randomBytes(32)).seal('elsewhere', id);
      await stage.query(`UPDATE agents SET discord_token = '${foreign}' WHERE id = '${id}'`);
      const rotation = await host.secrets.rotate();
      expect(rotation).toMatchObject({ total: 3, renewed: 2, kept: [] });
      expect(rotation?.left).toEqual([
        { agent: 'b', setting: 'discord_token', reason: expect.stringContaining('another key') as string },
      ]);
      expect(await sealedTexts(stage)).toContain(foreign);
      expect(await stage.keys()).toHaveLength(1);
    });

    it('keeps the old key as long as something stays under it, and finishes once that is gone', async () => {
      const stage = await setStage();
      const host = await stage.start();
      await host.agents.apply([create('a', TOKEN), create('b', `${TOKEN}-b`)]);
      const [a, b] = [await find(host, 'a'), await find(host, 'b')];
      await stage.query(`UPDATE agents SET discord_token = '${a.sealedToken ?? ''}' WHERE id = '${b.id}'`);
      const [old] = await stage.keys();
      for (const round of [1, 2, 3]) {
        const [before] = await stage.keys();
        const rotation = await host.secrets.rotate();
        // What cannot be opened holds up no new key.
        const removed = round === 1 ? [] : [idOf(before)];
        expect(rotation).toMatchObject({ resumed: false, renewed: 1, removed, kept: [idOf(old)] });
        expect(await host.secrets.status()).toMatchObject({ rotationBegun: false });
        expect(await stage.keys()).toHaveLength(2);
        expect(rotation?.left).toMatchObject([{ agent: 'b', setting: 'discord_token' }]);
        expect((await stage.keys())[1]).toEqual(old);
      }
      const [fresh = Buffer.alloc(0)] = await stage.keys();
      const stray = randomBytes(32);
      await stage.setKeys(fresh, stray, old ?? stray);
      expect(await host.secrets.rotate()).toMatchObject({ removed: [idOf(stray)], kept: [idOf(old)] });
      expect(await stage.keys()).toEqual([fresh, old]);
      await host.agents.apply([{ kind: 'delete', id: b.id }]);
      expect(await host.secrets.rotate()).toMatchObject({ resumed: true, removed: [idOf(old)], left: [] });
      expect(await stage.keys()).toHaveLength(1);
    });

    it('does not give one token to two agents, where a host that lacked the old key let both in', async () => {
      const stage = await setStage();
      const host = await stage.start();
      await host.agents.apply([create('a', TOKEN)]);
      const [old = Buffer.alloc(0)] = await stage.keys();
      const fresh = randomBytes(32);
      const careless = await stage.open({ secretKey: { key: fresh, file: '' } });
      await expect(careless.agents.apply([create('b', TOKEN)])).rejects.toThrow('that of agent "a"');
      await careless.agents.apply([create('b')]);
      const { id } = await find(careless, 'b');
      await careless.agents.apply([{ kind: 'update', id, definition: definition('b'), token: TOKEN }]);
      await stage.setKeys(fresh, old);
      const rotation = await host.secrets.rotate();
      expect(rotation?.left).toMatchObject([
        { agent: 'a', reason: expect.stringContaining('"b"') as string },
      ]);
      expect(JSON.stringify(rotation)).not.toContain(TOKEN);
      expect(await stage.keys()).toEqual([fresh, old]);
    });
  });

  describe('while a rotation is under way', () => {
    /** A token and a key under the old key, beside a file that has a new one. */
    async function begun() {
      const stage = await setStage();
      const host = await stage.start();
      await host.agents.apply([create('a', TOKEN, { api_key: API_KEY })]);
      const [old = Buffer.alloc(0)] = await stage.keys();
      const fresh = randomBytes(32);
      await stage.setKeys(fresh, old);
      return { ...stage, host, old, fresh };
    }

    it('two agents with one token are refused, whichever key the first is under', async () => {
      const stage = await begun();
      const other = await stage.start();
      for (const { agents } of [stage.host, other]) {
        await expect(agents.apply([create('b', TOKEN)])).rejects.toThrow(/already another agent's/);
        await agents.apply([create('c', `${TOKEN}-c`), create('d')]);
        const d = await find(other, 'd');
        const change: AgentChange = { kind: 'update', id: d.id, definition: definition('d'), token: TOKEN };
        await expect(agents.apply([change])).rejects.toThrow(InputError);
        await expect(agents.apply([{ ...change, token: `${TOKEN}-c` }])).rejects.toThrow(InputError);
        await agents.apply([
          { kind: 'delete', id: d.id },
          { kind: 'delete', id: (await find(other, 'c')).id },
        ]);
      }
    });

    it('an agent keeps its own token when it is entered again', async () => {
      const { host } = await begun();
      const { id } = await find(host, 'a');
      await host.agents.apply([{ kind: 'update', id, definition: definition('a'), token: TOKEN }]);
      expect(host.agents.openToken(await find(host, 'a'))).toBe(TOKEN);
    });

    it('a host that started before stores under the new key', async () => {
      const { host, fresh } = await begun();
      await host.agents.apply([create('b', `${TOKEN}-b`, { api_key: API_KEY })]);
      const { sealedToken, config } = await find(host, 'b');
      expect(sealedToken).toMatch(`v1.${idOf(fresh)}.`);
      expect(JSON.stringify(config)).toContain(`v1.${idOf(fresh)}.`);
    });

    it('a host stores nothing when the key file is gone: nobody could open it later', async () => {
      const { host, keyFile } = await begun();
      await writeFile(keyFile, '');
      await expect(host.agents.apply([create('b', `${TOKEN}-b`)])).rejects.toThrow(ConfigError);
      expect(await host.agents.list()).toHaveLength(1);
    });
  });

  describe('after a rotation', () => {
    it('a host that started before opens everything without a restart, and what it read before', async () => {
      const stage = await setStage();
      const host = await stage.start();
      await host.agents.apply([create('a', TOKEN, { api_key: API_KEY })]);
      const before = await find(host, 'a');
      await (await stage.start()).secrets.rotate();
      const after = await find(host, 'a');
      expect(after.sealedToken).not.toBe(before.sealedToken);
      for (const agent of [before, after]) {
        expect(host.agents.openToken(agent)).toBe(TOKEN);
        expect(host.agents.openConfig(agent)).toEqual({ api_key: API_KEY });
      }
    });

    it('a config that was read before and is handed back comes under the new key', async () => {
      const stage = await setStage();
      const host = await stage.start();
      await host.agents.apply([create('a', undefined, { api_key: API_KEY })]);
      const { id, config } = await find(host, 'a');
      await (await stage.start()).secrets.rotate();
      await host.agents.apply([
        { kind: 'update', id, definition: definition('b', config), token: undefined },
      ]);
      const later = await stage.start();
      expect(later.agents.openConfig(await find(later, 'b'))).toEqual({ api_key: API_KEY });
    });

    it('two agents with one token are refused as before', async () => {
      const stage = await setStage();
      const host = await stage.start();
      await host.agents.apply([create('a', TOKEN)]);
      await (await stage.start()).secrets.rotate();
      for (const { agents } of [host, await stage.start()]) {
        await expect(agents.apply([create('b', TOKEN)])).rejects.toThrow(/already another agent's/);
      }
    });
  });

  describe('a rotation with SECRET_KEY', () => {
    const [old, fresh] = [randomBytes(32), randomBytes(32)];

    it('is refused without SECRET_KEY_PREVIOUS, with the steps', async () => {
      const database = await make();
      const host = await database.open({ secretKey: { key: old, file: '' } });
      await host.agents.apply([create('a', TOKEN)]);
      const before = await sealedTexts(database);
      const error: unknown = await host.secrets.rotate().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(InputError);
      const { remedy } = error as InputError;
      for (const step of ['openssl rand -base64 32', 'SECRET_KEY_PREVIOUS', 'remove'])
        expect(remedy).toContain(step);
      expect(await sealedTexts(database)).toEqual(before);
    });

    it('brings everything under SECRET_KEY, so that the older keys can go', async () => {
      const database = await make();
      const host = await database.open({ secretKey: { key: old, file: '' } });
      await host.agents.apply([create('a', TOKEN, { api_key: API_KEY })]);
      const next = await database.open({ secretKey: { key: fresh, previous: [old], file: '' } });
      expect(next.agents.openToken(await find(next, 'a'))).toBe(TOKEN);
      await expect(next.agents.apply([create('b', TOKEN)])).rejects.toThrow(/already another agent's/);
      expect(await next.secrets.rotate()).toMatchObject({
        resumed: false,
        renewed: 2,
        removed: [],
        kept: [],
      });
      expect(await next.secrets.rotate()).toMatchObject({ renewed: 0 });
      const last = await database.open({ secretKey: { key: fresh, file: '' } });
      expect(last.agents.openToken(await find(last, 'a'))).toBe(TOKEN);
      expect(last.agents.openConfig(await find(last, 'a'))).toEqual({ api_key: API_KEY });
    });
  });

  it('a dump of the database contains no token and no key, whatever became of them, and nothing under an old key', async () => {
    const stage = await setStage();
    const host = await stage.start();
    const secrets = ['created', 'updated', 'deleted', 'kept'].map(
      (what) => `${what}-${randomBytes(24).toString('base64url')}`,
    );
    const [created = '', updated = '', deleted = '', kept = ''] = secrets;
    const keys = await stage.keys();
    const dumps: Buffer[] = [];
    const dump = async (): Promise<Buffer> => {
      const bytes = await stage.contents();
      dumps.push(bytes);
      return bytes;
    };

    await host.agents.apply([create('a', created, { api_key: kept }), create('b', deleted)]);
    await dump();
    const a = await find(host, 'a');
    await host.agents.apply([
      { kind: 'update', id: a.id, definition: definition('a', a.config), token: updated },
    ]);
    await dump();
    await host.secrets.rotate();
    keys.push(...(await stage.keys()));
    await dump();
    await host.agents.apply([{ kind: 'delete', id: (await find(host, 'b')).id }]);
    await dump();
    const before = await sealedTexts(stage);
    await host.secrets.rotate();
    keys.push(...(await stage.keys()));
    await host.close();
    const last = await dump();

    for (const secret of [...secrets.map((text) => Buffer.from(text)), ...keys]) {
      for (const form of [
        secret,
        ...(['base64', 'base64url', 'hex'] as const).map((name) => secret.toString(name)),
      ]) {
        expect(dumps.some((bytes) => bytes.includes(form))).toBe(false);
      }
    }
    expect(before).toHaveLength(2);
    for (const one of before) expect(last.includes(one)).toBe(false);
    for (const one of await sealedTexts(stage)) expect(last.includes(one)).toBe(true);
  });
});

import { randomBytes } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { agentDefinitionSchema } from '../../src/agents/agent-definition.ts';
import { SecretBox } from '../../src/database/secret-box.ts';
import { ConfigError } from '../../src/errors.ts';
import { collectingLogger } from '../support/collecting-logger.ts';
import { describeOnEachDatabase } from '../support/each-database.ts';

describeOnEachDatabase('the keeper of secrets', (make) => {
  const KEY = randomBytes(32);
  const idOf = (key: Buffer): string => new SecretBox(key).keyId;

  /** Agents a and b with a token each, b with a key too; all under {@link KEY} in a key file, or what is told. */
  async function setStage(key: Buffer = KEY) {
    const database = await make();
    const keyFile = path.join(database.directory, 'secret.key');
    const put = (...keys: Buffer[]) =>
      writeFile(keyFile, keys.map((one) => `${one.toString('base64')}\n`).join(''), { mode: 0o600 });
    await put(key);
    const before = await database.open({ secretKey: { file: keyFile } });
    const definition = (name: string, config = {}) => agentDefinitionSchema.parse({ name, config });
    await before.agents.apply([
      { kind: 'create', definition: definition('a'), token: 'the-token-of-a' },
      { kind: 'create', definition: definition('b', { api_key: 'the-key-of-b' }), token: 'the-token-of-b' },
      { kind: 'create', definition: definition('c'), token: undefined },
    ]);
    const [a, b] = await before.agents.list();
    await before.close();
    const logger = collectingLogger();
    return {
      query: (sql: string) => database.query(sql),
      open: (key: Buffer, ...previous: Buffer[]) => database.open({ secretKey: { key, previous, file: '' } }),
      keyFile,
      put,
      logger,
      a: a?.id ?? '',
      b: b?.id ?? '',
      start: () => database.open({ secretKey: { file: keyFile }, logger }),
    };
  }

  describe('the start of a host', () => {
    it('is silent when every secret opens', async () => {
      const { start, logger } = await setStage();
      await (await start()).secrets.check();
      expect(logger.lines.filter(({ level }) => level !== 'info')).toEqual([]);
    });

    it.each(['file', 'SECRET_KEY'])('is refused when the key opens nothing: a wrong %s', async (source) => {
      const { start, put, keyFile, open } = await setStage();
      const wrong = randomBytes(32);
      await put(wrong);
      const opened = source === 'file' ? await start() : await open(wrong);
      const error: unknown = await opened.secrets.check().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ConfigError);
      const { message } = error as ConfigError;
      expect(message).toContain('none of the 3 tokens and keys');
      expect(message).toContain(idOf(KEY));
      expect(message).toContain(idOf(wrong));
      expect(message).toContain(source === 'file' ? keyFile : 'SECRET_KEY');
      expect(message).not.toContain(wrong.toString('base64'));
    });

    it('is not refused when nothing is stored, whatever the key', async () => {
      const { start, put, query } = await setStage();
      await query('DELETE FROM agents');
      await put(randomBytes(32));
      await (await start()).secrets.check();
    });

    it('names the agents whose secrets do not open when others’ do', async () => {
      const { start, query, logger, a, b } = await setStage();
      const foreign = new SecretBox(randomBytes(32)).seal('elsewhere', b);
      await query(`UPDATE agents SET discord_token = '${foreign}' WHERE id = '${b}'`);
      await (await start()).secrets.check();
      const [warning] = logger.lines.filter(({ level }) => level === 'warn');
      expect(warning).toMatchObject({ agents: ['b'], reasons: [expect.stringContaining('another key')] });
      await query(
        `UPDATE agents SET config = '{"fallbacks":[{"api_key":{"$sealed":"v1.x"}}]}' WHERE id = '${a}'`,
      );
      logger.lines.length = 0;
      await (await start()).secrets.check();
      expect(logger.lines).toMatchObject([{ level: 'warn', agents: ['a', 'b'] }]);
    });

    it.skipIf(process.platform === 'win32')('warns of a key file that others may read', async () => {
      const { start, keyFile, logger } = await setStage();
      await chmod(keyFile, 0o644);
      await (await start()).secrets.check();
      expect(logger.lines).toMatchObject([{ level: 'warn', mode: '0644' }]);
      expect(logger.lines[0]?.text).toContain(keyFile);
    });
  });

  describe('the status', () => {
    it('counts what is under each key, the current one first, and names those that are missing', async () => {
      const { start, put, query, keyFile, b } = await setStage();
      const [fresh, foreign] = [randomBytes(32), randomBytes(32)];
      await put(fresh, KEY);
      const sealed = new SecretBox(foreign).seal('elsewhere', b);
      await query(`UPDATE agents SET discord_token = '${sealed}' WHERE id = '${b}'`);
      expect(await (await start()).secrets.status()).toEqual({
        file: keyFile,
        fileMode: process.platform === 'win32' ? undefined : { mode: '0600', tooOpen: false },
        rotationBegun: true,
        keys: [
          { id: idOf(fresh), role: 'current', secrets: 0 },
          { id: idOf(KEY), role: 'previous', secrets: 2 },
          { id: idOf(foreign), role: 'missing', secrets: 1 },
        ],
        total: 3,
        unopened: [
          { agent: 'b', setting: 'discord_token', reason: expect.stringContaining(idOf(foreign)) as string },
        ],
      });
    });

    it('names where in a config a secret stands that was altered', async () => {
      const { start, query, a } = await setStage();
      const sealed = new SecretBox(KEY).seal('elsewhere', 'another row');
      await query(
        `UPDATE agents SET config = '{"fallbacks":[{"api_key":{"$sealed":"${sealed}"}}]}' WHERE id = '${a}'`,
      );
      const { unopened, total } = await (await start()).secrets.status();
      expect(total).toBe(4);
      expect(unopened).toMatchObject([{ agent: 'a', setting: 'config.fallbacks.0.api_key' }]);
      expect(unopened[0]?.reason).toContain('altered');
    });

    it('tells of no file when the key is in SECRET_KEY, and of no rotation', async () => {
      const { open } = await setStage();
      const { secrets } = await open(KEY, randomBytes(32));
      expect(await secrets.status()).toMatchObject({
        file: undefined,
        fileMode: undefined,
        rotationBegun: false,
        keys: [{ role: 'current', secrets: 3 }, { role: 'previous' }],
      });
    });
  });
});

import { describe, expect, it } from 'vitest';
import { HOST_KEY, make, setManagerStage } from './manager-stage.ts';

describe('test', () => {
  it('finds that all is well with 0', async () => {
    const stage = await setManagerStage();
    const guild = stage.discord.addGuild({ name: 'Green Room' });
    const bot = stage.discord.addBot({ username: 'sage', guilds: [guild] });
    await stage.run(['create', 'Sage', '--type', 'llm', '--token-stdin'], bot.token);
    const { code, out } = await stage.run(['test', 'Sage', '--json']);
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      checks: [
        { name: 'settings', status: 'ok' },
        { name: 'token', status: 'ok' },
        { name: 'intents', status: 'ok' },
        { name: 'permissions', status: 'ok' },
        { name: 'model', status: 'ok' },
      ],
      answer: null,
    });
    expect(code).toBe(0);
  });

  it('says what is wrong with 1', async () => {
    const stage = await setManagerStage();
    const bot = stage.discord.addBot({ username: 'sage', messageContent: 'off' });
    await stage.run(
      ['create', 'Sage', '--type', 'llm', '--respond-without-mention', '--token-stdin'],
      bot.token,
    );
    stage.llm.revokeKey(HOST_KEY);
    const { code, out } = await stage.run(['test', 'Sage']);
    expect(code).toBe(1);
    expect(out).toMatch(/^✗ intents: .*Message Content Intent.*\/bot$/m);
    expect(out).toMatch(/^! permissions: it is in no server\. Invite it: /m);
    expect(out).toMatch(/^✗ model: /m);
    bot.revokeToken();
    expect((await stage.run(['test', 'Sage'])).out).toMatch(/^✗ token: Discord does not accept the token/m);
  });

  it('has the agent answer once, books it, and remembers nothing', async () => {
    const stage = await setManagerStage();
    await make(stage, ['Sage', '--type', 'llm']);
    stage.llm.reply('Forty-two.');
    const { code, out } = await stage.run(['test', 'Sage', '--message', 'What is it?']);
    expect(code).toBe(0);
    expect(out).toMatch(/\n\nForty-two\.\n$/);
    expect(stage.llm.requests.at(-1)?.messages.at(-1)?.text).toContain('What is it?');
    const { id } = await stage.agent('Sage');
    await stage.within(async (database) => {
      expect(await database.countMemories(id)).toEqual({ users: 0, turns: 0 });
      const all = { since: new Date(0), until: new Date(Date.now() + 1_000), by: 'purpose' } as const;
      const calls = await database.usageReports.report({ ...all, agentId: id });
      expect(calls.map(({ key }) => key).toSorted()).toEqual(['answer', 'check']);
    });
  });

  it('tells why the agent does not answer, with 1', async () => {
    const stage = await setManagerStage();
    await make(stage, ['Sage', '--type', 'llm']);
    stage.llm.failRequests({ status: 401, message: 'no such key' });
    const { code, out } = await stage.run(['test', 'Sage', '--offline', '--message', 'What is it?']);
    expect(code).toBe(1);
    expect(out).toMatch(/^✗ answer: it says: /m);
  });
});

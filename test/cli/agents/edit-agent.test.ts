import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { HOST_KEY, make, setManagerStage } from './manager-stage.ts';

describe('edit', () => {
  it('changes what is named, brings defaults back, and keeps the rest with its secrets', async () => {
    const stage = await setManagerStage();
    const bot = stage.discord.addBot({ username: 'sage' });
    await writeFile(path.join(stage.directory, 'key'), HOST_KEY);
    await writeFile(path.join(stage.directory, 'token'), bot.token);
    await stage.run([
      ...['create', 'Sage', '--type', 'llm', '--rate-limit', '3', '--max-tokens', '50'],
      ...['--api-key-file', 'key', '--token-file', 'token'],
    ]);
    const { code, err } = await stage.run([
      ...['edit', 'sage', '--name', 'Wizard', '--unset', 'rate_limit', '--unset', 'config.max_tokens'],
      ...['--max-history', '4'],
    ]);
    expect(err).toBe('');
    expect(code).toBe(0);
    const agent = await stage.agent('Wizard');
    expect(agent).toMatchObject({ rateLimit: 0, identity: { userId: bot.id } });
    await stage.within(({ agents }) => {
      expect(agents.openConfig(agent)).toEqual({ api_key: HOST_KEY, max_history: 4 });
      expect(agents.openToken(agent)).toBe(bot.token);
      return Promise.resolve();
    });
  });

  it('begins the config anew with another type', async () => {
    const stage = await setManagerStage();
    await make(stage, ['Ann', '--prefix', 'a']);
    await stage.run(['edit', 'Ann', '--type', 'llm', '--model', 'gpt-4o']);
    expect(await stage.agent('Ann')).toMatchObject({ type: 'llm', config: { model: 'gpt-4o' } });
  });

  it('looks at the switches anew when a change begins to need one', async () => {
    const stage = await setManagerStage();
    const bot = stage.discord.addBot({ username: 'parrot', messageContent: 'off' });
    await stage.run(['create', 'Parrot', '--token-stdin'], bot.token);
    const { code, out } = await stage.run(['edit', 'Parrot', '--respond-without-mention']);
    expect(code).toBe(0);
    expect(out).toContain(`https://discord.com/developers/applications/${bot.applicationId}/bot`);
  });

  it('takes the token away', async () => {
    const stage = await setManagerStage({ T: 'x.y.z' });
    await make(stage, ['Ann', '--token-env', 'T']);
    const { out } = await stage.run(['edit', 'Ann', '--remove-token']);
    expect(out).toContain('off Discord until it has a token');
    expect((await stage.agent('Ann')).sealedToken).toBeUndefined();
  });

  it('names the agent that was probably meant', async () => {
    const stage = await setManagerStage();
    await make(stage, ['Parrot']);
    const { code, err } = await stage.run(['edit', 'Parot', '--rate-limit', '1']);
    expect([code, err]).toEqual([1, expect.stringContaining('did you mean "Parrot"?')]);
  });
});

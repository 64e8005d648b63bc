import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { make, setManagerStage } from './manager-stage.ts';

describe('create', () => {
  it('makes an agent whose token Discord knows, and prints the invite link', async () => {
    const stage = await setManagerStage();
    const guild = stage.discord.addGuild({ name: 'Green Room' });
    const bot = stage.discord.addBot({ username: 'parrot', guilds: [guild] });
    const { code, out } = await stage.run(
      ['create', 'Parrot', '--prefix', '5', '--token-stdin'],
      `${bot.token}\n`,
    );
    expect(code).toBe(0);
    expect(out).toContain('Made Parrot (echo).');
    expect(out).toContain(`parrot, application ${bot.applicationId}, in Green Room`);
    expect(out).toContain(`https://discord.com/oauth2/authorize?client_id=${bot.applicationId}`);
    expect(out).toContain('npm start');
    expect(out).not.toContain('developers/applications');
    expect(out).not.toContain(bot.token);
    const agent = await stage.agent('Parrot');
    expect(agent).toMatchObject({ config: { prefix: '5' }, identity: { userId: bot.id } });
    await stage.within(({ agents }) => {
      expect(agents.openToken(agent)).toBe(bot.token);
      return Promise.resolve();
    });
  });

  it('prints the page of the switch that the settings need and that is off', async () => {
    const stage = await setManagerStage();
    const bot = stage.discord.addBot({ username: 'parrot', messageContent: 'off' });
    const words = ['create', 'Parrot', '--respond-without-mention', '--token-stdin', '--json'];
    expect((await stage.run(words, bot.token)).json()).toMatchObject({
      agent: { name: 'Parrot', respond_without_mention: true },
      portal_url: `https://discord.com/developers/applications/${bot.applicationId}/bot`,
      warnings: [],
    });
  });

  it('has the model say a word, and takes every kind of setting', async () => {
    const stage = await setManagerStage();
    await writeFile(path.join(stage.directory, 'sage.txt'), 'You are wise. # ${not} a variable\n');
    const { code, err } = await stage.run([
      ...['create', 'Sage', '--type', 'llm', '--model', 'gpt-4o', '--system-prompt-file', 'sage.txt'],
      ...['--no-respond-to-dm', '--guild', '1', '--guild', '2', '--temperature', '0.5'],
      ...['--set', 'config.tokens_range={from: 16, until: 64, increment: 16}'],
      ...['--set', 'config.budget.per_user.usd=0.1', '--set', 'config.stream=no'],
    ]);
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(stage.llm.requests).toHaveLength(1);
    expect(await stage.agent('Sage')).toMatchObject({
      respondToDm: false,
      guildWhitelist: ['1', '2'],
      config: {
        model: 'gpt-4o',
        system_prompt: 'You are wise. # ${not} a variable',
        temperature: 0.5,
        tokens_range: { from: 16, until: 64, increment: 16 },
        budget: { per_user: { usd: 0.1 } },
        stream: false,
      },
    });
  });

  it.each([
    ['an unknown key', ['--set', 'config.prefx=a'], 'unknown key "prefx"; did you mean "prefix"?'],
    ['an unknown key at the top', ['--unset', 'rate_limits'], 'did you mean "rate_limit"?'],
    ['a key without its config', ['--set', 'prefix=a'], 'did you mean "config.prefix"?'],
    ['an unknown type', ['--type', 'lm'], 'unknown agent type "lm"; did you mean "llm"?'],
    ['an id that is none', ['--guild', 'here'], 'guild_whitelist[0] must be a Discord id'],
    ['a number that is none', ['--rate-limit', 'often'], 'rate_limit must be a number'],
    [
      'a value that leaves its place',
      ['--set', 'config.prefix="a", "suffix": "b"'],
      'config.prefix: not valid YAML',
    ],
    [
      'a list that does not end',
      ['--guild', '1', '--set', 'channel_whitelist=[1'],
      'channel_whitelist: not valid YAML',
    ],
    ['a token as a setting', ['--set', 'discord_token=abc'], '--token-env'],
    ['a key on the command line', ['--type', 'llm', '--set', 'config.api_key=abc'], '--api-key-file'],
    ['a variable that is not set', ['--token-env', 'NOBODY'], 'the variable "NOBODY" is not set'],
    ['a file that is not there', ['--token-file', 'gone'], '"gone" cannot be read'],
    ['an empty name', ['--set', 'name='], 'name'],
  ])('refuses %s with 1, and makes nothing', async (_, words, message) => {
    const stage = await setManagerStage();
    const { code, out, err } = await stage.run(['create', 'Ann', ...words]);
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err).toContain(message);
    expect(await stage.agents()).toEqual([]);
  });

  it.each([
    ['a token on the command line', ['create', 'A', '--token', 'secret-words']],
    ['a key on the command line', ['create', 'A', '--api-key', 'secret-words']],
    ['two places for the token', ['create', 'A', '--token-env', 'A', '--token-stdin']],
    ['a setting without a value', ['create', 'A', '--set', 'prefix']],
    ['an edit of nothing', ['edit', 'A']],
    ['an unknown command', ['lst']],
    ['an unknown option', ['list', '--jsn']],
    ['no command and no terminal', []],
  ])('answers %s with 2, and repeats no secret', async (_, words) => {
    const stage = await setManagerStage();
    await make(stage, ['A']);
    const { code, out, err } = await stage.run(words);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(/error: |Usage: /);
    expect(err).not.toContain('secret-words');
  });

  it('repeats no token that stands where it should not', async () => {
    const stage = await setManagerStage();
    const token = 'MTE5ODYyMjQ4MzQ3MTkyNTI0OA.Gabcde.abcdefghijklmnopqrstuvwxyz0123456789AB';
    const { code, err } = await stage.run(['create', 'A', `--discord-token=${token}`]);
    expect([code, err]).toEqual([2, expect.stringContaining("unknown option '--discord-token=")]);
    expect(err).not.toContain(token);
  });

  it('names the command that was probably meant', async () => {
    const stage = await setManagerStage();
    expect((await stage.run(['lst'])).err).toBe('error: unknown command "lst"; did you mean "list"?\n');
  });

  it('refuses a name and a token that another agent has', async () => {
    const stage = await setManagerStage();
    const bot = stage.discord.addBot({ username: 'parrot' });
    await stage.run(['create', 'Parrot', '--token-stdin'], bot.token);
    const named = await stage.run(['create', 'parrot']);
    expect([named.code, named.err]).toEqual([1, expect.stringContaining('already an agent "parrot"')]);
    const tokened = await stage.run(['create', 'Polly', '--token-stdin'], bot.token);
    expect([tokened.code, tokened.err]).toEqual([1, expect.stringContaining('token of the agent Parrot')]);
    const forced = await stage.run(['create', 'Polly', '--token-stdin', '--force'], bot.token);
    expect([forced.code, forced.err]).toEqual([1, expect.stringContaining("already another agent's")]);
    expect(await stage.agents()).toHaveLength(1);
  });

  it('refuses a token that Discord does not accept and a model that there is not, unless it is forced', async () => {
    const stage = await setManagerStage();
    const words = ['create', 'Sage', '--type', 'llm', '--model', 'gpt-nought', '--token-stdin'];
    const refused = await stage.run(words, 'no.good.token');
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('Discord does not accept the token');
    expect(refused.err).toContain('gpt-nought');
    expect(refused.err).toContain('--force');
    expect(await stage.agents()).toEqual([]);
    const forced = await stage.run([...words, '--force'], 'no.good.token');
    expect(forced.code).toBe(0);
    expect(forced.err).toContain('warning: ');
    expect(await stage.agents()).toHaveLength(1);
  });

  it('warns where Discord or the model cannot be reached, and saves', async () => {
    const stage = await setManagerStage();
    const bot = stage.discord.addBot({ username: 'sage' });
    await stage.discord.goDown();
    await stage.llm.goDown();
    const { code, err } = await stage.run(['create', 'Sage', '--type', 'llm', '--token-stdin'], bot.token);
    expect(code).toBe(0);
    expect(err).toMatch(/^warning: the token could not be checked: /m);
    expect(err).toMatch(/^warning: the model could not be checked: /m);
    expect((await stage.agent('Sage')).sealedToken).toBeDefined();
  });

  it('tells of an agent whose token was reset by the new one', async () => {
    const stage = await setManagerStage();
    const bot = stage.discord.addBot({ username: 'parrot' });
    await stage.run(['create', 'Parrot', '--token-stdin'], bot.token);
    const { err } = await stage.run(['create', 'Polly', '--token-stdin'], bot.resetToken());
    expect(err).toContain('the agent Parrot was this very bot');
  });

  it('asks nobody with --offline, and says what is missing here', async () => {
    const stage = await setManagerStage({ OPENAI_API_KEY: '' });
    const { code, err } = await stage.run(
      ['create', 'Sage', '--type', 'llm', '--token-stdin', '--offline'],
      'x.y.z',
    );
    expect(code).toBe(0);
    expect(err).toContain('OPENAI_API_KEY is not set');
    expect(stage.llm.requests).toEqual([]);
  });
});

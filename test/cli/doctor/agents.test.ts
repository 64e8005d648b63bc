import { expect, it, onTestFinished } from 'vitest';
import { PermissionFlagsBits } from 'discord-api-types/v10';
import { startStandInLlm } from '../../support/llm/stand-in-llm.ts';
import { type AgentInput, setStage } from '../../support/run-host.ts';
import { HOST_KEY, llmEnvironment } from '../../support/run-llm-host.ts';
import type { BotInit } from '../../support/discord/bot.ts';
import type { StandInDiscordOptions } from '../../support/discord/options.ts';
import { diagnose, visit } from './see-doctor.ts';

/** One agent whose bot is in one guild, on a stand-in Discord with a stand-in LLM beside it. */
async function setAgent(
  agent: Partial<AgentInput> = {},
  bot: Partial<BotInit> = {},
  options: StandInDiscordOptions = {},
) {
  const llm = await startStandInLlm();
  onTestFinished(() => llm.stop());
  const stage = await setStage(options, llmEnvironment(llm));
  const guild = stage.discord.addGuild({ name: 'Green Room' });
  const helper = stage.discord.addBot({ username: 'helper', guilds: [guild], ...bot });
  await stage.addAgent({ name: 'Helper', token: helper.token, ...agent });
  return { ...stage, llm, guild, bot: helper };
}

const LLM = { type: 'llm', config: { provider: 'openai', model: 'gpt-4o' } };

it('finds nothing wrong with agents that work, and shows no secret', async () => {
  const stage = await setAgent(LLM);
  const parrot = stage.discord.addBot({ username: 'parrot', guilds: [stage.guild] });
  const key = 'own-key-0123456789';
  await stage.addAgent({ name: 'Parrot', token: parrot.token });
  await stage.addAgent({
    name: 'Rich',
    token: stage.discord.addBot({ username: 'rich', guilds: [stage.guild] }).token,
    type: 'llm',
    config: { ...LLM.config, api_key: key },
  });
  const { ok, code, checks, out, err } = await diagnose(stage.env);
  expect({ ok, code, err }).toEqual({ ok: true, code: 0, err: '' });
  expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
  expect(checks.filter(({ group }) => group === 'Agent Helper').map(({ name }) => name)).toEqual([
    'settings',
    'token',
    'message content',
    'guilds',
    'permissions',
    'model',
  ]);
  for (const secret of [stage.bot.token, parrot.token, key, HOST_KEY]) expect(out).not.toContain(secret);
  expect(stage.bot.identifies).toBe(0);
});

it('prints a line for each check with its mark and remedy, in groups, and a summary', async () => {
  const stage = await setAgent({}, { guilds: [] });
  stage.bot.revokeToken();
  await stage.addAgent({ name: 'Ghost' });
  const { code, out, err } = await visit([], stage.env);
  expect(out).toMatch(/^System\n {2}✓ Node\.js: 24\.21\.0\n/);
  expect(out).toMatch(
    /\nAgent Helper\n {2}✓ settings: .*\n {2}✗ token: Discord does not accept the token \(401\)\. Reset the token .*\n/,
  );
  expect(out).toMatch(/\nAgent Ghost\n {2}✓ settings: .*\n {2}! token: it has none, .*npm run agents.*\n/);
  expect(out).toMatch(/\n\d+ in order, 1 warning, 1 error\.\n$/);
  expect(code).toBe(1);
  expect(err).toBe('');
});

it('shows on a terminal what it is at, and leaves nothing of that', async () => {
  const stage = await setAgent();
  const { err } = await visit([], stage.env, { isTTY: true });
  expect(err).toContain('Checking agents (1 of 1) …');
  expect(err.endsWith('\r\u001B[2K')).toBe(true);
});

it('tells of a token that Discord does not accept, and does not show it', async () => {
  const stage = await setAgent();
  stage.bot.revokeToken();
  const { check, out } = await diagnose(stage.env);
  expect(check('token')).toMatchObject({
    status: 'error',
    message: 'Discord does not accept the token (401)',
    remedy: expect.stringContaining('https://discord.com/developers/applications') as string,
  });
  expect(out).not.toContain(stage.bot.token);
});

it.each([
  ['needs', { respondWithoutMention: true }, 'error'],
  ['does not need', {}, 'ok'],
])('tells of the message content intent where an agent %s it', async (_, agent, status) => {
  const stage = await setAgent(agent, { messageContent: 'off' });
  const found = (await diagnose(stage.env)).check('message content');
  expect(found.status).toBe(status);
  const link = `https://discord.com/developers/applications/${stage.bot.applicationId}/bot`;
  expect(found.remedy.includes(link)).toBe(status === 'error');
});

it('links to the invitation of a bot that is in no guild', async () => {
  const stage = await setAgent({}, { guilds: [] });
  const { check, code } = await diagnose(stage.env);
  expect(check('guilds').status).toBe('warning');
  expect(check('guilds').remedy).toContain(
    `https://discord.com/oauth2/authorize?client_id=${stage.bot.applicationId}`,
  );
  expect(code).toBe(0);
});

it('names the permissions that a bot lacks, and where', async () => {
  const stage = await setAgent();
  const { guild, bot } = stage;
  guild.setPermissions(guild.everyone, 0n);
  guild.setPermissions(
    bot.managedRole(guild),
    PermissionFlagsBits.ViewChannel | PermissionFlagsBits.AttachFiles,
  );
  stage.discord.addGuild({ name: 'Red Room' }).addBot(bot);
  expect((await diagnose(stage.env)).check('permissions')).toMatchObject({
    status: 'warning',
    message: `it lacks Send Messages, Send Messages in Threads, Read Message History in Green Room (${guild.id})`,
  });
});

it('does not mind what a bot may not do in guilds where it does not answer', async () => {
  const stage = await setAgent({ guildWhitelist: ['42'] });
  const { guild, bot } = stage;
  guild.setPermissions(guild.everyone, 0n);
  guild.setPermissions(bot.managedRole(guild), 0n);
  const { checks } = await diagnose(stage.env);
  expect(checks.filter(({ name }) => name === 'permissions')).toEqual([]);
});

it('names the whitelisted guilds that a bot is not in', async () => {
  const stage = await setAgent();
  await stage.editAgent('Helper', { guildWhitelist: [stage.guild.id, '42'] });
  const { check } = await diagnose(stage.env);
  expect(check('guild whitelist')).toMatchObject({ status: 'warning', message: 'it is not in 42' });
});

it('warns when Discord grants no more sessions', async () => {
  const stage = await setAgent();
  stage.bot.exhaustIdentifies();
  expect((await diagnose(stage.env)).check('sessions').status).toBe('warning');
});

it.each([
  ['its type', { type: 'oracle' }, 'there is no agent type oracle'],
  ['its config', { config: { prefix: 7 } }, 'config.prefix: '],
])('tells when settings do not fit %s', async (_, agent, words) => {
  const stage = await setAgent(agent);
  const { check } = await diagnose(stage.env);
  expect(check('settings', 'Agent Helper')).toMatchObject({ status: 'error' });
  expect(check('settings', 'Agent Helper').message).toContain(words);
  expect(check('token').status).toBe('ok');
});

it('says which agents are disabled, and checks them when they are named', async () => {
  const stage = await setAgent({ enabled: false });
  const idle = await diagnose(stage.env);
  expect(idle.check('agents')).toMatchObject({
    status: 'skipped',
    message: 'disabled, so not checked: Helper',
  });
  expect(stage.bot.requests).toEqual([]);
  const { check } = await diagnose(stage.env, { argv: ['--agent', 'HELPER'] });
  expect(check('token').status).toBe('ok');
});

it('checks only the agents that are named, and tells of a name that there is not', async () => {
  const stage = await setAgent();
  await stage.addAgent({ name: 'Critic' });
  const { checks, check, code } = await diagnose(stage.env, { argv: ['--agent', 'Critic', 'Helpr'] });
  expect(check('agents')).toMatchObject({
    status: 'error',
    message: 'there is no agent "Helpr"',
    remedy: 'Was Helper meant?',
  });
  expect(new Set(checks.map(({ group }) => group)).has('Agent Helper')).toBe(false);
  expect(check('token', 'Agent Critic').status).toBe('warning');
  expect(code).toBe(1);
});

it('says that there are no agents yet', async () => {
  const stage = await setStage();
  const { check } = await diagnose(stage.env);
  expect(check('agents')).toMatchObject({ status: 'ok', message: 'there are none yet' });
});

it('tells of a model that does not work, and of a key that is missing', async () => {
  const stage = await setAgent({ type: 'llm', config: { provider: 'openai', model: 'gpt-0' } });
  await stage.addAgent({ name: 'Keyless', type: 'llm', config: { provider: 'xai' } });
  stage.llm.failRequests({ status: 404, code: 'model_not_found', message: 'no such model' });
  const { check } = await diagnose(stage.env);
  expect(check('model', 'Agent Helper')).toMatchObject({ status: 'error' });
  expect(check('model', 'Agent Keyless')).toMatchObject({ status: 'error' });
  expect(check('model', 'Agent Keyless').message).toContain('XAI_API_KEY');
});

it('tells of a budget in money for a model without a price', async () => {
  const stage = await setAgent(LLM);
  await stage.editAgent('Helper', { config: { ...LLM.config, model: 'gpt-unheard-of' } });
  const { check } = await diagnose({ ...stage.env, BUDGET_USD_PER_DAY: '5' });
  expect(check('model').message).toContain('no price for openai gpt-unheard-of');
  expect(stage.llm.requests).toEqual([]);
});

it('asks a model that several agents share once', async () => {
  const stage = await setAgent(LLM);
  for (const name of ['Critic', 'Muse', 'Scribe']) await stage.addAgent({ name, ...LLM });
  const { checks } = await diagnose(stage.env);
  const answering = checks.filter(({ name, status }) => name === 'model' && status === 'ok');
  expect(answering).toHaveLength(4);
  expect(stage.llm.requests).toHaveLength(1);
});

it('goes on when a model or a token gets no answer', async () => {
  const stage = await setAgent(LLM);
  const parrot = stage.discord.addBot({ username: 'parrot', guilds: [stage.guild] });
  await stage.addAgent({ name: 'Parrot', token: parrot.token });
  stage.discord.slowRequests({ bot: stage.bot, ms: Number.POSITIVE_INFINITY });
  stage.llm.script(() => new Promise(() => undefined));
  const { check } = await diagnose(stage.env, { timeout: 1_500 });
  for (const name of ['token', 'model']) {
    expect(check(name, 'Agent Helper')).toMatchObject({
      status: 'error',
      message: 'no answer within 1.5 s',
    });
  }
  expect(check('token', 'Agent Parrot').status).toBe('ok');
});

it('asks no token while Discord cannot be reached, but asks models', async () => {
  const stage = await setAgent(LLM);
  const { check, code } = await diagnose({ ...stage.env, DISCORD_API_URL: 'http://127.0.0.1:1/api' });
  expect(check('Discord')).toMatchObject({ status: 'error' });
  expect(check('Discord').message).toContain('cannot be reached at http://127.0.0.1:1/api');
  expect(check('token')).toMatchObject({ status: 'skipped', message: 'Discord was not reached' });
  expect(check('model').status).toBe('ok');
  expect(code).toBe(1);
});

it.each([
  ['agrees', 0, 'ok', 'agrees with that of Discord'],
  ['is a little ahead', 12_000, 'warning', '12 s ahead of that of Discord'],
  ['is behind', -12_000, 'warning', '12 s behind that of Discord'],
  ['is far behind', -40_000, 'error', '40 s behind that of Discord'],
])('compares the clock with that of Discord: it %s', async (_, off, status, message) => {
  const time = 1_800_000_000_000;
  const stage = await setAgent({}, {}, { clock: () => time });
  const { check } = await diagnose(stage.env, { now: () => time + 500 + off });
  expect(check('clock')).toMatchObject({ status, message });
});

it('asks nobody with --offline', async () => {
  const stage = await setAgent(LLM);
  const asked = stage.discord.recent.length;
  const { check, ok } = await diagnose(stage.env, { argv: ['--offline'] });
  for (const name of ['Discord', 'token', 'model']) {
    expect(check(name)).toMatchObject({ status: 'skipped', message: 'left out by --offline' });
  }
  expect(ok).toBe(true);
  expect(stage.discord.recent).toHaveLength(asked);
  expect(stage.llm.requests).toEqual([]);
});

it('tells of a missing key with --offline too', async () => {
  const stage = await setAgent({ type: 'llm', config: { provider: 'xai' } });
  const { check } = await diagnose(stage.env, { argv: ['--offline'] });
  expect(check('model')).toMatchObject({ status: 'error' });
});

it('shows no secret that it knows, wherever it turns up', async () => {
  const token = 'a-token-of-no-known-shape';
  const key = 'a-key-of-no-known-shape';
  const stage = await setAgent({ ...LLM, config: { ...LLM.config, api_key: key } }, { token });
  const OPENAI_API_KEY = 'a-host-key-of-no-known-shape';
  stage.guild.rename(`${token} ${key} ${OPENAI_API_KEY}`);
  const { out } = await visit([], { ...stage.env, OPENAI_API_KEY });
  expect(out).toContain('[redacted] [redacted] [redacted]');
  for (const secret of [token, key, OPENAI_API_KEY]) expect(out).not.toContain(secret);
});

it('shows names of guilds without what could forge a terminal', async () => {
  const stage = await setAgent();
  stage.guild.rename('Green\u001B[2J\n  ✓ Room\u202E');
  const { out } = await visit([], stage.env);
  for (const forged of ['\u001B', '\u202E']) expect(out).not.toContain(forged);
  expect(out).toContain(String.raw`Green\u001b[2J\u000a  ✓ Room\u202e`);
});

it.each([
  ['--help', ['--help'], 0],
  ['an unknown option', ['--jsn'], 2],
  ['a word', ['Helper'], 2],
])('answers %s with its exit code and help', async (_, argv, code) => {
  const outcome = await visit(argv, {});
  expect(outcome.code).toBe(code);
  expect(outcome.out + outcome.err).toMatch(/Examples:|unknown option|too many arguments/);
});
